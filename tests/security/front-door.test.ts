import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awaitCondition, freePort, lacks, part, run } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, PROTOCOLS, type SecureStack, startSecureStack } from './harness.ts';
import { sendRawHead } from './http2-client.ts';
import { writeCallerKubeconfig } from './kubeconfig.ts';

let stack: SecureStack;
beforeAll(async () => {
  stack = await startSecureStack();
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => stack.upstream.reset());

const PODS = `${PREFIX}/api/v1/namespaces/default/pods`;
const SMUGGLED = `GET ${PREFIX}/api/v1/secrets HTTP/1.1\r\nHost: x\r\nX-Smuggled: yes\r\n\r\n`;

describe('a request with two readings', () => {
  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 44\r\n\r\n{}'],
    ['two lengths that agree', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
    ['a list of lengths', 'Content-Length: 2, 44\r\n\r\n{}'],
    ['a signed length', 'Content-Length: +2\r\n\r\n{}'],
    ['a hexadecimal length', 'Content-Length: 0x2\r\n\r\n{}'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks that are not last', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['chunks under another name', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunks with a vertical tab', 'Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n'],
    ['space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['a space in a name', 'X Y: z\r\nContent-Length: 2\r\n\r\n{}'],
    ['a folded line', 'Content-Length: 2\r\nX-A: b\r\n c\r\n\r\n{}'],
    ['bare line feeds', 'Content-Length: 2\nX-A: b\n\n{}'],
    ['a bare carriage return', 'X-A: b\rContent-Length: 44\r\nContent-Length: 2\r\n\r\n{}'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'],
    ['a chunk longer than it says', 'Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff1\r\n{}\r\n0\r\n\r\n'],
    ['bare line feeds between chunks', 'Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n'],
  ])('SEC-F02 is refused or read once, and carries no second request: %s', async (_, rest) => {
    const connection = await stack.connect();
    connection.write(
      `POST ${PODS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await stack.token()}\r\nContent-Type: application/json\r\n${rest}${SMUGGLED}`,
    );
    const answer = await connection.answer();
    expect([400, 502]).toContain(answer.status);
    await connection.closed;
    expect(
      connection
        .received()
        .toString('latin1')
        .match(/HTTP\/1\.1 \d/g),
    ).toHaveLength(1);
    // A body that breaks in the middle was begun in good faith; nothing behind it is a request.
    for (const bytes of stack.upstream.wire()) {
      expect(bytes.toString('latin1').match(/ HTTP\/1\.1\r\n/g)).toHaveLength(1);
      expect(bytes.toString('latin1')).not.toMatch(/secrets|X-Smuggled/);
    }
    await awaitCondition(() => stack.server.proxy.activeCount === 0, { what: 'nothing is open', timeoutMs: 5_000 });
  });

  it.each([
    ['transfer-encoding', 'chunked'],
    ['content-length', '3'],
    ['x-a', 'b\r\n\r\nGET /api/v1/secrets HTTP/1.1'],
    [':path', `${PODS} HTTP/1.1\r\nX-Smuggled: yes`],
  ])('SEC-F02 over HTTP/2 is refused or read once: %s: %j', async (name, value) => {
    const head = [
      ...[':method', 'GET', ':scheme', 'https', ':authority', 'x'],
      ...(name === ':path' ? [name, value] : [':path', PODS]),
      ...['authorization', `Bearer ${await stack.token()}`],
      ...(name === ':path' ? [] : [name, value]),
    ];
    await sendRawHead(stack.target, head);
    for (const bytes of stack.upstream.wire()) {
      expect(bytes.toString('latin1').match(/ HTTP\/1\.1\r\n/g)).toHaveLength(1);
      expect(bytes.toString('latin1')).not.toMatch(/secrets|smuggled/i);
    }
    expect(stack.upstream.requests.length).toBeLessThanOrEqual(1);
  });
});

it('SEC-D14 goes on serving beside hundreds of peers that stall in every stage of the handshake', async () => {
  const hello = Buffer.from('1603010200010001fc0303', 'hex');
  const parts = [
    Buffer.alloc(0),
    hello.subarray(0, 1),
    hello.subarray(0, 5),
    hello,
    Buffer.from('GET'),
    Buffer.concat([hello, Buffer.alloc(100)]),
  ];
  const stalled: Socket[] = [];
  for (let i = 0; i < 300; i++) {
    const socket = connectTcp(stack.port, '127.0.0.1');
    socket.on('error', () => {});
    const bytes = parts[i % parts.length];
    if (bytes !== undefined && bytes.length > 0) socket.write(bytes);
    stalled.push(socket);
  }
  // TLS that is complete, and then nothing of HTTP.
  const silent = await Promise.all(Array.from({ length: 50 }, () => stack.connect()));
  for (const [i, connection] of silent.entries()) if (i % 2 === 0) connection.write('PRI * HTTP/2.0\r\n');
  await awaitCondition(() => stalled.every(({ connecting }) => !connecting), { what: 'all are connected' });
  const began = performance.now();
  for (let i = 0; i < 20; i++) {
    expect((await stack.call('http/1.1')).status).toBe(200);
    expect((await stack.call('h2')).status).toBe(200);
  }
  expect(performance.now() - began).toBeLessThan(5_000);
  // The server ends those who do not finish, each by its own deadline.
  await Promise.all(
    stalled.map(
      (socket) =>
        new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.on('close', () => resolve()).resume())),
    ),
  );
  for (const connection of silent) connection.socket.destroy();
}, 30_000);

