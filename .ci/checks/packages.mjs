// What would be published: builds, packs every package, and looks at the archives as a stranger would. publint and attw
// read them; then each entry point is imported from an empty project that holds only the archives and the declared
// dependencies.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { entryPoints, packages, report, root } from './lib/workspace.mjs';

const run = promisify(execFile);
const findings = [];
const scratch = mkdtempSync(join(tmpdir(), 'sallyport-packages-'));
const published = packages.filter((one) => one.manifest.private !== true);
try {
  execFileSync(process.execPath, [join(root, '.ci/bootstrap.mjs')], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const { stdout } = await run(
    'npm',
    [
      'pack',
      '--json',
      '--pack-destination',
      scratch,
      '--ignore-scripts',
      ...published.flatMap(({ directory }) => ['-w', directory]),
    ],
    {
      cwd: root,
      maxBuffer: 1 << 28,
    },
  );
  const archives = JSON.parse(stdout);
  const project = join(scratch, 'project');
  for (const { manifest } of published) {
    const archive = Object.values(archives).find((one) => one.name === manifest.name);
    const path = join(scratch, archive.filename);
    const folder = join(project, 'node_modules', manifest.name);
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', path, '--strip-components=1', '-C', folder]);
    for (const { path: file } of archive.files) {
      if (/\.test\.|(^|\/)(tsconfig|tsup\.config)/.test(file)) findings.push(`${manifest.name}: packs ${file}`);
    }
    linkDependencies(manifest, folder);
    await lookAt(manifest, path, folder);
  }
  for (const one of published) await importAll(one, project);
} catch (error) {
  findings.push(
    String(error.stderr || error.message)
      .trim()
      .slice(-3000),
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
report(findings);

/** Gives an unpacked package what it declares and nothing else. Packages of ours stand beside it already. */
function linkDependencies(manifest, folder) {
  const resolver = createRequire(join(root, 'packages', manifest.name.split('/')[1], 'package.json'));
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    if (name.startsWith('@sallyport/')) continue;
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    const place = resolver.resolve
      .paths(name)
      .map((path) => join(path, name))
      .find((path) => {
        try {
          return realpathSync(path);
        } catch {
          return false;
        }
      });
    if (place === undefined) findings.push(`${manifest.name}: ${name} is declared and not installed`);
    else symlinkSync(place, link);
  }
}

/** publint on the folder, attw on the archive. */
async function lookAt(manifest, archive, folder) {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const { messages } = await publint({ pkgDir: folder, pack: false, level: 'warning', strict: true });
  for (const message of messages) findings.push(`${manifest.name}: ${formatMessage(message, manifest)}`);

  const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core');
  const { readFile } = await import('node:fs/promises');
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(archive))), {
    excludeEntrypoints: Object.entries(manifest.exports)
      .filter(([, target]) => typeof target === 'string')
      .map(([subpath]) => subpath),
  });
  // ESM only, for Node's own resolution and bundlers: CommonJS and resolvers without `exports` are not served.
  const served = (problem) =>
    problem.resolutionKind === undefined || ['node16-esm', 'bundler'].includes(problem.resolutionKind);
  for (const problem of analysis.problems?.filter(served) ?? []) {
    findings.push(
      `${manifest.name}: ${problem.kind} ${problem.entrypoint ?? ''} ${problem.resolutionKind ?? ''}`.trimEnd(),
    );
  }
}

/** Imports every entry point in a fresh Node that starts nothing and says nothing. */
async function importAll({ directory, manifest }, project) {
  const program = join(project, `import-${manifest.name.split('/')[1]}.mjs`);
  writeFileSync(
    program,
    entryPoints({ directory, manifest })
      .map(
        ({ specifier }) =>
          `if (Object.keys(await import('${specifier}')).length === 0) console.log('${specifier} exports nothing');`,
      )
      .join('\n'),
  );
  try {
    const { stdout, stderr } = await run(process.execPath, [program], { cwd: project, timeout: 60_000 });
    // The OAuth server's library tells on stderr which Node it is tested with; it runs on ours all the same.
    const noise = `${stdout}${stderr}`.replace(/^.*oidc-provider WARNING: Unsupported runtime.*$/m, '').trim();
    if (noise !== '') findings.push(`${manifest.name}: importing it prints ${noise.slice(0, 300)}`);
  } catch (error) {
    findings.push(
      `${manifest.name}: ${String(error.stderr || error.message)
        .trim()
        .split('\n')
        .slice(0, 8)
        .join(' ')}`,
    );
  }
}
