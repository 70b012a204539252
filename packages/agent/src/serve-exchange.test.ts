import type { IncomingMessage, ServerResponse } from 'node:http';
import { allHeaders, createId } from '@sallyport/core';
import type { VerifiedCapability } from '@sallyport/core/credentials';
import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Harness, type HarnessOptions, type ServerRequest, startHarness } from './testing/harness.ts';
import {
  type RecordingUpstream,
  type RecordingUpstreamOptions,
  startRecordingUpstream,
} from './testing/recording-upstream.ts';
import { createTestCa, type TestCa } from './testing/test-ca.ts';

let ca: TestCa;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  ca = await createTestCa();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(
  upstreamOptions: Omit<RecordingUpstreamOptions, 'ca'> = {},
  options: Partial<HarnessOptions> = {},
): Promise<{ upstream: RecordingUpstream; harness: Harness }> {
  const upstream = await startRecordingUpstream({ ca, ...upstreamOptions });
  closers.push(() => upstream.close());
  const harness = await startHarness({ ca, port: upstream.port, ...options });
  closers.push(() => harness.close());
  return { upstream, harness };
}

describe('serving an exchange', () => {
  it('forwards a GET as the impersonated person, with the identity lines last', async () => {
    const { upstream, harness } = await start();
    const answer = await harness.request({ headers: ['Accept', 'application/json', 'User-Agent', 'kubectl'] });
    expect(answer.error).toBeUndefined();
    expect(answer.head?.status).toBe(200);
    expect(answer.body.toString()).toBe('{}');
    expect(upstream.requests).toEqual([
      {
        method: 'GET',
        target: '/api/v1/pods',
        rawHeaders: [
          'Host',
          `127.0.0.1:${upstream.port}`,
          'Connection',
          'keep-alive',
          'Accept',
          'application/json',
          'User-Agent',
          'kubectl',
          'Authorization',
          'Bearer agent-token',
          'Impersonate-User',
          'ada@example.com',
          'Impersonate-Group',
          'sallyport:view',
          'Impersonate-Extra-sallyport.dev%2Fsession',
          's-1',
        ],
        body: '',
      },
    ]);
  });

  it('SEC-A01 SEC-A05 reaches upstream with the whole identity, whatever the server put into headers and trailers', async () => {
    const { upstream, harness } = await start();
    const opened = await harness.open({
      method: 'POST',
      headers: ['Connection', 'Impersonate-User, Impersonate-Group', 'Authorization', 'Bearer x', 'Cookie', 'a=b'],
    });
    opened.exchange.write(Buffer.from('{}'));
    opened.exchange.end(['Impersonate-User', 'root', 'Authorization', 'Bearer x']);
    expect((await opened.answer).head?.status).toBe(200);
    expect(upstream.requests[0]?.rawHeaders.slice(2)).toEqual([
      'Connection',
      'keep-alive',
      'Transfer-Encoding',
      'chunked',
      'Authorization',
      'Bearer agent-token',
      'Impersonate-User',
      'ada@example.com',
      'Impersonate-Group',
      'sallyport:view',
      'Impersonate-Extra-sallyport.dev%2Fsession',
      's-1',
    ]);
  });

  it('SEC-C15 asks kube-apiserver for nothing but what was asked of it, always under an identity', async () => {
    const { upstream, harness } = await start();
    await harness.request({ target: '/api/v1/namespaces/a/pods/b/log' });
    await harness.request({ method: 'PATCH', target: '/api/v1/namespaces/a/pods/b', body: Buffer.from('{}') });
    expect(upstream.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /api/v1/namespaces/a/pods/b/log',
      'PATCH /api/v1/namespaces/a/pods/b',
    ]);
    for (const { rawHeaders } of upstream.requests) expect(valuesOf(rawHeaders, 'Impersonate-User')).toHaveLength(1);
  });

  it('SEC-A03 resets an exchange that names an identity in a header, and asks nothing of kube-apiserver', async () => {
    const { upstream, harness } = await start();
    for (const name of ['Impersonate-User', 'impersonate_group', 'Impersonate-Uid']) {
      const answer = await harness.request({ headers: [name, 'root'] });
      expect(answer.error).toMatchObject({ resetCode: 'capabilityRefused' });
    }
    expect(upstream.connectionCount).toBe(0);
  });

  it('SEC-A07 sends 500 groups as 500 lines in order', async () => {
    const groups = Array.from({ length: 500 }, (_, i) => `team ${i}, ${i % 2 ? 'ø' : '工'}`);
    const { upstream, harness } = await start({}, { ceiling: { groups } });
    const answer = await harness.request({ as: { groups } });
    expect(answer.head?.status).toBe(200);
    expect(valuesOf(upstream.requests[0]?.rawHeaders ?? [], 'Impersonate-Group')).toEqual(groups);
  });

  it('SEC-A16 writes names beyond ASCII as UTF-8, with and without a body', async () => {
    const { upstream, harness } = await start();
    await harness.request({ as: { user: 'Zoë 工' } });
    await harness.request({ as: { user: 'Zoë 工' }, method: 'POST', body: Buffer.from('ø') });
    expect(upstream.requests.map(({ rawHeaders }) => valuesOf(rawHeaders, 'Impersonate-User'))).toEqual([
      ['Zoë 工'],
      ['Zoë 工'],
    ]);
    expect(upstream.requests[1]?.body).toBe('ø');
  });
});