it('SEC-F02 SEC-C04 a switch behind a request that still waits for its answer ends the connection, and nothing else', async () => {
  const connection = await stack.connect();
  const head = (lines: string) => `GET ${PREFIX}/version HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}\r\n`;
  connection.write(head('') + head('Connection: Upgrade\r\nUpgrade: websocket\r\n'));
  await connection.closed;
  for (const protocol of PROTOCOLS) expect((await stack.call(protocol)).status).toBe(200);
  expect((await stack.call('h2', { method: 'HEAD', token: 'nonsense' })).status).toBe(401);
});

describe('what a person is told', () => {
  it('plain HTTP on this port, a wrong and an expired credential: a sentence, a code and a next step', async () => {
    const socket = connectTcp(stack.port, '127.0.0.1');
    const plain = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('end', () => resolve(text));
      socket.write('GET /api HTTP/1.1\r\nHost: x\r\n\r\n');
    });
    socket.destroy();
    expect(plain).toMatch(/^HTTP\/1\.1 400 .*write https:\/\/ in the server URL \[ERR_FRONT_PLAIN_HTTP\]/s);
    const wrong = await stack.call('h2', { token: 'nonsense' });
    expect(JSON.parse(wrong.body)).toMatchObject({
      kind: 'Status',
      code: 401,
      message:
        'the credential is not valid here. Run `sallyport login`, then try again. [ERR_PROXY_CREDENTIAL_REFUSED]',
    });
  });

  it('an agent that is away: 503 that kubectl waits for, without a word of the inside', async () => {
    await stack.stopAgent();
    try {
      const answer = await stack.call('h2');
      expect(answer.status).toBe(503);
      expect(answer.rawHeaders.join(' ')).toContain('retry-after 1');
      expect(JSON.parse(answer.body).message).toBe(
        `no agent of cluster "${CLUSTER}" is connected. Check the agent's pods and logs in that cluster. [ERR_PROXY_AGENT_AWAY]`,
      );
    } finally {
      await stack.startAgent();
    }
  });

  it.skipIf(lacks('kubectl'))(
    'kubectl prints the sentence with its code',
    async () => {
      const ask = async (options: { token?: string; cluster?: string; scheme?: string }) => {
        const outcome = await run(
          part('kubectl'),
          [
            '--kubeconfig',
            await writeCallerKubeconfig(stack, options),
            ...(options.cluster === undefined ? ['get', '--raw', '/version'] : ['get', 'pods']),
            '--request-timeout=20s',
          ],
          {},
        );
        expect(outcome.code).toBe(1);
        return outcome.stderr;
      };
      // kubectl has a sentence of its own for every 401 and drops ours; the exec plugin keeps people from getting here.
      expect(await ask({ token: 'nonsense' })).toMatch(/You must be logged in to the server|provide credentials/);
      expect(await ask({ cluster: 'none' })).toMatch(
        new RegExp(
          `no cluster "none" in organization "${ORGANIZATION}".*sallyport kube list.*\\[ERR_PROXY_CLUSTER_UNKNOWN\\]`,
        ),
      );
      expect(await ask({ scheme: 'http' })).toMatch(/write https:\/\/.*\[ERR_FRONT_PLAIN_HTTP\]/);
    },
    60_000,
  );

  it('a taken port and a state folder in use: each refuses at start with code and next step', async () => {
    const { createServer } = await import('@sallyport/server');
    const { Secret } = await import('@sallyport/core');
    const config = {
      mode: 'development' as const,
      listen: { host: '127.0.0.1', port: stack.port },
      agentServerName: 'agents.sallyport.internal',
      stateDir: `${stack.folder}/server`,
      encryptionKey: new Secret(Buffer.alloc(32)),
      organization: 'demo',
      identityProviders: [],
      bindings: [],
      developmentUsers: [],
    };
    await expect(createServer({ config })).rejects.toMatchObject({
      code: 'ERR_LISTEN_PORT_TAKEN',
      message: `port ${stack.port} on 127.0.0.1 is taken by another process`,
      nextStep: expect.stringContaining('--port'),
    });
    const listen = { host: '127.0.0.1', port: await freePort() };
    await expect(createServer({ config: { ...config, listen } })).rejects.toMatchObject({
      code: 'ERR_STORE_LOCKED',
      nextStep: expect.stringMatching(/\w+/),
    });
    // The port was let go again.
    await expect(createServer({ config: { ...config, listen } })).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' });
  });
});
