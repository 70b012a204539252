import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer } from 'node:tls';
import {
  createFakeClock,
  createFakeKubeApiServer,
  createTestCertificateAuthority,
  type FakeKubeApiServer,
} from '@sallyport/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createCredentialSource } from './credential-source.ts';
import { listenOnPort, listenOnSocket } from './listen.ts';
import { createLocalProxy, type LocalProxy } from './local-proxy.ts';

const TOKEN = 'the-token-of-this-run';
const LIFE_MS = 60_000;
const clock = createFakeClock();
const folder = temporaryFolder();

let cluster: FakeKubeApiServer;
let proxy: LocalProxy;
let url: string;
/** Tokens that are minted, one after the other; the last one for good. */
let minted: (string | Error)[];
let failures: string[];

const aProxy = (kubeUrl: string, caPem?: string) =>
  createLocalProxy({
    kubeUrl,
    ...(caPem !== undefined && { caPem }),
    credentials: createCredentialSource(
      async () => {
        const next = (minted.length > 1 ? minted.shift() : minted[0]) ?? '';
        if (typeof next !== 'string') throw next;
        const expirationTimestamp = new Date(clock.now() + LIFE_MS).toISOString();
        return JSON.stringify({ status: { token: next, expirationTimestamp } });
      },
      async () => {},
      clock,
    ),
    access: { token: TOKEN },
    onFailure: (line) => failures.push(line),
  });

beforeAll(async () => {
  const groups = ['system:masters'];
  cluster = createFakeKubeApiServer({
    seed: 'demo',
    users: ['first', 'second'].map((name) => ({ name, groups, token: `${name}-token` })),
  });
  await cluster.listen();
});
afterAll(() => cluster.close());
beforeEach(async () => {
  minted = ['first-token'];
  failures = [];
  proxy = aProxy(cluster.url, cluster.caPem);
  url = await listenOnPort(proxy.server, '127.0.0.1', 0);
});
afterEach(() => proxy.close());

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function send(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent: false }, resolve);
    sent.on('error', reject);
    sent.on('upgrade', (_answer, socket) => {
      socket.destroy();
      reject(new Error('switched'));
    });
    sent.end(body);
  });
}

async function ask(path: string, sent: Sent = {}) {
  const answer = await send(`/${TOKEN}${path}`, sent);
  return { status: answer.statusCode, body: JSON.parse(await text(answer)) };
}

const seen = (path: string) => cluster.requests.filter(({ target }) => target.startsWith(path));
const PODS = '/api/v1/namespaces/shop/pods';