describe('a hostile server', () => {
  it('SEC-D06 gets nothing for identities above the ceiling, other classes, or altered and foreign capabilities', async () => {
    const { upstream, harness } = await start();
    const good = await harness.sign();
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { imp: { user: string } };
    claims.imp.user = 'eve';
    const altered = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const requests: ServerRequest[] = [
      { as: { groups: ['sallyport:cluster-admin'] } },
      { actionClass: 'write' },
      { method: 'DELETE', actionClass: 'read' },
      { capability: altered },
      { capability: unsigned },
      { capability: '' },
      { capability: await harness.sign({ clusterId: createId('cluster') }) },
    ];
    for (const request of requests) {
      const answer = await harness.request(request);
      expect(answer.error, JSON.stringify(request)).toMatchObject({ resetCode: 'capabilityRefused' });
    }
    expect(upstream.connectionCount).toBe(0);
    expect(harness.metrics.render()).toContain('sallyport_agent_exchanges_open 0');
  });

  it('SEC-D06 SEC-A09 is refused even with a signer that signs system:masters or nobody', async () => {
    const base = { ...verifiedClaims(), issuedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) };
    for (const impersonation of [
      { user: 'ada', groups: ['system:masters'] },
      { user: 'system:admin', groups: [] },
      { user: '', groups: ['sallyport:view'] },
    ]) {
      const verified = { ...base, impersonation };
      const { upstream, harness } = await start(
        {},
        { capabilities: { peek: () => verified, verify: async () => verified } },
      );
      const answer = await harness.request({ capability: 'any' });
      expect(answer.error).toMatchObject({ resetCode: 'capabilityRefused' });
      expect(upstream.connectionCount).toBe(0);
    }
  });

  it('SEC-D01 can not use a capability of another cluster, nor SEC-A17 one of another key', async () => {
    const { upstream, harness } = await start();
    const other = await start();
    const answer = await harness.request({ capability: await other.harness.sign() });
    expect(answer.error).toMatchObject({ resetCode: 'capabilityRefused' });
    expect(upstream.connectionCount).toBe(0);
  });

  it('SEC-D04 SEC-D05 reaches only the configured API server, under its own name', async () => {
    const { upstream, harness } = await start();
    const headers = ['Host', '169.254.169.254', 'X-Forwarded-Host', 'evil.example', ':authority', 'evil.example'];
    await harness.request({ headers });
    expect(valuesOf(upstream.requests[0]?.rawHeaders ?? [], 'Host')).toEqual([`127.0.0.1:${upstream.port}`]);
    for (const target of ['http://169.254.169.254/', '//169.254.169.254/', '127.0.0.1:80', '']) {
      expect((await harness.request({ target })).error).toMatchObject({ resetCode: 'capabilityRefused' });
    }
    expect(upstream.requests).toHaveLength(1);
  });

  it('is made to wait, with no more than a window held, while a capability is verified', async () => {
    let admit: (verified: VerifiedCapability) => void = () => {};
    const capabilities = {
      peek: () => undefined,
      verify: () =>
        new Promise<VerifiedCapability>((resolve) => {
          admit = resolve;
        }),
    };
    const { upstream, harness } = await start({}, { capabilities });
    const opened = await harness.open({ method: 'POST', capability: 'slow', headers: ['Content-Length', '1048576'] });
    for (let i = 0; i < 32; i++) opened.exchange.write(Buffer.alloc(32 * 1024, 'x'));
    opened.exchange.end();
    await harness.server.ping();
    await harness.server.ping();
    // The mux still holds what no credit let through: nothing came back while the agent only waited.
    expect(harness.server.queuedBytes).toBeGreaterThanOrEqual(512 * 1024);
    expect(upstream.connectionCount).toBe(0);
    const expiresAt = new Date(Date.now() + 60_000);
    admit({ ...verifiedClaims(), actionClass: 'write', issuedAt: new Date(), expiresAt });
    expect((await opened.answer).head?.status).toBe(200);
    expect(upstream.requests[0]?.body).toHaveLength(1_048_576);
  });
});

