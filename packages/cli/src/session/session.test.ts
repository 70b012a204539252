import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { approveDevice } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interrupted } from '../errors.ts';
import { writePrivateFile } from '../state/atomic-file.ts';
import { createHome } from '../state/home.ts';
import type { StoredSession } from '../state/secrets.ts';
import { PASSWORD, type RealServer, startRealServer } from '../testing/real-server.ts';
import { type Captured, runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
let real: RealServer;
beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
});
afterAll(() => real.close());

let count = 0;
function aPerson(user = 'admin') {
  const folderOfHome = join(folder, `home-${count++}`);
  const home = createHome(folderOfHome);
  const context = { env: { SALLYPORT_HOME: folderOfHome }, userHome: folderOfHome, openBrowser: real.browserOf(user) };
  const account = { url: real.url, organization: 'acme', userName: `${user}@acme.example` };
  const run = (argv: readonly string[], more = {}): Promise<Captured> => runCaptured(argv, { ...context, ...more });
  return {
    home,
    account,
    run,
    login: () => run(['login', real.url, '--ca-file', real.caFile]),
    stored: () => JSON.parse(readFileSync(home.sessionFile(account), 'utf8')) as StoredSession,
    store: (session: StoredSession) => writePrivateFile(home.sessionFile(account), JSON.stringify(session)),
  };
}

