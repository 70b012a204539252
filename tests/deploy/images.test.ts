import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchTrusting } from '../stack/login.ts';
import { freePort, repository, run, start, temporaryFolder } from '../support/index.ts';
import { buildImage, readDockerfile } from './image.ts';

const PROGRAMS = { agent: 'agent', server: 'cli' } as const;
const WORKSPACES = ['core', 'tunnel', 'authz', 'audit', 'agent', 'web', 'server', 'cli'];

/** Whether a root of its own can't be given to a process; says so in a line. */
function lacksRoot(): boolean {
  if (process.getuid?.() === 0) return false;
  process.stderr.write('skipped: only root can run a program in an image without a container engine\n');
  return true;
}

/** Our packages that a package needs, itself included. */
function closureOf(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(repository, 'packages', name, 'package.json'), 'utf8'));
  for (const one of Object.keys(dependencies)) {
    if (one.startsWith('@sallyport/')) closureOf(one.slice('@sallyport/'.length), found);
  }
  return found;
}

for (const [program, workspace] of Object.entries(PROGRAMS) as [keyof typeof PROGRAMS, string][]) {
  describe(`deploy/docker/Dockerfile.${program}`, () => {
    const stages = readDockerfile(program);
    const stage = (name: string) => stages.find((one) => one.name === name)?.instructions ?? [];
    const copied = (name: string) => stage(name).filter((one) => one.name === 'COPY');

    it('builds from the lockfile on the machine that builds, and puts together what runs for each architecture', () => {
      expect(stages.map(({ name, base, platform }) => [name, base, platform])).toEqual([
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file.
        ['build', '${NODE_IMAGE}', '$BUILDPLATFORM'],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file.
        ['root', '${NODE_IMAGE}', undefined],
        ['', 'scratch', undefined],
      ]);
      const commands = (name: string) => stage(name).flatMap((one) => (one.name === 'RUN' ? one.text : []));
      expect(commands('build')).toEqual([
        'npm ci --ignore-scripts',
        `npx turbo run build --filter=@sallyport/${workspace}`,
      ]);
      expect(commands('root')[0]).toBe(`npm ci --omit=dev --ignore-scripts --workspace=@sallyport/${workspace}`);
    });

    it('copies what is there, and all that it needs of ours', () => {
      for (const { words } of [...copied('build'), ...copied('root')]) {
        if (words[0]?.startsWith('--from=')) continue;
        for (const path of words.slice(0, -1)) expect(existsSync(join(repository, path)), path).toBe(true);
      }
      const texts = copied('root').map(({ text }) => text);
      for (const name of WORKSPACES) {
        const isNeeded = closureOf(workspace).has(name);
        const manifest = `packages/${name}/package.json ./packages/${name}/`;
        expect(texts.includes(manifest), manifest).toBe(isNeeded);
        const built = `--from=build /src/packages/${name}/dist ./packages/${name}/dist`;
        expect(texts.includes(built), built).toBe(isNeeded);
      }
    });

    it('lets nothing of this machine into the build', () => {
      const lines = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n');
      expect(lines).toContain('*');
      const letIn = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
      for (const { words } of [...copied('build'), ...copied('root')]) {
        if (words[0]?.startsWith('--from=')) continue;
        for (const path of words.slice(0, -1)) {
          expect(
            letIn.some((one) => path === one || path.startsWith(`${one}/`)),
            path,
          ).toBe(true);
        }
      }
    });

    it('runs as nobody, and says what it is', () => {
      const last = stages.at(-1)?.instructions ?? [];
      expect(last.find(({ name }) => name === 'USER')?.text).toBe('65532:65532');
      const label = last.find(({ name }) => name === 'LABEL')?.text ?? '';
      for (const key of ['title', 'description', 'source', 'licenses', 'version', 'revision']) {
        expect(label).toContain(`org.opencontainers.image.${key}=`);
      }
    });
  });
}

describe.skipIf(lacksRoot())('an image, put together by its own commands', () => {
  const inside = (root: string, words: readonly string[]) => ['--userspec=65532:65532', root, ...words];

  it('of the agent starts its program as nobody, and has no shell and no package manager', async () => {
    const { root, entryPoint } = await buildImage('agent', temporaryFolder('image-agent'));
    expectBare(root);
    const told = await run('chroot', inside(root, [...entryPoint, 'agent', 'run']));
    expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining('ERR_AGENT_CONFIG_INVALID') });
  }, 300_000);

  it('of the server serves with a read-only file system but for its state, and ends when it is told to', async () => {
    const { root, entryPoint } = await buildImage('server', temporaryFolder('image-server'));
    expectBare(root);
    expect(await run('chroot', inside(root, [...entryPoint, '--version']))).toMatchObject({
      code: 0,
      stdout: `${JSON.parse(readFileSync(join(repository, 'packages/cli/package.json'), 'utf8')).version}\n`,
    });
    const state = join(root, 'var/lib/sallyport');
    mkdirSync(state, { recursive: true });
    await run('chown', ['65532:65532', state]);
    const port = await freePort();
    const before = filesIn(root, state);
    const server = start('chroot', inside(root, [...entryPoint, 'server', 'start', '--listen', `127.0.0.1:${port}`]), {
      env: { SALLYPORT_ENCRYPTION_KEY: randomBytes(32).toString('base64'), NODE_EXTRA_CA_CERTS: undefined },
    });
    try {
      await server.saw(/the server is ready/, { in: 'stderr', timeoutMs: 120_000 });
      const ca = readFileSync(join(state, 'ca.pem'), 'utf8');
      const ready = await fetchTrusting(ca)(`https://127.0.0.1:${port}/readyz`);
      expect(ready.status).toBe(200);
      const page = await fetchTrusting(ca)(`https://127.0.0.1:${port}/`);
      expect(await page.text()).toContain('<html');
    } finally {
      const { code } = await server.stop({ graceMs: 30_000 });
      expect(code).toBe(0);
    }
    // It may write to its state folder alone: everything else is root's.
    expect(filesIn(root, state)).toEqual(before);
  }, 400_000);
});

/** That there is one program. */
function expectBare(root: string): void {
  const programs = filesIn(root).filter((file) => /\/(s?bin)\//.test(`/${file}`) && !file.startsWith('app/'));
  expect(programs).toEqual(['usr/local/bin/node']);
  expect(filesIn(root).filter((file) => /\.(d\.ts|map|tsbuildinfo)$/.test(file))).toEqual([]);
  expect(existsSync(join(root, 'app/node_modules/typescript'))).toBe(false);
  const notForAll = filesIn(join(root, 'app')).filter(
    (file) => (statSync(join(root, 'app', file)).mode & 0o044) !== 0o044,
  );
  expect(notForAll).toEqual([]);
}

function filesIn(root: string, but?: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => but === undefined || !path.startsWith(but))
    .map((path) => path.slice(root.length + 1))
    .sort();
}
