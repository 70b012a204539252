import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_PURPOSES } from '@sallyport/core/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHome } from '../../../state/home.ts';
import { type RealServer, startRealServer } from '../../../testing/real-server.ts';
import { runCaptured } from '../../../testing/run-captured.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';

const folder = temporaryFolder();
const config = join(folder, 'server.yaml');
const stateDir = join(folder, 'server');
let real: RealServer;

/** A command line of one person, with a state folder of their own. */
function lineOf(user: string) {
  const userHome = createHome(join(folder, user)).folder;
  const env = { SALLYPORT_HOME: userHome, SALLYPORT_KEYRING: 'off' };
  return (...argv: string[]) => runCaptured(argv, { env, userHome, cwd: folder, openBrowser: real.browserOf(user) });
}
const operator = lineOf('installation-admin');

beforeAll(async () => {
  real = await startRealServer(stateDir);
  writeFileSync(config, `mode: development\nstateDir: ${stateDir}\n`);
  for (const user of ['installation-admin', 'owner']) {
    const { exitCode, stderr } = await lineOf(user)('login', real.url, '--ca-file', real.caFile);
    expect(exitCode, stderr).toBe(0);
  }
}, 60_000);
afterAll(() => real.close());

it('lists and rotates the keys of a running server with a login', async () => {
  const listed = await operator('server', 'keys', 'list', '-o', 'name');
  expect(listed.exitCode, listed.stderr).toBe(0);
  expect(listed.stdout.trim().split('\n')).toHaveLength(KEY_PURPOSES.length);
  const rotated = await operator('server', 'keys', 'rotate', 'oauth', '-o', 'json');
  const { items } = JSON.parse(rotated.stdout) as { items: { keyId: string; phase: string }[] };
  expect(items.map(({ phase }) => phase)).toEqual(['current', 'next']);
  expect(listed.stdout).toContain(`key/oauth/${items[0]?.keyId}\n`);
  expect((await operator('server', 'keys', 'list')).stdout).toMatch(
    /^PURPOSE +ORGANIZATION +KEY +PHASE +SIGNS FROM +VERIFIES UNTIL +ROTATES AT\nfrontTls +- +\S+ +current +\d{4}-/,
  );
});

it('is refused for want of the permission, and without a login', async () => {
  const refused = await lineOf('owner')('server', 'keys', 'rotate', '--all', '--emergency');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('ERR_API_FORBIDDEN');
  expect(await lineOf('stranger')('server', 'keys', 'list')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('ERR_CLI_NOT_LOGGED_IN'),
  });
});

it('says that the API is the way while a server runs on the embedded database', async () => {
  const local = await operator('server', 'keys', 'list', '--config', config);
  expect(local).toMatchObject({ exitCode: 1, stdout: '' });
  expect(local.stderr).toContain('ERR_CLI_DATABASE_IN_USE');
  expect(local.stderr).toContain('Use the API of the running server');
  const byEnvironment = await runCaptured(['server', 'keys', 'list'], {
    env: { SALLYPORT_MODE: 'development', SALLYPORT_STATE_DIR: stateDir },
    cwd: folder,
  });
  expect(byEnvironment.stderr).toContain('ERR_CLI_DATABASE_IN_USE');
  const both = await operator('server', 'keys', 'list', '--config', config, '--server', real.url);
  expect(both.exitCode).toBe(2);
});
