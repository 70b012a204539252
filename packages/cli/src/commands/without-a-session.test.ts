import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
let count = 0;

function setUp() {
  const home = join(folder, `home-${count++}`);
  const env = { SALLYPORT_HOME: home, PATH: '' };
  return { home, run: (argv: readonly string[], more = {}) => runCaptured(argv, { env, userHome: home, ...more }) };
}

describe('without a login session', () => {
  for (const argv of [
    ['whoami'],
    ['clusters', 'list'],
    ['clusters', 'show', 'alpha'],
    ['clusters', 'register', 'alpha'],
    ['kube', 'login'],
    ['kube', 'logout'],
    ['logout'],
  ]) {
    it(`${argv.join(' ')} says how to log in, with exit code 3 and nothing on stdout`, async () => {
      const { run } = setUp();
      expect(await run(argv)).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: 'error: not logged in (ERR_CLI_NOT_LOGGED_IN)\nnext:  Run "sallyport login HOST".\n',
      });
    });
  }

  it('status and logout --all have nothing to do', async () => {
    const { run } = setUp();
    expect(await run(['status', '-o', 'json'])).toEqual({
      exitCode: 0,
      stdout: '{\n  "items": []\n}\n',
      stderr: 'Not logged in. Run "sallyport login HOST".\n',
    });
    expect(await run(['logout', '--all'])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('doctor names each problem with its next step, and fails', async () => {
    const { home, run } = setUp();
    mkdirSync(home, { recursive: true });
    chmodSync(home, 0o755);
    const { exitCode, stdout, stderr } = await run(['doctor', '-o', 'json']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_CLI_DOCTOR_PROBLEMS');
    const { items } = JSON.parse(stdout) as { items: { name: string; result: string; nextStep?: string }[] };
    expect(items.map(({ name, result, nextStep }) => [name, result, nextStep])).toEqual([
      ['state folder', 'failed', `Run "chmod 700 ${home}".`],
      ['profile', 'failed', 'Run "sallyport login HOST".'],
      ['server', 'skipped', undefined],
      ['clock', 'skipped', undefined],
      ['login session', 'skipped', undefined],
      ['kubectl', 'failed', 'Install kubectl 1.20 or newer and put it on the PATH.'],
      ['kubeconfig', 'ok', undefined],
    ]);
  });

  it('server start and agent run report every problem of their configuration', async () => {
    const { home, run } = setUp();
    const server = await run(['server', 'start', '--listen', 'nonsense', '--state-dir', home]);
    expect(server).toMatchObject({ exitCode: 1, stdout: '' });
    expect(server.stderr).toContain('ERR_CONFIG_INVALID');
    expect(server.stderr).toContain('nonsense');
    const agent = await run(['agent', 'run', '--server', 'http://plain.example', '--ceilling', 'x']);
    expect(agent).toMatchObject({ exitCode: 1, stdout: '' });
    expect(agent.stderr).toContain('ERR_AGENT_CONFIG_INVALID');
    expect(agent.stderr).toContain('--ceiling');
  });

  it('demo refuses a kubeconfig that is not there before it starts anything', async () => {
    const { home, run } = setUp();
    const { exitCode, stdout, stderr } = await run(['demo', '--json', '--kubeconfig', join(home, 'missing')]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^error: the kubeconfig .* can't be read \(ENOENT\) \(ERR_DEMO_KUBECONFIG\)\nnext: {2}/);
  });
});
