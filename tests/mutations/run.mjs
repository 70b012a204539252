#!/usr/bin/env node
// Takes one defence away at a time and expects the tests that name it to fail. By hand only: node tests/mutations/run.mjs [part of a name]...
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = import.meta.dirname;
const repository = join(folder, '../..');
const wanted = process.argv.slice(2);
/** Longest run of the tests of one patch. */
const TIMEOUT_MS = 600_000;
const isWanted = (name) => wanted.length === 0 || wanted.some((part) => name.includes(part));
const copy = join(mkdtempSync(join(tmpdir(), 'sallyport-mutation-')), 'tree');
const git = (args, cwd = repository) => {
  const outcome = spawnSync('git', args, { cwd, encoding: 'utf8' });
  if (outcome.status !== 0) throw new Error(`git ${args.join(' ')}: ${outcome.stderr}`);
};

let survivors = 0;
const sound = new Set();
git(['worktree', 'add', '--detach', copy, 'HEAD']);
try {
  linkModules();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.patch') && isWanted(file))) {
    const patch = join(folder, name);
    // First lines of a patch: `Tests: <file> [-t <part of names>]`.
    const [, words] = /^Tests: (.+)$/m.exec(readFileSync(patch, 'utf8')) ?? [];
    if (words === undefined) throw new Error(`${name} names no tests`);
    const [file, ...pattern] = words.split(' -t ');
    // A test that fails anyway catches nothing.
    if (!sound.has(words) && !passes(file, pattern)) throw new Error(`${words} fails without ${name}`);
    sound.add(words);
    git(['apply', patch], copy);
    const isCaught = !passes(file, pattern);
    if (!isCaught) survivors += 1;
    process.stdout.write(`${isCaught ? 'caught  ' : 'SURVIVED'} ${name}\n`);
    git(['checkout', '--', '.'], copy);
  }
} finally {
  git(['worktree', 'remove', '--force', copy]);
  rmSync(join(copy, '..'), { recursive: true, force: true });
}
process.exitCode = survivors === 0 ? 0 : 1;

function passes(file, pattern) {
  const args = ['vitest', 'run', file, ...(pattern.length > 0 ? ['-t', pattern.join(' -t ')] : [])];
  const { status, error } = spawnSync('npx', args, { cwd: copy, encoding: 'utf8', timeout: TIMEOUT_MS });
  // A test that did not come to its end says nothing.
  if (error !== undefined) throw error;
  return status === 0;
}

/** Third-party modules are the repository's; its own packages must be those of the copy. */
function linkModules() {
  const modules = join(repository, 'node_modules');
  spawnSync('mkdir', [join(copy, 'node_modules')]);
  for (const entry of readdirSync(modules)) {
    if (entry !== '@sallyport') symlinkSync(join(modules, entry), join(copy, 'node_modules', entry));
  }
  spawnSync('mkdir', [join(copy, 'node_modules/@sallyport')]);
  for (const entry of readdirSync(join(copy, 'packages'))) {
    symlinkSync(join(copy, 'packages', entry), join(copy, 'node_modules/@sallyport', entry));
  }
}
