// What every check needs: where the repository is, what is in it, and how to report.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Text of a file, by its path inside the repository. */
export const read = (path) => readFileSync(join(root, path), 'utf8');

/** JSON of a file, by its path inside the repository. */
export const readJson = (path) => JSON.parse(read(path));

/** Output of a git command, or `undefined` when it fails (no such revision, not a work tree). */
export function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    });
  } catch {
    return undefined;
  }
}

let files;
/** Files that are or would be committed, as paths inside the repository, filtered by a regular expression. */
export function listFiles(pattern) {
  files ??= (git('ls-files', '-z', '--cached', '--others', '--exclude-standard') ?? '')
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)));
  return [...new Set(files.filter((path) => pattern.test(path)))].sort();
}

/** Whether a path is a test or only serves tests. What tests of properties share stands beside them, in src/properties. */
export const isTest = (path) => /\.test\.tsx?$|\/src\/properties\/|^(?:tests|bench|examples)\//.test(path);

/** The workspaces under packages/, each as `{ directory, manifest }`. */
export const packages = readdirSync(join(root, 'packages'))
  .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
  .map((name) => ({ directory: `packages/${name}`, manifest: readJson(`packages/${name}/package.json`) }));

/** Entry points of a package: `{ subpath, specifier, source }`, without `./package.json` and plain assets. */
export function entryPoints({ directory, manifest }) {
  return Object.entries(manifest.exports ?? {})
    .filter(([, target]) => typeof target === 'object' && target['@sallyport/source'] !== undefined)
    .map(([subpath, target]) => ({
      subpath,
      specifier: manifest.name + subpath.slice(1),
      source: join(directory, target['@sallyport/source']),
    }));
}

/** Prints the findings, one per line, and sets the exit code. */
export function report(findings) {
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
