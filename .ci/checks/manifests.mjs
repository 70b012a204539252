// package.json files: exact pins, one version of a dependency everywhere, entry points that exist and are built.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { entryPoints, packages, read, readJson, report, root } from './lib/workspace.mjs';

const findings = [];
const rootManifest = readJson('package.json');
const lock = readJson('package-lock.json');
const versions = new Map();

for (const { directory, manifest } of [{ directory: '.', manifest: rootManifest }, ...packages]) {
  const at = join(directory, 'package.json');
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        findings.push(`${at}: ${name} is "${version}", an exact version is wanted`);
      const earlier = versions.get(name);
      if (earlier !== undefined && earlier.version !== version) {
        findings.push(`${at}: ${name} is ${version}, ${earlier.at} has ${earlier.version}`);
      }
      versions.set(name, { version, at });
    }
  }
  const locked = lock.packages[directory === '.' ? '' : directory];
  for (const kind of ['dependencies', 'devDependencies']) {
    if (JSON.stringify(sorted(locked?.[kind])) !== JSON.stringify(sorted(manifest[kind]))) {
      findings.push(`package-lock.json: ${kind} of ${directory} differ from its package.json (npm install)`);
    }
  }
}
for (const { directory, manifest } of packages) {
  const at = `${directory}/package.json`;
  const want = (isRight, what) => isRight || findings.push(`${at}: ${what}`);
  want(manifest.name === `@sallyport/${directory.split('/')[1]}`, 'the name is not that of the folder');
  want(manifest.license === 'Apache-2.0', 'license is not Apache-2.0');
  want(manifest.type === 'module', 'type is not module');
  // An application's own files may start work when loaded; what others import may not.
  const starters = Array.isArray(manifest.sideEffects) ? manifest.sideEffects : [];
  want(
    manifest.sideEffects === false ||
      (starters.length > 0 &&
        !entryPoints({ directory, manifest }).some(({ source }) =>
          starters.includes(`./${source.slice(directory.length + 1)}`),
        )),
    'sideEffects is neither false nor a list of files that are no entry points',
  );
  want(manifest.engines?.node === rootManifest.engines.node, `engines.node is not ${rootManifest.engines.node}`);
  want(manifest.repository?.directory === directory, 'repository.directory is not the folder');
  want((manifest.description ?? '') !== '', 'there is no description');
  want(manifest.scripts?.build !== undefined, 'there is no build script');
  want(
    !Object.keys(manifest.scripts ?? {}).some((name) => /^(pre|post)?install$/.test(name)),
    'runs code when it is installed',
  );
  want(existsSync(join(root, directory, 'README.md')), 'there is no README.md beside it');
  for (const { subpath, source } of entryPoints({ directory, manifest })) {
    const target = manifest.exports[subpath];
    want(existsSync(join(root, source)), `${subpath}: ${source} does not exist`);
    want(
      Object.keys(target).join() === '@sallyport/source,types,default',
      `${subpath}: conditions are not @sallyport/source, types, default in this order`,
    );
  }
  const entries = entryPoints({ directory, manifest }).map(({ source }) => source.slice(directory.length + 1));
  const config = `${directory}/tsup.config.ts`;
  if (existsSync(join(root, config))) {
    const text = read(config);
    for (const entry of entries)
      want(text.includes(`'${entry}'`), `${entry} is exported and not built by tsup.config.ts`);
  }
}
report(findings);

function sorted(object = {}) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
