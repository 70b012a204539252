// Publishes the packages whose versions the registry does not have, each after those that it depends on, so that nobody
// can install one whose dependencies are not there yet. Run by the release workflow, which has the right to sign
// provenance; `--dry-run` does all but hand them over and asks the registry nothing. docs/supply-chain.md tells the rest.
import { execFileSync } from 'node:child_process';
import { packages, root } from './checks/lib/workspace.mjs';

const isDryRun = process.argv.includes('--dry-run');
const env = { ...process.env, npm_config_loglevel: 'error' };
const npm = (...args) =>
  execFileSync('npm', args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

for (const { manifest } of inOrder(packages.filter((one) => one.manifest.private !== true))) {
  const { name, version, publishConfig } = manifest;
  if (publishConfig?.access !== 'public' || publishConfig.provenance !== true) {
    throw new Error(`${name}: publishConfig does not say access: public and provenance: true`);
  }
  if (!isDryRun && isPublished(name, version)) {
    process.stdout.write(`${name} ${version} is there\n`);
    continue;
  }
  const answer = JSON.parse(
    npm('publish', '--json', '--ignore-scripts', ...(isDryRun ? ['--dry-run'] : []), '-w', name),
  );
  const { size, integrity } = answer[name] ?? answer;
  process.stdout.write(`${name} ${version} ${size} bytes ${integrity}\n`);
}

/** Packages such that each stands behind those that it depends on. */
function inOrder(all) {
  const sorted = new Set();
  const visit = (one, path) => {
    if (path.includes(one)) throw new Error(`${one.manifest.name} depends on itself`);
    for (const dependency of all.filter((other) => one.manifest.dependencies?.[other.manifest.name] !== undefined)) {
      visit(dependency, [...path, one]);
    }
    sorted.add(one);
  };
  for (const one of all) visit(one, []);
  return [...sorted];
}

/** Whether the registry has this very version. What it has never heard of is not there. */
function isPublished(name, version) {
  try {
    return npm('view', `${name}@${version}`, 'version').trim() === version;
  } catch (error) {
    if (/E404/.test(String(error.stderr))) return false;
    throw error;
  }
}
