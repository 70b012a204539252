import diagnosticsChannel from 'node:diagnostics_channel';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../state/home.ts';
import type { StoredSession } from '../state/secrets.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createServerFetch, describeFailure } from './server-fetch.ts';

const folder = temporaryFolder();
let one: RealServer;
let two: RealServer;

/** Everything that this process sends through undici, by origin. */
const sent: { readonly origin: string; readonly text: string }[] = [];
interface Sent {
  readonly request: { readonly origin: URL | string; readonly path: string; readonly headers: unknown };
  readonly chunk?: Uint8Array | string;
}
function onSent(message: unknown): void {
  const { request, chunk } = message as Sent;
  const text = chunk === undefined ? JSON.stringify([request.path, request.headers]) : Buffer.from(chunk).toString();
  sent.push({ origin: new URL(String(request.origin)).origin, text });
}
const CHANNELS = ['undici:request:create', 'undici:request:bodyChunkSent'];

beforeAll(async () => {
  one = await startRealServer(join(folder, 'one'));
  two = await startRealServer(join(folder, 'two'));
  for (const channel of CHANNELS) diagnosticsChannel.subscribe(channel, onSent);
});
afterAll(async () => {
  for (const channel of CHANNELS) diagnosticsChannel.unsubscribe(channel, onSent);
  await one.close();
  await two.close();
});

describe('createServerFetch', () => {
  it('refuses another origin before a byte leaves', async () => {
    const fetch = createServerFetch({ origin: one.url, caPem: one.server.caPem });
    const before = sent.length;
    for (const url of [two.url, one.url.replace('127.0.0.1', 'localhost'), one.url.replace('https', 'http')]) {
      await expect(fetch(`${url}/.well-known/sallyport`)).rejects.toMatchObject({ code: 'ERR_CLI_FOREIGN_HOST' });
    }
    expect(sent.length).toBe(before);
    await fetch.close();
  });

  it('follows no redirect', async () => {
    const fetch = createServerFetch({ origin: one.url, caPem: one.server.caPem });
    const url = `${one.url}/oauth/auth?client_id=sallyport-cli&response_type=code&redirect_uri=http://127.0.0.1/callback&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256&scope=sallyport&resource=${one.url}/api`;
    await expect(fetch(url)).rejects.toMatchObject({ code: 'ERR_CLI_DISCOVERY_REFUSED' });
    await fetch.close();
  });

  it('checks the certificate whatever the environment says', async () => {
    const fetch = createServerFetch({ origin: one.url });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(fetch(one.url)).rejects.toMatchObject({ code: 'ERR_CLI_CERTIFICATE_UNTRUSTED' });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      await fetch.close();
    }
  });

  it('tells a port that speaks no TLS from one that is silent', async () => {
    const plain = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const mute = await listen(() => {});
    const call = async (server: Server, timeoutMs: number) => {
      const origin = `https://127.0.0.1:${portOf(server)}`;
      const fetch = createServerFetch({ origin, timeoutMs });
      try {
        return await fetch(origin);
      } finally {
        await fetch.close();
        server.close();
      }
    };
    await expect(call(plain, 5_000)).rejects.toMatchObject({ code: 'ERR_CLI_PLAIN_HTTP' });
    await expect(call(mute, 200)).rejects.toMatchObject({ code: 'ERR_CLI_SERVER_UNREACHABLE' });
  });
});

describe('describeFailure', () => {
  for (const { code, want } of [
    { code: 'CERT_HAS_EXPIRED', want: 'ERR_CLI_CERTIFICATE_UNTRUSTED' },
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID', want: 'ERR_CLI_CERTIFICATE_UNTRUSTED' },
    { code: 'ERR_SSL_WRONG_VERSION_NUMBER', want: 'ERR_CLI_PLAIN_HTTP' },
    { code: 'ECONNREFUSED', want: 'ERR_CLI_SERVER_UNREACHABLE' },
    { code: 'ENOTFOUND', want: 'ERR_CLI_SERVER_UNREACHABLE' },
  ]) {
    it(`reads ${code} behind a failed fetch as ${want}, with a next step`, () => {
      const reason = Object.assign(new Error('reason'), { code });
      for (const error of [
        new TypeError('fetch failed', { cause: reason }),
        new TypeError('fetch failed', { cause: new AggregateError([reason], '') }),
      ]) {
        expect(describeFailure('https://a.example', error)).toMatchObject({
          code: want,
          message: expect.stringContaining('https://a.example'),
          nextStep: expect.any(String),
        });
      }
    });
  }
});

