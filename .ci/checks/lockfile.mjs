// The lockfile serves every platform. npm leaves out optional packages of other platforms when the registry it asked
// does not offer them, or when node_modules is already there; `npm ci` then fails elsewhere. `--write` adds them: their
// versions are exact in the package that wants them, and npm skips them wherever `os` and `cpu` don't match.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, report, root } from './lib/workspace.mjs';

const lock = readJson('package-lock.json');
const findings = [];
const isWriting = process.argv.includes('--write');

for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.resolved !== undefined && !entry.link) findings.push(`${path} records where it was downloaded from`);
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    if (isWriting && /^\d/.test(version)) lock.packages[`node_modules/${name}`] = platformEntry(name, version, entry);
    else findings.push(`${path}: its optional ${name}@${version} has no entry (node .ci/checks/lockfile.mjs --write)`);
  }
}
if (isWriting) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
}
report(findings);

/** Whether a dependency has an entry where Node would look for it from `path`. */
function isLocked(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    if (lock.packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === '' || !at.includes('node_modules')) break;
  }
  return lock.packages[`node_modules/${name}`] !== undefined;
}

/** Entry of a package that holds a program for one platform, which its name tells. */
function platformEntry(name, version, parent) {
  const words = name.split(/[/-]/);
  const find = (table) => [...new Set(words.flatMap((word) => table[word] ?? []))];
  const os = find({
    android: ['android'],
    darwin: ['darwin'],
    linux: ['linux'],
    win32: ['win32'],
    windows: ['win32'],
    freebsd: ['freebsd'],
    openbsd: ['openbsd'],
    openharmony: ['openharmony'],
  });
  const cpu = find({
    64: ['x64'],
    x64: ['x64'],
    arm64: ['arm64'],
    arm: ['arm'],
    armv7: ['arm'],
    ia32: ['ia32'],
    ppc64: ['ppc64'],
    riscv64: ['riscv64'],
    s390x: ['s390x'],
    loong64: ['loong64'],
    wasm32: ['wasm32'],
  });
  // WebAssembly runs on every system.
  if ((os.length === 0 && cpu[0] !== 'wasm32') || cpu.length === 0)
    findings.push(`${name}: its name does not tell the platform; add it by npm install`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? { libc: ['musl'] }
    : words.some((word) => word.startsWith('gnu')) && os[0] === 'linux'
      ? { libc: ['glibc'] }
      : {};
  return {
    version,
    cpu,
    ...(parent.dev ? { dev: true } : {}),
    ...libc,
    license: parent.license,
    optional: true,
    ...(os.length > 0 && { os }),
  };
}
