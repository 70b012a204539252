import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { completionScript } from './scripts.ts';
import { SHELLS } from './shells.ts';

const folder = temporaryFolder();
const bin = join(folder, 'bin');
mkdirSync(bin);
const log = join(folder, 'calls');
const answers = join(folder, 'answers');
// Stands in for the program: writes down each argument on a line, and answers what the test put into a file.
const program = join(bin, 'sallyport');
writeFileSync(program, `#!/bin/sh\nprintf '<%s>\\n' "$@" >'${log}'\necho trouble >&2\ncat '${answers}'\n`);
chmodSync(program, 0o700);

/** Names that do something in a shell unless they are quoted. */
const HOSTILE = [
  '$(touch pwned)',
  '`touch pwned`',
  "it's",
  'a"b',
  'a b',
  'a;touch pwned',
  '*',
  '~',
  '!!',
  'a\\b',
  '$HOME',
  '#x',
  '-x',
];
const has = (name: string) => {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: folder, LC_ALL: 'C.UTF-8' };
async function run(shell: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(shell, args, { env, cwd: folder });
  expect(stderr).toBe('');
  return stdout;
}
const calls = () => readFileSync(log, 'utf8').trim().split('\n');

describe('sallyport completion', () => {
  for (const shell of SHELLS) {
    it(`prints the script of ${shell}`, async () => {
      expect(await runCaptured(['completion', shell])).toEqual({
        exitCode: 0,
        stdout: completionScript(shell),
        stderr: '',
      });
    });
  }

  it('refuses a shell that it does not know', async () => {
    expect((await runCaptured(['completion', 'tcsh'])).exitCode).toBe(2);
  });
});

describe('the bash script', () => {
  const script = join(folder, 'completion.bash');
  writeFileSync(script, completionScript('bash'));

  /** What bash would offer for a line with the cursor at its end. */
  async function complete(line: string, suggestions: readonly string[]): Promise<readonly string[]> {
    writeFileSync(answers, suggestions.map((it) => `${it}\n`).join(''));
    const driver = `source "$1"; COMP_LINE=$2 COMP_POINT=\${#2}; _sallyport sallyport; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return (await run('bash', ['--norc', '-uc', driver, 'bash', script, line])).split('\n').slice(0, -1);
  }

  it('hands the words over as they stand, the last one also when it is empty', async () => {
    await complete('sallyport get roles ', ['viewer']);
    expect(calls()).toEqual(['<complete>', '<-->', '<get>', '<roles>', '<>']);
    await complete('sallyport get --profile=a:b ro', []);
    expect(calls()).toEqual(['<complete>', '<-->', '<get>', '<--profile=a:b>', '<ro>']);
  });

  it('offers values without their descriptions', async () => {
    expect(await complete('sallyport get ro', ['roles\tWhat somebody may do.', 'role\tx'])).toEqual(['roles', 'role']);
    expect(await complete('sallyport get x', [])).toEqual(['']);
  });

  it('offers behind "=" and ":" what bash replaces', async () => {
    expect(await complete('sallyport whoami --output=js', ['--output=json', '--output=jsonpath='])).toEqual([
      'json',
      'jsonpath=',
    ]);
    expect(await complete('sallyport whoami --server one.example:7', ['one.example:7443'])).toEqual(['7443']);
  });

  it('offers files when the program says so', async () => {
    expect(await complete(`sallyport apply -f ${folder}/completion.b`, [':file'])).toEqual([script]);
  });

  it('SEC-G07 quotes what a name may hold, so that none of it is run', async () => {
    const offered = await complete('sallyport clusters show ', HOSTILE);
    // A shell that reads the offered words must see the names themselves.
    const read = await run('bash', ['--norc', '-c', `printf '%s\\n' ${offered.join(' ')}`]);
    expect(read.split('\n').slice(0, -1)).toEqual(HOSTILE);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  it('SEC-G07 runs nothing of what was typed', async () => {
    await complete('sallyport get $(touch pwned) `touch pwned` "', []);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    expect(calls()).toContain('<$(touch>');
  });
});

// Where these shells are installed; bash is everywhere that the tests run.
if (has('zsh')) {
  describe('the zsh script', () => {
    it('offers values, and SEC-G07 hands names to zsh as data', async () => {
      const script = join(folder, '_sallyport');
      writeFileSync(script, completionScript('zsh'));
      writeFileSync(answers, [...HOSTILE, 'roles\tWhat somebody may do.'].map((it) => `${it}\n`).join(''));
      // compadd works inside a completion only: what it is given is what counts.
      const driver = `compdef() { : }; source "$1"; words=(sallyport get ''); CURRENT=3
compadd() { print -rl -- "\${(@P)@[-1]}" }; _sallyport`;
      const offered = (await run('zsh', ['-fc', driver, 'zsh', script])).split('\n').slice(0, -1);
      expect(offered).toEqual([...HOSTILE, 'roles']);
      expect(calls()).toEqual(['<complete>', '<-->', '<get>', '<>']);
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    });
  });
}

if (has('fish')) {
  describe('the fish script', () => {
    it('offers values with descriptions, and SEC-G07 escapes names', async () => {
      writeFileSync(answers, [...HOSTILE, 'roles\tWhat somebody may do.'].map((it) => `${it}\n`).join(''));
      const driver = `${completionScript('fish')}\ncomplete --do-complete 'sallyport get '`;
      rmSync(log, { force: true });
      const offered = (await run('fish', ['--no-config', '-c', driver])).split('\n').slice(0, -1);
      expect(offered).toContain('roles\tWhat somebody may do.');
      expect(calls()).toEqual(['<complete>', '<-->', '<get>', '<>']);
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    });
  });
}