describe('the life of a capability', () => {
  const silent = { onRequest: (_req: IncomingMessage, res: ServerResponse) => void res.flushHeaders() };

  it('SEC-D06 ends the stream and the upstream request unless it is renewed', async () => {
    const clock = createFakeClock();
    const gone = deferred();
    const { harness } = await start(
      {
        onRequest(_req, res) {
          res.flushHeaders();
          res.on('close', gone.resolve);
        },
      },
      { clock },
    );
    const opened = await harness.open();
    opened.exchange.end();
    await opened.head;
    await clock.advanceAsync(59_000);
    const streams = harness.server.streamCount;
    await clock.advanceAsync(1_000);
    expect(streams).toBe(1);
    expect((await opened.answer).error).toMatchObject({ resetCode: 'capabilityExpired' });
    await gone.promise;
  });

  it('is lengthened by a renewal for the same access', async () => {
    const clock = createFakeClock();
    const { harness } = await start(silent, { clock });
    const opened = await harness.open();
    opened.exchange.end();
    await opened.head;
    await clock.advanceAsync(40_000);
    const renewed = await harness.sign();
    // Verified ahead, so that the renewal takes effect before the clock moves on.
    await harness.capabilities.verify(renewed);
    opened.exchange.renew(renewed);
    await harness.server.ping();
    await clock.advanceAsync(30_000);
    expect(harness.server.streamCount).toBe(1);
    await clock.advanceAsync(30_000);
    expect((await opened.answer).error).toMatchObject({ resetCode: 'capabilityExpired' });
  });

  it('SEC-D06 ends at once with a renewal for another access', async () => {
    const { harness } = await start(silent);
    const opened = await harness.open();
    opened.exchange.end();
    await opened.head;
    opened.exchange.renew(await harness.sign({ impersonation: { user: 'eve', groups: ['sallyport:view'] } }));
    expect((await opened.answer).error).toMatchObject({ resetCode: 'capabilityRefused' });
  });
});