describe('createLocalProxy', () => {
  it('carries a request under the credential of the person, and nothing of the caller’s', async () => {
    const path = '/api/v1/namespaces/default/configmaps?carried';
    const headers = {
      authorization: 'Bearer mine',
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      accept: 'application/json',
    };
    expect(await ask(path, { headers })).toMatchObject({ status: 200, body: { kind: 'ConfigMapList' } });
    expect(seen(path).map(({ rawHeaders }) => rawHeaders)).toEqual([
      [
        ...['Host', new URL(cluster.url).host, 'Authorization', 'Bearer first-token'],
        ...['accept', 'application/json', 'Connection', 'keep-alive'],
      ],
    ]);
  });

  it('streams a watch while it goes on, and ends it there when it ends here', async () => {
    const before = cluster.connectionCount;
    const answer = await send(`/${TOKEN}${PODS}?watch=1`);
    const [first] = (await answer[Symbol.asyncIterator]().next()).value.toString().split('\n');
    expect(JSON.parse(first)).toMatchObject({ type: 'ADDED', object: { kind: 'Pod' } });
    answer.destroy();
    await expect.poll(() => cluster.connectionCount).toBeLessThanOrEqual(before);
  });

  it('takes the next credential when one ends, without a word', async () => {
    minted = ['first-token', 'second-token'];
    await ask('/api?renewed');
    clock.advance(LIFE_MS);
    expect((await ask('/api?renewed')).status).toBe(200);
    expect(seen('/api?renewed').map(({ rawHeaders }) => rawHeaders[3])).toEqual([
      'Bearer first-token',
      'Bearer second-token',
    ]);
    expect(failures).toEqual([]);
  });

  it('passes 401 on with its reason, says so, and has another credential for the next request', async () => {
    minted = ['revoked-token', 'second-token'];
    const refused = await ask('/api?refused');
    expect(refused).toMatchObject({ status: 401, body: { kind: 'Status', reason: 'Unauthorized' } });
    expect(failures).toEqual(['the server did not take the credential (401); the next request has a new one']);
    expect((await ask('/api?refused')).status).toBe(200);
  });

  it('answers by itself while there is no credential, and goes on once there is one', async () => {
    const nextStep = 'Run "sallyport login".';
    minted = [
      new CliError({ code: 'ERR_CLI_NOT_LOGGED_IN', message: 'not logged in', nextStep }),
      new CliError({ code: 'ERR_CLI_SERVER_UNREACHABLE', message: 'it is away', nextStep: 'Wait.' }),
      'first-token',
    ];
    expect(await ask('/api')).toMatchObject({
      status: 401,
      body: { message: 'not logged in. Run "sallyport login". [ERR_CLI_NOT_LOGGED_IN]' },
    });
    expect(await ask('/api')).toMatchObject({ status: 503, body: { reason: 'ServiceUnavailable' } });
    expect((await ask('/api')).status).toBe(200);
  });

  it('refuses without the token, for reads and for protocol switches, before anything leaves', async () => {
    const before = cluster.requests.length;
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    };
    for (const headers of [{}, upgrade]) {
      const answer = await send(`${PODS}/web-0/exec?command=true`, { headers });
      expect(answer.statusCode).toBe(401);
      expect(JSON.parse(await text(answer)).message).toContain('ERR_CLI_LOCAL_PROXY_REFUSED');
    }
    expect(cluster.requests.length).toBe(before);
  });

  it('passes the refusal of a protocol switch on', async () => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    };
    const answer = await send(`/${TOKEN}${PODS}/nonesuch/exec?command=true`, { headers });
    expect(answer.statusCode).toBe(404);
    expect(JSON.parse(await text(answer))).toMatchObject({ kind: 'Status', reason: 'NotFound' });
  });

  it('hands on all that the server sent before it ended the session, also when the caller writes on', async () => {
    const output = Buffer.alloc(8 * 1_024 * 1_024, 'x');
    const ca = createTestCertificateAuthority('server');
    const { certificatePem, keyPem } = ca.issueServer(['127.0.0.1']);
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n';
    const server = createServer({ cert: certificatePem, key: keyPem, allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.resume();
        socket.write(switching);
        socket.end(output);
      });
      socket.on('end', () => socket.end());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const near = aProxy(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca.certificatePem);
    const { host, port } = new URL(await listenOnPort(near.server, '127.0.0.1', 0));
    try {
      const caller = connect(Number(port), '127.0.0.1');
      const head = ['POST', `/${TOKEN}${PODS}/web-0/exec`, 'HTTP/1.1'].join(' ');
      caller.write(`${head}\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`);
      let bytes = 0;
      // As kubectl does over SPDY, which tells of each window that it has room again.
      for await (const chunk of caller) {
        bytes += chunk.length;
        caller.write('window update');
        await turn();
      }
      expect(bytes).toBeGreaterThan(output.length);
    } finally {
      await near.close();
      server.close();
    }
  });

  it('lets no body pass for a request of its own, whatever the method', async () => {
    const inner = 'GET /api?smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    for (const method of ['GET', 'DELETE', 'POST']) {
      await send(`/${TOKEN}/api/v1/namespaces/default/configmaps/x?framed`, {
        method,
        headers: { 'transfer-encoding': 'chunked' },
        body: inner,
      }).then(text);
    }
    expect(seen('/api/v1/namespaces/default/configmaps/x?framed')).toHaveLength(3);
    expect(seen('/api?smuggled')).toEqual([]);
  });

  it('says that the server can’t be reached, or is another', async () => {
    const untrusted = aProxy(cluster.url);
    url = await listenOnPort(untrusted.server, '127.0.0.1', 0);
    expect(await ask('/api')).toMatchObject({
      status: 503,
      body: { message: expect.stringContaining('ERR_CLI_CERTIFICATE_UNTRUSTED') },
    });
    await untrusted.close();
    const nowhere = aProxy('https://127.0.0.1:1');
    url = await listenOnPort(nowhere.server, '127.0.0.1', 0);
    expect(await ask('/api')).toMatchObject({
      status: 503,
      body: { message: expect.stringContaining('ERR_CLI_SERVER_UNREACHABLE') },
    });
    await nowhere.close();
  });

  it('ends what is open when it is closed', async () => {
    const answer = await send(`/${TOKEN}${PODS}?watch=1`);
    const ended = text(answer).catch((error: NodeJS.ErrnoException) => error.code);
    await proxy.close();
    expect(await ended).toBe('ECONNRESET');
  });
});

describe.skipIf(process.platform === 'win32')('listenOnSocket', () => {
  it('makes a socket that its owner alone may open, and takes over a dead one but no other', async () => {
    const path = join(folder, 'kube.sock');
    const one = aProxy(cluster.url, cluster.caPem);
    await listenOnSocket(one.server, path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const two = aProxy(cluster.url, cluster.caPem);
    await expect(listenOnSocket(two.server, path)).rejects.toMatchObject({
      code: 'ERR_CLI_LOCAL_PROXY_LISTEN',
      message: `nothing can listen on ${path}: EADDRINUSE`,
    });
    const answered = await new Promise<string>((resolve) => {
      const socket = connect({ path }, () =>
        socket.end('GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
      );
      void text(socket).then(resolve);
    });
    expect(answered).toMatch(/^HTTP\/1.1 401 /);
    await one.close();
    await two.close();
  });

  it('takes over the socket of a run that is gone, and never another file', async () => {
    const dead = join(folder, 'dead.sock');
    const file = join(folder, 'a-file');
    writeFileSync(file, 'kept');
    const listenAndDie = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', listenAndDie, dead]).signal).toBe('SIGKILL');
    expect(existsSync(dead)).toBe(true);
    const again = aProxy(cluster.url, cluster.caPem);
    await listenOnSocket(again.server, dead);
    await again.close();
    const other = aProxy(cluster.url, cluster.caPem);
    await expect(listenOnSocket(other.server, file)).rejects.toMatchObject({ code: 'ERR_CLI_LOCAL_PROXY_LISTEN' });
    expect(statSync(file).size).toBe(4);
    await other.close();
  });
});
