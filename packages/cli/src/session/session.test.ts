import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../state/home.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
let real: RealServer;
beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
});
afterAll(() => real.close());

let count = 0;
function aPerson(user = 'admin') {
  const home = join(folder, `home-${count++}`);
  const context = { env: { SALLYPORT_HOME: home }, userHome: home, openBrowser: real.browserOf(user) };
  return { home, run: (argv: readonly string[], more = {}) => runCaptured(argv, { ...context, ...more }) };
}

describe('login, whoami, status, logout', () => {
  it('goes from a host name to a session and back to none', async () => {
    const { home, run } = aPerson();
    const login = await run(['login', real.url.replace('https://', ''), '--ca-file', real.caFile]);
    expect(login).toMatchObject({ exitCode: 0, stdout: '' });
    expect(login.stderr).toContain(`Logged in to ${real.url} as admin@acme.example.`);

    const whoami = await run(['whoami', '-o', 'json']);
    expect(whoami).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(whoami.stdout)).toMatchObject({
      server: real.url,
      organization: { name: 'acme' },
      principal: { userName: 'admin@acme.example', groups: ['admins'] },
    });
    const status = await run(['status', '-o', 'json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      items: [{ server: real.url, session: 'live', isCurrent: true }],
    });

    const stored = JSON.parse(readFileSync(createHome(home).sessionFile(real.url), 'utf8')) as { refreshToken: string };
    const logout = await run(['logout']);
    expect(logout).toMatchObject({ exitCode: 0, stdout: '', stderr: `Logged out of ${real.url}.\n` });
    expect(await run(['whoami'])).toMatchObject({ exitCode: 3, stdout: '' });
    expect(stored.refreshToken).not.toBe('');
  });
});
