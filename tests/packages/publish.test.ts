import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository, run, temporaryFolder } from '../support/index.ts';
import { type Manifest, publishedPackages } from './archives.ts';

const packages = publishedPackages();
const names = packages.map(({ manifest }) => manifest.name);

/** What of Sallyport a package depends on. */
const dependenciesOf = ({ dependencies = {} }: Manifest) =>
  Object.entries(dependencies).filter(([name]) => name.startsWith('@sallyport/'));

describe('publishing', () => {
  it('hands over all eight packages, each after those that it depends on', async () => {
    const { code, stdout, stderr } = await run(process.execPath, ['.ci/publish.mjs', '--dry-run'], {
      cwd: repository,
      timeoutMs: 170_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(8);
    const order = lines.map((line) => line.split(' ')[0] ?? '');
    expect([...order].sort()).toEqual([...names].sort());
    for (const { manifest } of packages) {
      const late = dependenciesOf(manifest).filter(([name]) => order.indexOf(name) > order.indexOf(manifest.name));
      expect(late).toEqual([]);
    }
    for (const line of lines) expect(line).toMatch(/^@sallyport\/[a-z]+ \d+\.\d+\.\d+ \d+ bytes sha512-[\w+/]+=*$/);
  }, 180_000);

  it('shows who built each package from what', () => {
    for (const { folder, manifest } of packages) {
      expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
      // npm refuses provenance whose repository is not the one that the workflow runs in.
      expect(manifest.repository).toEqual({
        type: 'git',
        url: 'git+https://github.com/sallyport/sallyport.git',
        directory: `packages/${folder.split('/').at(-1)}`,
      });
    }
  });

  it('gives all eight one version, and each the versions of the others that it was built with', async () => {
    const copy = temporaryFolder('release');
    const manifests = ['packages', 'examples'].flatMap((folder) =>
      readdirSync(join(repository, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(folder, entry.name, 'package.json'))
        .filter((path) => existsSync(join(repository, path))),
    );
    for (const path of ['package.json', '.changeset', ...manifests]) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      cpSync(join(repository, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], { cwd: copy });
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--', 'package.json', '.changeset', ...manifests);
    expect(await git('commit', '--quiet', '-m', 'As it is')).toMatchObject({ code: 0 });

    const changesets = join(repository, 'node_modules/@changesets/cli/bin.js');
    expect(await run(process.execPath, [changesets, 'version'], { cwd: copy })).toMatchObject({ code: 0 });

    const released = names.map(
      (name) =>
        JSON.parse(
          readFileSync(join(copy, name.replace('@sallyport', 'packages'), 'package.json'), 'utf8'),
        ) as Manifest,
    );
    const [version] = new Set(released.map((manifest) => manifest.version));
    expect(released.map((manifest) => manifest.version)).toEqual(names.map(() => version));
    expect(version).not.toBe(packages[0]?.manifest.version);
    for (const manifest of released) {
      expect(new Set(dependenciesOf(manifest).map(([, wanted]) => wanted)).size).toBeLessThanOrEqual(1);
      for (const [, wanted] of dependenciesOf(manifest)) expect(wanted).toBe(version);
      const changelog = readFileSync(
        join(copy, manifest.name.replace('@sallyport', 'packages'), 'CHANGELOG.md'),
        'utf8',
      );
      expect(changelog).toContain(`## ${version}`);
    }
  });

  it('runs nothing on the machine of whoever installs', () => {
    for (const { manifest } of packages) {
      expect(Object.keys(manifest.scripts ?? {}).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual(
        [],
      );
    }
  });
});