describe('login', () => {
  it('goes from a host name to a session by the browser, and prints nothing on stdout', async () => {
    const { home, account, run, stored } = aPerson();
    const login = await run(['login', new URL(real.url).host, '--ca-file', real.caFile]);
    expect(login).toMatchObject({ exitCode: 0, stdout: '' });
    expect(login.stderr).toContain(`Logged in to ${real.url} as admin@acme.example.`);
    expect(statSync(home.folder).mode & 0o777).toBe(0o700);
    expect(statSync(home.sessionFile(account)).mode & 0o777).toBe(0o600);
    expect(stored().refreshToken).not.toBe('');
    for (const secret of [stored().refreshToken, stored().access?.token ?? '-']) {
      expect(login.stderr).not.toContain(secret);
      expect(readFileSync(home.profilesFile, 'utf8')).not.toContain(secret);
    }
  });

  it('prints the address with --no-browser and opens none', async () => {
    const { run } = aPerson();
    let finish: (url: URL) => void = () => {};
    const printed = new Promise<URL>((resolve) => {
      finish = resolve;
    });
    const stderr = {
      write(text: string) {
        const [address] = /https:\/\/\S+/.exec(text) ?? [];
        if (address?.includes('code_challenge')) finish(new URL(address));
      },
    };
    const opened: URL[] = [];
    const running = run(['login', real.url, '--ca-file', real.caFile, '--no-browser'], {
      stderr,
      openBrowser: async (url: URL) => opened.push(url) > 0,
    });
    const url = await printed;
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      code_challenge_method: 'S256',
      response_type: 'code',
      dpop_jkt: expect.any(String),
      state: expect.any(String),
    });
    await real.browserOf('viewer')(url);
    expect((await running).exitCode).toBe(0);
    expect(opened).toEqual([]);
  });

  it('logs in by a second device', async () => {
    const { run } = aPerson();
    let approval: Promise<unknown> = Promise.resolve();
    const stderr = {
      write(text: string) {
        const [, verificationUri, userCode] = /open (\S+) and enter the code (\S+)/.exec(text) ?? [];
        if (verificationUri === undefined || userCode === undefined) return;
        const options = { user: 'developer@acme.example', password: PASSWORD, fetch: real.browserFetch };
        approval = approveDevice({ ...options, verificationUri, userCode });
      },
    };
    expect((await run(['login', real.url, '--ca-file', real.caFile, '--device'], { stderr })).exitCode).toBe(0);
    await approval;
    expect((await run(['whoami'])).stdout).toContain('developer@acme.example');
  });

  it('says that the CA is missing instead of trusting what answers', async () => {
    const { exitCode, stderr } = await aPerson().run(['login', real.url]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('ERR_CLI_CERTIFICATE_UNTRUSTED');
    expect(stderr).toContain('--ca-file');
  });

  it('trusts the CA of an earlier login to the same address again, and revokes the earlier session', async () => {
    const { run, login, stored, store } = aPerson();
    await login();
    const earlier = stored();
    const again = await run(['login', real.url]);
    expect(again.exitCode).toBe(0);
    expect(stored().refreshToken).not.toBe(earlier.refreshToken);
    await store(earlier);
    expect(await run(['whoami'])).toMatchObject({ exitCode: 3, stdout: '' });
  });

  it('ends with a code when nobody completes it in time', async () => {
    const { run } = aPerson();
    const { exitCode, stderr } = await run(['login', real.url, '--ca-file', real.caFile, '--timeout', '1s'], {
      openBrowser: async () => true,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('nobody completed the login within 1s');
    expect(stderr).toContain('ERR_CLI_LOGIN_TIMEOUT');
  });

  it('ends with exit code 130 when the person gives up', async () => {
    const controller = new AbortController();
    const { exitCode, stderr } = await aPerson().run(['login', real.url, '--ca-file', real.caFile], {
      interruptSignal: () => controller.signal,
      openBrowser: async () => {
        controller.abort(interrupted('SIGINT'));
        return true;
      },
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('stopped by SIGINT');
    expect(stderr).toContain('ERR_CLI_INTERRUPTED');
  });

  it('says why the server refused it', async () => {
    const { exitCode, stderr } = await aPerson().run(['login', real.url, '--ca-file', real.caFile], {
      openBrowser: async (url: URL) => {
        const redirect = new URL(url.searchParams.get('redirect_uri') ?? '');
        redirect.searchParams.set('state', url.searchParams.get('state') ?? '');
        redirect.searchParams.set('iss', `${real.url}/oauth`);
        redirect.searchParams.set('error', 'access_denied');
        redirect.searchParams.set('error_description', 'not today');
        await fetch(redirect);
        return true;
      },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the login did not complete: not today');
    expect(stderr).toContain('ERR_CLI_LOGIN_FAILED');
  });

  it('refuses an answer that another issuer gave', async () => {
    const { exitCode, stderr } = await aPerson().run(['login', real.url, '--ca-file', real.caFile], {
      openBrowser: async (url: URL) => {
        const redirect = new URL(url.searchParams.get('redirect_uri') ?? '');
        redirect.searchParams.set('state', url.searchParams.get('state') ?? '');
        redirect.searchParams.set('iss', 'https://evil.example/oauth');
        redirect.searchParams.set('code', 'stolen');
        await fetch(redirect);
        return true;
      },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_CLI_LOGIN_FAILED');
  });

  for (const { name, file, content } of [
    { name: 'a CA file that is not there', file: 'missing.pem', content: undefined },
    { name: 'a CA file that holds no certificate', file: 'junk.pem', content: 'junk' },
  ]) {
    it(`refuses ${name} before anything is sent`, async () => {
      const path = join(folder, file);
      if (content !== undefined) await writePrivateFile(path, content);
      const { exitCode, stderr } = await aPerson().run(['login', real.url, '--ca-file', path]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('ERR_CLI_CA_FILE');
    });
  }
});

describe('a session', () => {
  it('is shown by whoami and status', async () => {
    const { run, login } = aPerson();
    await login();
    const whoami = await run(['whoami', '-o', 'json']);
    expect(whoami).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(whoami.stdout)).toMatchObject({
      server: real.url,
      organization: { name: 'acme' },
      principal: { userName: 'admin@acme.example', groups: ['admins'] },
    });
    expect((await run(['whoami', '-o', 'name'])).stdout).toBe('user/admin@acme.example\n');
    const status = await run(['status', '-o', 'json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      items: [{ server: real.url, session: 'live', isCurrent: true, userName: 'admin@acme.example' }],
    });
  });

  it('is refreshed once by any number of commands that run at the same time', async () => {
    const { run, login, stored, store } = aPerson();
    await login();
    const before = stored();
    await store({ ...before, access: { token: 'over', expiresAt: new Date(0).toISOString() } });
    // A refresh token that is used twice ends the session at the server, so each success counts.
    const results = await Promise.all(Array.from({ length: 5 }, () => run(['whoami', '-o', 'name'])));
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
    expect(stored().refreshToken).not.toBe(before.refreshToken);
    expect((await run(['whoami'])).exitCode).toBe(0);
  });

  it('is useless without its key', async () => {
    const { run, login, stored, store } = aPerson();
    await login();
    const thief = aPerson();
    await thief.login();
    await store({ ...stored(), dpopKey: thief.stored().dpopKey });
    expect(await run(['whoami'])).toMatchObject({ exitCode: 3, stdout: '' });
    const { access: _, ...withoutAccess } = stored();
    await store(withoutAccess);
    const { exitCode, stderr } = await run(['whoami']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('ERR_CLI_SESSION_ENDED');
    expect(stderr).toContain(`Run "sallyport login ${new URL(real.url).host}".`);
  });

  it('is ended at the server by logout, not only forgotten', async () => {
    const { home, run, login, stored, store } = aPerson();
    await login();
    const kept = stored();
    const profiles = readFileSync(home.profilesFile, 'utf8');
    expect(await run(['logout'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `Logged out of ${real.url}, as admin@acme.example.\n`,
    });
    expect(await run(['whoami'])).toMatchObject({ exitCode: 3, stdout: '' });
    await writePrivateFile(home.profilesFile, profiles);
    await store(kept);
    expect(await run(['whoami'])).toMatchObject({ exitCode: 3, stdout: '' });
    expect((await run(['logout'])).stderr).toBe(`Logged out of ${real.url}, as admin@acme.example.\n`);
  });

  it('passes every check of doctor that does not depend on kubectl', async () => {
    const { run, login } = aPerson();
    await login();
    const { stdout } = await run(['doctor', '-o', 'json'], {});
    const { items } = JSON.parse(stdout) as { items: { name: string; result: string }[] };
    expect(items.filter(({ name }) => name !== 'kubectl').map(({ name, result }) => `${name} ${result}`)).toEqual([
      'state folder ok',
      'profile ok',
      'server ok',
      'clock ok',
      'login session ok',
      'kubeconfig ok',
    ]);
  });
});
