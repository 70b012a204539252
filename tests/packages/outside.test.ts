/**
 * A stranger's empty project: the eight archives are installed by npm, and used as ES modules, by `require`, by
 * TypeScript in both modern ways of resolution, and by the programs that the packages' READMEs begin with.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, repository, run, start, temporaryFolder } from '../support/index.ts';
import { modulesOf, npm, packAll, publishedPackages } from './archives.ts';

const folder = temporaryFolder('outside');
const project = join(folder, 'project');
const packages = publishedPackages();
const modules = packages.flatMap(({ manifest }) => modulesOf(manifest));
let isInstalled = false;

/** What npm says when nothing answers it. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

/** Types that a consumer brings, because declarations of ours speak of Node and React. */
const TYPES = ['@types/node', '@types/react', '@types/react-dom'];

beforeAll(async () => {
  const archives = await packAll(folder);
  mkdirSync(project);
  write('package.json', JSON.stringify({ name: 'outside', private: true, type: 'module' }));
  const versions = (
    JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly version: string }>>;
    }
  ).packages;
  const types = TYPES.map((name) => `${name}@${versions[`node_modules/${name}`]?.version}`);
  const { code, stderr } = await npm(
    [
      'install',
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      ...archives.map(({ filename }) => join(folder, filename)),
      ...types,
    ],
    { cwd: project },
  );
  if (code !== 0 && OFFLINE.test(stderr)) {
    process.stderr.write('skipped: no npm registry; the dependencies of the packages are installed from it\n');
    return;
  }
  expect(stderr.replace(/^npm warn Unknown .*$\n?/gm, '')).toBe('');
  expect(code).toBe(0);
  isInstalled = true;
}, 300_000);

/** The TypeScript blocks of a package's README, as it was packed. */
function programs(name: string): string[] {
  const readme = readFileSync(join(project, 'node_modules/@sallyport', name, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```tsx?\n([\s\S]*?)^```$/gm)].map(([, program = '']) => program);
}

function write(path: string, text: string) {
  writeFileSync(join(project, path), text);
}

const node = (args: readonly string[]) => run(process.execPath, args, { cwd: project });

/** Output without the OAuth server's word on stderr about which Node it is tested with. */
const quiet = (stderr: string) => stderr.replace(/^.*oidc-provider WARNING: Unsupported runtime.*\n?/m, '');

describe('an empty project with the archives', () => {
  it('imports every exported path as an ES module', async (context) => {
    if (!isInstalled) context.skip();
    write(
      'import-all.mjs',
      modules
        .map((name) => `console.log(${JSON.stringify(name)}, Object.keys(await import('${name}')).length)`)
        .join('\n'),
    );
    const { code, stdout, stderr } = await node(['import-all.mjs']);
    expect({ code, stderr: quiet(stderr) }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toEqual(modules.map((name) => expect.stringMatching(`^${name} [1-9]\\d*$`)));
  });

  it('requires every exported path from CommonJS, which Node can do from 20.19 on', async (context) => {
    if (!isInstalled) context.skip();
    write(
      'require-all.cjs',
      modules.map((name) => `console.log(${JSON.stringify(name)}, Object.keys(require('${name}')).length)`).join('\n'),
    );
    const { code, stdout, stderr } = await node(['require-all.cjs']);
    expect({ code, stderr: quiet(stderr) }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toEqual(modules.map((name) => expect.stringMatching(`^${name} [1-9]\\d*$`)));
  });

  it('reaches nothing that is not exported', async (context) => {
    if (!isInstalled) context.skip();
    const { code, stderr } = await node(['--eval', "import('@sallyport/core/dist/index.js')"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  for (const moduleResolution of ['nodenext', 'bundler'] as const) {
    it(`compiles with moduleResolution ${moduleResolution}, declarations of all dependencies checked`, async (context) => {
      if (!isInstalled) context.skip();
      const { code, stdout } = await compile(moduleResolution);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    }, 120_000);
  }
});

/** Compiles all programs of the READMEs, and an import of every exported path, into a folder of the resolution's name. */
function compile(moduleResolution: 'nodenext' | 'bundler'): Promise<Outcome> {
  const files: string[] = [];
  const add = (path: string, text: string) => {
    write(path, text);
    files.push(path);
  };
  for (const { manifest } of packages) {
    const name = manifest.name.slice('@sallyport/'.length);
    for (const [i, program] of programs(name).entries()) add(`${name}-${i}.ts`, program);
  }
  add('all.ts', modules.map((name, i) => `export * as m${i} from '${name}';`).join('\n'));
  if (moduleResolution === 'nodenext') {
    add('all.cts', modules.map((name, i) => `import m${i} = require('${name}');\nvoid m${i};`).join('\n'));
  }
  const compilerOptions = {
    module: moduleResolution === 'nodenext' ? 'nodenext' : 'esnext',
    moduleResolution,
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    strict: true,
    skipLibCheck: false,
    types: ['node'],
    outDir: moduleResolution,
  };
  const tsconfig = `tsconfig.${moduleResolution}.json`;
  write(tsconfig, JSON.stringify({ compilerOptions, files }));
  return run(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', tsconfig], {
    cwd: project,
    timeoutMs: 110_000,
  });
}

describe('the program that a README begins with does what it says', () => {
  beforeAll(async () => {
    if (isInstalled && !existsSync(join(project, 'nodenext'))) await compile('nodenext');
  }, 120_000);

  /** Runs it as it was compiled. */
  async function runFirst(name: string) {
    const { code, stdout, stderr } = await node([`nodenext/${name}-0.js`]);
    return { code, stdout, stderr: quiet(stderr) };
  }

  const said = {
    core: expect.stringMatching(/^\{"principalId":"prn_.*"resource":"pods".*\}\n$/),
    tunnel: '200 GET /version\n',
    authz: expect.stringMatching(/^acts as \S+\n$/),
    audit: '',
    web: '',
  };
  for (const [name, stdout] of Object.entries(said)) {
    it(name, async (context) => {
      if (!isInstalled) context.skip();
      expect(await runFirst(name)).toEqual({ code: 0, stdout, stderr: '' });
    });
  }

  it('audit keeps what it recorded', (context) => {
    if (!isInstalled) context.skip();
    const lines = readFileSync(join(project, 'state/audit.ndjson'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as { readonly code: string })).toMatchObject([
      { code: 'server.started' },
    ]);
  });

  it('agent, without any configuration, says what it lacks', async (context) => {
    if (!isInstalled) context.skip();
    const { code, stderr } = await runFirst('agent');
    expect(code).not.toBe(0);
    expect(stderr).toContain('ERR_AGENT_CONFIG_INVALID');
  });

  it('server, told only where to listen and where its state is', async (context) => {
    if (!isInstalled) context.skip();
    write('server.yaml', 'mode: development\nlisten: 127.0.0.1:0\nstateDir: server-state\n');
    const server = start(process.execPath, ['nodenext/server-0.js'], { cwd: project });
    try {
      await server.saw(/Sallyport serves https:\/\/127\.0\.0\.1/, { in: 'stderr' });
    } finally {
      expect(await server.stop()).toMatchObject({ code: 0 });
    }
  });

  it('cli, by its command', async (context) => {
    if (!isInstalled) context.skip();
    const { code, stdout } = await run(join(project, 'node_modules/.bin/sallyport'), ['version', '-o', 'json'], {
      cwd: project,
    });
    expect(code).toBe(0);
    const { manifest } = packages.find((one) => one.manifest.name === '@sallyport/cli') ?? {};
    expect(JSON.stringify(JSON.parse(stdout))).toContain(manifest?.version);
  });
});