describe('SEC-G12 a login session stays with its own server', () => {
  const home = createHome(join(folder, 'home'));
  const run = (argv: readonly string[], openBrowser = one.browserOf('developer')) =>
    runCaptured(argv, { env: { SALLYPORT_HOME: home.folder }, userHome: home.folder, openBrowser });
  const accountAt = (server: RealServer) => {
    const user = server === one ? 'developer' : 'viewer';
    return { url: server.url, organization: 'acme', userName: `${user}@acme.example` };
  };
  const secretsOf = (server: RealServer) => {
    const { refreshToken, access, dpopKey } = JSON.parse(
      readFileSync(home.sessionFile(accountAt(server)), 'utf8'),
    ) as StoredSession;
    return [refreshToken, access?.token ?? '-', String(dpopKey.d)];
  };
  const sentTo = (server: RealServer) => sent.filter(({ origin }) => origin === server.url).map(({ text }) => text);

  it('when another server is named, logged in to, and asked', async () => {
    await run(['login', one.url, '--ca-file', one.caFile]);
    const ofOne = secretsOf(one);
    expect((await run(['whoami', '--server', two.url])).exitCode).toBe(3);
    expect(sentTo(two)).toEqual([]);
    await run(['login', two.url, '--ca-file', two.caFile], two.browserOf('viewer'));
    expect((await run(['whoami'])).stdout).toContain('viewer@acme.example');
    expect((await run(['whoami', '--server', one.url])).stdout).toContain('developer@acme.example');
    // What is looked for is seen where it belongs.
    expect(sentTo(one).join('\n')).toContain(ofOne[1]);
    expect(sentTo(two).join('\n')).toContain('grant_type=authorization_code');
    for (const secret of ofOne) expect(sentTo(two).join('\n')).not.toContain(secret);
    for (const secret of secretsOf(two)) expect(sentTo(one).join('\n')).not.toContain(secret);
  });

  it('when the address in the profile is changed by hand', async () => {
    const text = readFileSync(home.profilesFile, 'utf8');
    const before = sentTo(two).length;
    // Only the address of the first profile now leads to the second server; its session is stored under its own.
    writeFileSync(home.profilesFile, text.replace(`"url": "${one.url}"`, `"url": "${two.url}/"`));
    const { exitCode } = await run(['whoami', '--server', one.url]);
    expect(exitCode).toBe(3);
    expect(sentTo(two).length).toBe(before);
    writeFileSync(home.profilesFile, text.replaceAll(one.url, 'https://127.0.0.1:1'));
    expect((await run(['whoami', '--server', one.url])).exitCode).toBe(3);
    writeFileSync(home.profilesFile, text);
  });

  it('when an endpoint in the profile is changed by hand', async () => {
    const text = readFileSync(home.profilesFile, 'utf8');
    const session = readFileSync(home.sessionFile(accountAt(one)), 'utf8');
    const { access: _, ...withoutAccess } = JSON.parse(session) as StoredSession;
    writeFileSync(home.sessionFile(accountAt(one)), JSON.stringify(withoutAccess));
    writeFileSync(home.profilesFile, text.replaceAll(`${one.url}/oauth/token`, `${two.url}/oauth/token`));
    const before = sentTo(two).length;
    const { exitCode, stderr } = await run(['whoami', '--server', one.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_CLI_FOREIGN_HOST');
    expect(sentTo(two).length).toBe(before);
    writeFileSync(home.profilesFile, text);
    writeFileSync(home.sessionFile(accountAt(one)), session);
  });

  it('when a second account of the same server is used', async () => {
    const ofDeveloper = secretsOf(one);
    await run(['login', one.url, '--profile', 'second'], one.browserOf('viewer'));
    const second = { url: one.url, organization: 'acme', userName: 'viewer@acme.example' };
    const stored = JSON.parse(readFileSync(home.sessionFile(second), 'utf8')) as StoredSession;
    const before = sentTo(one).length;
    expect((await run(['whoami', '--profile', 'second'])).stdout).toContain('viewer@acme.example');
    const text = sentTo(one).slice(before).join('\n');
    expect(text).toContain(stored.access?.token);
    for (const secret of ofDeveloper) expect(text).not.toContain(secret);
    expect((await run(['logout', '--profile', 'second'])).exitCode).toBe(0);
    expect(existsSync(home.sessionFile(second))).toBe(false);
    expect((await run(['whoami', '--profile', new URL(one.url).host])).stdout).toContain('developer@acme.example');
    await run(['profiles', 'use', new URL(two.url).host]);
  });

  it('when all sessions end: each is revoked at its own server, and what could not be revoked is said', async () => {
    const kubeconfig = join(home.folder, '.kube', 'config');
    const admin = { env: { SALLYPORT_HOME: join(folder, 'admin') }, openBrowser: one.browserOf('admin') };
    await runCaptured(['login', one.url, '--ca-file', one.caFile], admin);
    await runCaptured(['clusters', 'register', 'alpha'], admin);
    await run(['kube', 'login', '--server', one.url]);
    writeFileSync(
      kubeconfig,
      readFileSync(kubeconfig, 'utf8').replaceAll('name: sallyport/acme/alpha', 'name: renamed'),
    );
    const copy = join(folder, 'copy');
    cpSync(home.folder, copy, { recursive: true });
    await two.close();

    const { exitCode, stdout, stderr } = await run(['logout', '--all']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`Logged out of ${one.url}, as developer@acme.example.`);
    expect(stderr).toContain(
      `Forgot the login session with ${two.url}, as viewer@acme.example, which could not be revoked`,
    );
    expect(stderr).toContain('1 of 2 login sessions could not be revoked');
    expect(stderr).toContain('ERR_CLI_NOT_REVOKED');
    expect(stderr).toContain('Removed renamed from your kubeconfig.');
    expect(existsSync(home.sessionFile(accountAt(one))) || existsSync(home.sessionFile(accountAt(two)))).toBe(false);
    expect(readFileSync(kubeconfig, 'utf8')).not.toContain(one.url);
    const withCopy = await runCaptured(['whoami', '--server', one.url], { env: { SALLYPORT_HOME: copy } });
    expect(withCopy).toMatchObject({ exitCode: 3, stdout: '' });
  });
});

function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {
        // The client gives up first, which is what is tested.
      });
      socket.once('data', () => onConnection(socket));
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
