import { describe, expect, it } from 'vitest';
import { COMMAND_LOADERS } from './command-loaders.ts';
import { findCommandId } from './find-command.ts';
import { runCaptured } from './testing/run-captured.ts';

describe('runCli', () => {
  it('prints the help of the root with every topic and nothing on stderr', async () => {
    const { exitCode, stdout, stderr } = await runCaptured([]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const topic of new Set(Object.keys(COMMAND_LOADERS).map((id) => id.split(':')[0] ?? ''))) {
      expect(stdout).toContain(topic);
    }
  });

  it('prints the help of a command, of a topic, and by the word help alike', async () => {
    const byFlag = await runCaptured(['clusters', 'list', '--help']);
    expect(byFlag).toMatchObject({ exitCode: 0, stderr: '' });
    expect(byFlag.stdout).toContain('sallyport clusters list');
    expect(byFlag.stdout).toContain('--output');
    expect(await runCaptured(['help', 'clusters', 'list'])).toEqual(byFlag);
    expect((await runCaptured(['clusters'])).stdout).toContain('clusters show');
  });

  for (const id of Object.keys(COMMAND_LOADERS)) {
    const words = id.split(':');
    it(`prints the help of ${words.join(' ')} with its arguments and flags`, async () => {
      const { exitCode, stdout, stderr } = await runCaptured([...words, '--help']);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain(`$ sallyport ${words.join(' ')}`);
      expect(stdout).not.toContain('undefined');
      const command = await COMMAND_LOADERS[id]?.();
      for (const [name, arg] of Object.entries(command?.args ?? {})) {
        if (arg.hidden !== true) expect(stdout).toContain(name.toUpperCase());
      }
      for (const [name, flag] of Object.entries({ ...command?.baseFlags, ...command?.flags })) {
        if (flag.hidden !== true) expect(stdout).toContain(`--${name}`);
      }
    });
  }

  it('suggests the nearest command for one that does not exist', async () => {
    const { exitCode, stdout, stderr } = await runCaptured(['clusters', 'lst']);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'error: there is no command "clusters lst" (ERR_CLI_USAGE)\nnext:  Did you mean "sallyport clusters list"? "sallyport help" lists all.\n',
    );
  });

  it('names an unknown flag and the way to the list of flags', async () => {
    const { exitCode, stdout, stderr } = await runCaptured(['whoami', '--ouput', 'json']);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: unknown flag: --ouput \(ERR_CLI_USAGE\)\nnext: {2}.*"sallyport whoami --help"/);
  });

  it('refuses an output form that does not exist', async () => {
    const { exitCode, stderr } = await runCaptured(['version', '-o', 'xml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('ERR_CLI_USAGE');
    expect(stderr).toContain('table, wide, json, yaml, name');
  });

  it('refuses a missing argument', async () => {
    const { exitCode, stderr } = await runCaptured(['clusters', 'show']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('ERR_CLI_USAGE');
  });

  it('colours the label of an error on a terminal only, and never with NO_COLOR', async () => {
    const lines: string[] = [];
    const stderr = { isTTY: true, write: (text: string) => lines.push(text) };
    await runCaptured(['nonsense'], { stderr });
    await runCaptured(['nonsense'], { stderr, env: { NO_COLOR: '1' } });
    expect(lines[0]).toContain('\u001b[31m');
    expect(lines[1]).not.toContain('\u001b');
  });

  it('answers data commands in every form', async () => {
    const json = await runCaptured(['version', '-o', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: '0.0.0-test' });
    expect((await runCaptured(['version', '-o', 'yaml'])).stdout).toContain('version: 0.0.0-test');
    expect((await runCaptured(['version', '-o', 'name'])).stdout).toBe('version/0.0.0-test\n');
    expect((await runCaptured(['version'])).stdout).toMatch(/^VERSION +NODE +PLATFORM\n0\.0\.0-test /);
  });
});

describe('findCommandId', () => {
  for (const { argv, id, rest } of [
    { argv: ['clusters', 'show', 'demo', '-o', 'json'], id: 'clusters:show', rest: ['demo', '-o', 'json'] },
    { argv: ['login', 'status'], id: 'login', rest: ['status'] },
    { argv: ['-o', 'json', 'status'], id: undefined, rest: ['-o', 'json', 'status'] },
    { argv: ['toString'], id: undefined, rest: ['toString'] },
  ]) {
    it(`reads ${argv.join(' ')} as ${id}`, () => {
      expect(findCommandId(argv)).toEqual(id === undefined ? { rest } : { id, rest });
    });
  }
});