describe('request and response bodies', () => {
  it('frames a body by its stated length, by chunks, or as absent', async () => {
    const { upstream, harness } = await start();
    await harness.request({ method: 'POST', headers: ['Content-Length', '5'], body: Buffer.from('hello') });
    await harness.request({ method: 'POST', body: [Buffer.from('he'), Buffer.from('llo')] });
    await harness.request({ method: 'POST' });
    await harness.request({ method: 'DELETE', body: Buffer.from('{}') });
    const framing = upstream.requests.map(({ rawHeaders, body }) => [
      valuesOf(rawHeaders, 'Content-Length')[0],
      valuesOf(rawHeaders, 'Transfer-Encoding')[0],
      body,
    ]);
    expect(framing).toEqual([
      ['5', undefined, 'hello'],
      [undefined, 'chunked', 'hello'],
      ['0', undefined, ''],
      [undefined, 'chunked', '{}'],
    ]);
  });

  it('relays HEAD, 204, 304, early hints and trailers as they are', async () => {
    const { harness } = await start({
      onRequest(req, res) {
        if (req.method === 'HEAD') return void res.writeHead(200, { 'content-length': '1000' }).end();
        if (req.url === '/204') return void res.writeHead(204).end();
        if (req.url === '/304') return void res.writeHead(304, { etag: '"e"' }).end();
        res.writeEarlyHints({ link: '</style.css>; rel=preload' });
        res.writeHead(200, { trailer: 'x-checksum' });
        res.write('body');
        res.addTrailers({ 'x-checksum': '1', 'set-cookie': 'a=b' });
        res.end();
      },
    });
    const head = await harness.request({ method: 'HEAD' });
    expect([head.head?.status, head.body.length, valuesOf(head.head?.headers ?? [], 'content-length')]).toEqual([
      200,
      0,
      ['1000'],
    ]);
    expect((await harness.request({ target: '/204' })).head?.status).toBe(204);
    expect((await harness.request({ target: '/304' })).head).toMatchObject({ status: 304 });
    const whole = await harness.request();
    expect([whole.head?.status, whole.body.toString(), whole.trailers]).toEqual([200, 'body', ['x-checksum', '1']]);
  });

  it('relays a list of 30 MB whole', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const { harness } = await start({
      onRequest(_req, res) {
        res.writeHead(200);
        for (let i = 0; i < 30; i++) res.write(chunk);
        res.end('end');
      },
    });
    const answer = await harness.request();
    expect(answer.body.length).toBe(30 * 1024 * 1024 + 3);
    expect(answer.body.subarray(-3).toString()).toBe('end');
  });

  it('stops reading from kube-apiserver while the caller does not read', async () => {
    let written = 0;
    const { harness } = await start(
      {
        onRequest(_req, res) {
          const chunk = Buffer.alloc(64 * 1024, 'x');
          const more = () => {
            while (written < 256 * 1024 * 1024) {
              written += chunk.length;
              if (!res.write(chunk)) return void res.once('drain', more);
            }
            res.end();
          };
          more();
        },
      },
      { isReading: false },
    );
    const opened = await harness.open();
    opened.exchange.end();
    await opened.head;
    let before = -1;
    // Settled once two round trips through everything moved no byte.
    while (before !== written) {
      before = written;
      for (let i = 0; i < 20; i++) await harness.server.ping();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(16 * 1024 * 1024);
    opened.exchange.reset('cancelled');
  });

  it('resets as upstreamUnreachable without naming an address when kube-apiserver is away', async () => {
    const { upstream, harness } = await start();
    await upstream.close();
    const { error } = await harness.request();
    expect(error).toMatchObject({ resetCode: 'upstreamUnreachable' });
    expect(error?.message).toContain('ECONNREFUSED');
    expect(error?.message).not.toMatch(/127\.0\.0\.1|localhost/);
  });

  it('SEC-D18 resets when the API server has another certificate, and sends it nothing', async () => {
    const { harness } = await start();
    const foreign = await startRecordingUpstream({ ca: await createTestCa('foreign') });
    closers.push(() => foreign.close());
    const other = await startHarness({ ca, port: foreign.port });
    closers.push(() => other.close());
    const { error } = await other.request();
    expect(error).toMatchObject({ resetCode: 'upstreamUnreachable' });
    expect(foreign.requests).toEqual([]);
    expect((await harness.request()).head?.status).toBe(200);
  });

  it('SEC-D18 SEC-C03 does not follow a redirect to another host', async () => {
    const attacker = await startRecordingUpstream({ ca });
    closers.push(() => attacker.close());
    const { harness } = await start({
      onRequest: (_req, res) => void res.writeHead(307, { location: `https://127.0.0.1:${attacker.port}/` }).end(),
    });
    const answer = await harness.request();
    expect(answer.head?.status).toBe(502);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ kind: 'Status', code: 502 });
    expect(attacker.connectionCount).toBe(0);
  });

  it('resets as upstreamReset when the answer breaks off, so that it never looks complete', async () => {
    const { harness } = await start({
      onRequest(_req, res) {
        res.writeHead(200, { 'content-length': '1000' });
        res.write('half', () => res.destroy());
      },
    });
    const { error, body } = await harness.request();
    expect(body.toString()).toBe('half');
    expect(error).toMatchObject({ resetCode: 'upstreamReset' });
  });

  it('repeats a read once on a fresh connection when the pooled one was closed, and never a write', async () => {
    const { upstream, harness } = await start();
    await harness.request();
    let closeOnNext = true;
    for (const socket of upstream.openSockets) {
      socket.once('data', () => closeOnNext && socket.destroy());
    }
    const read = await harness.request();
    expect(read.head?.status).toBe(200);
    for (const socket of upstream.openSockets) socket.once('data', () => socket.destroy());
    const write = await harness.request({ method: 'POST', body: Buffer.from('{}') });
    closeOnNext = false;
    expect(write.error).toMatchObject({ resetCode: 'upstreamUnreachable' });
  });

  it('SEC-C18 cancels upstream at once when the caller goes, and leaves nothing behind', async () => {
    let open = 0;
    const { harness } = await start({
      onRequest(_req, res) {
        open += 1;
        res.flushHeaders();
        res.on('close', () => {
          open -= 1;
        });
      },
    });
    const opened = await Promise.all(Array.from({ length: 50 }, () => harness.open()));
    for (const { exchange } of opened) exchange.end();
    await Promise.all(opened.map(({ head }) => head));
    expect(open).toBe(50);
    for (const { exchange } of opened) exchange.reset('cancelled');
    await vi.waitFor(() => expect(open).toBe(0));
    expect(harness.metrics.render()).toContain('sallyport_agent_exchanges_open 0');
    expect(harness.server.streamCount).toBe(0);
  });
});

/** Values of a header, decoded as kube-apiserver does. */
function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return allHeaders(rawHeaders, name.toLowerCase()).map((value) => Buffer.from(value, 'latin1').toString('utf8'));
}

function verifiedClaims() {
  return {
    clusterId: createId('cluster'),
    principalId: createId('principal'),
    impersonation: { user: 'ada', groups: ['sallyport:view'] },
    actionClass: 'read' as const,
    snapshotVersion: 1,
  };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
