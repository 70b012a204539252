import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createId } from '@sallyport/core';
import { createCredentialIssuer, createSigningKeyRing, generateSigningKey } from '@sallyport/core/credentials';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, repository } from '../support/index.ts';
import {
  type HostileRequest,
  type HostileServer,
  type Outcome,
  type Payload,
  startHostileServer,
} from './hostile-server.ts';

let server: HostileServer;
beforeAll(async () => {
  server = await startHostileServer({
    onRequest(req, res) {
      // A watch stays open; everything else is answered.
      if (req.url?.includes('watch')) res.writeHead(200).flushHeaders();
      else res.end('{}');
    },
  });
});
afterAll(async () => {
  await server?.close();
});

const seconds = () => Math.floor(Date.now() / 1_000);
const identity = (change: Payload): Payload => ({ imp: { ...server.claims.impersonation, ...change } });
const FITTING = ['Impersonate-User', 'ada@example.com', 'Impersonate-Group', 'sallyport:view'];

/** The whole identity that reached upstream in each request. */
const identities = () =>
  server.upstream.requests.map(({ rawHeaders }) =>
    rawHeaders.filter((_, i) => /^impersonate/i.test(rawHeaders[i - (i % 2)] ?? '')),
  );

async function expectNothing(outcome: Outcome, before: number, what: string): Promise<void> {
  expect([what, outcome]).toMatchObject([what, { reset: expect.stringMatching(/^(capabilityRefused|internal)$/) }]);
  // Whatever was sent by mistake would have come before the answer to this.
  expect(await server.ask()).toEqual({ status: 200 });
  expect([what, server.upstream.requests.length - before]).toEqual([what, 1]);
  expect(identities().at(-1)?.slice(0, 4)).toEqual(FITTING);
}

describe('an agent whose server is hostile', () => {
  it('carries a fitting request, so that the refusals below mean something', async () => {
    const before = server.upstream.requests.length;
    expect(await server.ask()).toEqual({ status: 200 });
    expect(server.upstream.requests.length - before).toBe(1);
    expect(identities().at(-1)).toEqual([...FITTING, 'Impersonate-Extra-sallyport.dev%2Fsession', 's-1']);
  });

  const altered: readonly (readonly [string, () => Payload])[] = [
    ['SEC-D01 for another cluster', () => ({ aud: `sallyport:agent:${createId('cluster')}` })],
    [
      'SEC-D01 for this cluster and another',
      () => ({ aud: [`sallyport:agent:${server.clusterId}`, 'sallyport:agent:x'] }),
    ],
    ['SEC-A17 for another audience', () => ({ aud: `sallyport:kube:${server.clusterId}` })],
    ['SEC-D06 that has expired', () => ({ iat: seconds() - 120, exp: seconds() - 1 })],
    ['SEC-D06 without an end', () => ({ exp: undefined })],
    ['SEC-D06 without a time of issue', () => ({ iat: undefined })],
    ['SEC-D06 that is not valid yet', () => ({ nbf: seconds() + 30 })],
    ['SEC-D06 issued in the future', () => ({ iat: seconds() + 45, exp: seconds() + 90 })],
    ['SEC-D06 that lives for an hour', () => ({ exp: seconds() + 3_600 })],
    ['SEC-D06 that lives for ever', () => ({ exp: 253_402_300_799 })],
    ['SEC-D06 for no principal', () => ({ sub: undefined })],
    ['SEC-D06 of an unknown class', () => ({ act: 'admin' })],
    ['SEC-D06 of all classes', () => ({ act: ['read', 'write', 'connect'] })],
    ['SEC-D06 to write, for a read', () => ({ act: 'write' })],
    ['SEC-D06 to connect, for a read', () => ({ act: 'connect' })],
    ['SEC-D06 for system:masters', () => identity({ groups: ['system:masters'] })],
    [
      'SEC-D06 for a group above the ceiling',
      () => identity({ groups: ['sallyport:view', 'sallyport:cluster-admin'] }),
    ],
    ['SEC-A06 for a group of two readings', () => identity({ groups: ['sallyport:view,system:masters'] })],
    ['SEC-D06 for a node', () => identity({ user: 'system:node:a' })],
    ['SEC-D06 for the anonymous user', () => identity({ user: 'system:anonymous' })],
    ['SEC-A09 for nobody', () => identity({ user: '' })],
    ['SEC-A09 for a user of spaces', () => identity({ user: ' ' })],
    ['SEC-A09 for a user that is a list', () => identity({ user: ['ada'] })],
    ['SEC-A09 without a user', () => identity({ user: undefined })],
    ['SEC-A09 without an identity', () => ({ imp: undefined })],
    ['SEC-A16 for a user with a line end', () => identity({ user: 'ada\r\nImpersonate-Group: system:masters' })],
    ['SEC-A16 for a group with a line end', () => identity({ groups: ['sallyport:view\r\nX: y'] })],
    ['SEC-A16 with a line end in an extra', () => identity({ extra: { 'sallyport.dev/session': ['x\ny'] } })],
    ['SEC-A11 with a foreign extra key', () => identity({ extra: { scopes: ['all'] } })],
    [
      'SEC-A11 with the reserved extra key in other case',
      () => identity({ extra: { 'Sallyport.dev/Session': ['x'] } }),
    ],
    ['SEC-F05 with an extra key of the prototype', () => identity({ extra: JSON.parse('{"__proto__":["x"]}') })],
    ['SEC-A16 with a line end in the uid', () => identity({ uid: 'u\r\nImpersonate-User: root' })],
    ['SEC-A09 with a uid that is a number', () => identity({ uid: 0 })],
  ];
  for (const [what, payload] of altered) {
    it(`${what}: a capability is refused before kube-apiserver hears of it, although the signature is right`, async () => {
      const before = server.upstream.requests.length;
      await expectNothing(await server.ask({ capability: await server.sign(payload()) }), before, what);
    });
  }

  it('SEC-A17 SEC-D06 takes no capability by another key, without a key, of another kind, or with a word of advice', async () => {
    const stranger = generateSigningKey();
    const ring = createSigningKeyRing({ keys: [server.key], activeKeyId: server.key.keyId });
    const issuer = createCredentialIssuer({ issuer: 'https://x.test', keys: ring });
    const credential = await issuer.mint(
      {
        credentialId: createId('credential'),
        principalId: server.claims.principalId,
        organizationId: createId('organization'),
        clusterId: server.clusterId,
      },
      60_000,
    );
    const good = await server.sign();
    const [head = '', body = '', signature = ''] = good.split('.');
    const none = Buffer.from('{"alg":"none","typ":"sallyport-capability+jwt"}').toString('base64url');
    const candidates: Record<string, string> = {
      'by a stranger': await server.sign({}, { key: stranger }),
      'by a stranger under the name of the trusted key': await server.sign(
        {},
        { key: { ...stranger, keyId: server.key.keyId } },
      ),
      'by a key in its own header': await server.sign({}, { key: stranger, header: { jwk: ring.jwks().keys[0] } }),
      'by a key at an address': await server.sign({}, { key: stranger, header: { jku: 'https://evil.test/keys' } }),
      'of another type': await server.sign({}, { header: { typ: 'sallyport-capability-keys+jwt' } }),
      'with a critical extension': await server.sign({}, { header: { crit: ['x'], x: 1 } }),
      'a kube credential by the same key': credential.token.reveal(),
      unsigned: `${none}.${body}.`,
      'with another signature': `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      'with another body': `${head}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      absent: '',
      'two of them': `${good},${good}`,
      'longer than any': 'x'.repeat(70_000),
    };
    const before = server.upstream.requests.length;
    for (const [what, capability] of Object.entries(candidates)) {
      expect([what, await server.ask({ capability })]).toMatchObject([what, { reset: 'capabilityRefused' }]);
    }
    expect(server.upstream.requests.length).toBe(before);
  });

  it('SEC-D06 lets no capability to read do anything else', async () => {
    const websocket = [
      'Upgrade',
      'websocket',
      'Sec-WebSocket-Key',
      'AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Version',
      '13',
    ];
    const pod = '/api/v1/namespaces/a/pods/b';
    const requests: HostileRequest[] = [
      { method: 'POST', body: '{}' },
      { method: 'PUT', body: '{}' },
      { method: 'PATCH', body: '{}' },
      { method: 'DELETE' },
      { method: 'CONNECT' },
      { method: 'TRACE' },
      { method: 'get' },
      { method: 'GET\r\nDELETE' },
      { method: '' },
      { target: `${pod}/exec?command=id`, upgrade: true, headers: websocket },
      { target: `${pod}/exec?command=id` },
      { method: 'POST', target: `${pod}/exec?command=id`, body: '' },
      { target: `${pod}/portforward` },
      { target: `${pod}/attach` },
      { target: `${pod}/proxy/` },
      { target: '/api/v1/nodes/n/proxy/run/a/b/c?cmd=id' },
      { target: '/api/v1/proxy/nodes/n/' },
      { target: `${pod}/log`, upgrade: true, headers: websocket },
      { target: '/api/v1/pods?watch=1', upgrade: true, headers: websocket },
    ];
    const before = server.upstream.requests.length;
    for (const request of requests) {
      const what = `${request.method ?? 'GET'} ${request.target ?? ''}`;
      expect([what, await server.ask(request)]).toMatchObject([
        what,
        { reset: expect.stringMatching(/^(capabilityRefused|internal)$/) },
      ]);
    }
    expect(server.upstream.requests.length).toBe(before);
  });

  const targets = (
    JSON.parse(readFileSync(join(repository, 'packages/core/testdata/request-attributes.json'), 'utf8')) as readonly {
      readonly method: string;
      readonly target: string;
      readonly refused?: string;
    }[]
  ).filter(({ refused }) => refused !== undefined);

  it(`SEC-B01 SEC-D04 sends none of ${targets.length} targets with a second reading, nor one that names a host`, async () => {
    expect(targets.length).toBeGreaterThan(30);
    const others = [
      'https://169.254.169.254/',
      '//169.254.169.254/',
      '169.254.169.254:80',
      '*',
      '',
      '/a\r\nHost: x',
      '/a b',
    ];
    const before = server.upstream.requests.length;
    for (const { method, target } of [...targets, ...others.map((target) => ({ method: 'GET', target }))]) {
      for (const act of ['read', 'write', 'connect']) {
        const outcome = await server.ask({ method, target, capability: await server.sign({ act }) });
        expect([method, target, outcome]).toMatchObject([
          method,
          target,
          { reset: expect.stringMatching(/^(capabilityRefused|internal)$/) },
        ]);
      }
    }
    expect(server.upstream.requests.length).toBe(before);
  });
});

describe('headers of a hostile server', () => {
  const names = [
    'Impersonate-User',
    'impersonate-group',
    'IMPERSONATE-UID',
    'Impersonate-Extra-scopes',
    'Impersonate-Foo',
    'Impersonate_User',
    ' Impersonate-User',
    'Impersonate-User ',
    '\tImpersonate-User',
    '-Impersonate-User',
  ];
  for (const name of names) {
    it(`SEC-A03 SEC-A05 ${JSON.stringify(name)} is refused`, async () => {
      const before = server.upstream.requests.length;
      await expectNothing(await server.ask({ headers: [name, 'system:admin'] }), before, name);
    });
  }

  const broken: readonly (readonly string[])[] = [
    ['Accept', 'a\r\nImpersonate-User: root'],
    ['Accept', 'a\r\n Impersonate-User: root'],
    ['Accept', 'a\n'],
    ['Accept', 'a\0b'],
    ['Accept\r\nImpersonate-User', 'root'],
    ['Accept: x\r\nImpersonate-User', 'root'],
    ['Accept'],
    ['Content-Length', '1', 'Content-Length', '2'],
    ['Content-Length', '+1'],
    ['Content-Length', '1, 1'],
    ['Content-Length', '0x1'],
  ];
  for (const headers of broken) {
    it(`SEC-A05 SEC-A16 SEC-F02 ${JSON.stringify(headers)} reaches nobody`, async () => {
      const before = server.upstream.requests.length;
      await expectNothing(await server.ask({ headers }), before, headers.join(': '));
    });
  }

  it('SEC-A01 SEC-A02 SEC-A15 what strips, replaces or carries an identity is dropped, and ours is whole', async () => {
    const before = server.upstream.requests.length;
    const headers = [
      ['Connection', 'Impersonate-User, Impersonate-Group'],
      ['connection', ' impersonate-extra-sallyport.dev%2fsession ,, close'],
      ['Proxy-Connection', 'Impersonate-User'],
      ['Keep-Alive', 'Impersonate-User'],
      ['TE', 'trailers, Impersonate-User'],
      ['Trailer', 'Impersonate-User'],
      ['Transfer-Encoding', 'chunked'],
      ['Upgrade', 'h2c'],
      ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
      ['Host', '169.254.169.254'],
      ['Authorization', 'Bearer of-the-server'],
      ['Cookie', 'a=b'],
      ['X-Remote-User', 'root'],
      ['X-Remote-Group', 'system:masters'],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['Expect', '100-continue'],
      [':authority', 'evil.test'],
    ].flat();
    expect(await server.ask({ headers })).toEqual({ status: 200 });
    const [request] = server.upstream.requests.slice(before);
    expect(request?.rawHeaders).toEqual([
      'Host',
      `127.0.0.1:${server.upstream.port}`,
      'Connection',
      'keep-alive',
      'Authorization',
      'Bearer agent-token',
      ...FITTING,
      'Impersonate-Extra-sallyport.dev%2Fsession',
      's-1',
    ]);
  });

  it('SEC-A05 trailers carry nothing upstream', async () => {
    const before = server.upstream.requests.length;
    const trailers = ['Impersonate-User', 'root', 'Authorization', 'Bearer x', 'X-Remote-User', 'root'];
    const capability = await server.sign({ act: 'write' });
    expect(await server.ask({ method: 'POST', body: '{}', trailers, capability })).toEqual({ status: 200 });
    const [request] = server.upstream.requests.slice(before);
    expect(request?.body).toBe('{}');
    expect(identities().at(-1)).toEqual([...FITTING, 'Impersonate-Extra-sallyport.dev%2Fsession', 's-1']);
    expect(JSON.stringify(request)).not.toMatch(/X-Remote|Bearer x/);
  });
});

describe('a stream that a hostile server renews', () => {
  let watch: number;
  async function openWatch(payload: Payload = {}): Promise<void> {
    watch = await server.open({ target: '/api/v1/pods?watch=1', capability: await server.sign(payload) });
    expect(await server.outcome(watch)).toEqual({ status: 200 });
  }
  afterEach(async () => {
    // RESET by the opener, code "cancelled"; of no effect on a stream that has ended.
    await server.send(6, watch, Buffer.from([0, 0, 0, 1]));
  });

  const others: readonly (readonly [string, () => Payload])[] = [
    ['another principal', () => ({ sub: createId('principal') })],
    ['another login session', () => ({ sid: createId('loginSession') })],
    ['no login session', () => ({ sid: undefined })],
    ['a higher class', () => ({ act: 'connect' })],
    ['another user', () => identity({ user: 'eve' })],
    ['one more group', () => identity({ groups: ['sallyport:view', 'sallyport:edit'] })],
    ['a uid', () => identity({ uid: 'u-1' })],
    ['another extra', () => identity({ extra: { 'sallyport.dev/session': ['s-2'] } })],
    ['another cluster', () => ({ aud: `sallyport:agent:${createId('cluster')}` })],
    ['a life of an hour', () => ({ exp: seconds() + 3_600 })],
    ['a time that is over', () => ({ iat: seconds() - 120, exp: seconds() - 60 })],
  ];
  for (const [what, payload] of others) {
    it(`SEC-D06 ends at once with a capability for ${what}`, async () => {
      await openWatch();
      await server.renew(watch, await server.sign(payload()));
      expect(await server.ended(watch)).toMatchObject({ reset: 'capabilityRefused' });
    });
  }

  it('SEC-D06 ends at its own end: an older capability does not lengthen it', async () => {
    const old = await server.sign({ iat: seconds() - 58, exp: seconds() + 2 });
    await openWatch({ iat: seconds() - 57, exp: seconds() + 3 });
    await server.renew(watch, old);
    expect(await server.ended(watch)).toMatchObject({ reset: 'capabilityExpired' });
    expect(await server.ask({ capability: old })).toMatchObject({ reset: 'capabilityRefused' });
  });

  it('SEC-E19 SEC-D06 has nothing from capabilities that were kept until after their end', async () => {
    const kept = await server.sign({ iat: seconds() - 58, exp: seconds() + 2 });
    expect(await server.ask({ capability: kept })).toEqual({ status: 200 });
    await awaitCondition(() => isOver(kept), { what: 'its end', everyMs: 50 });
    const before = server.upstream.requests.length;
    expect(await server.ask({ capability: kept })).toMatchObject({ reset: 'capabilityRefused' });
    expect(server.upstream.requests.length).toBe(before);
  });
});

describe('a hostile server that keeps its tunnel alive and neither ends nor renews anything', () => {
  const PING = 9;
  const pod = '/api/v1/namespaces/a/pods/b';
  const websocket = [
    'Upgrade',
    'websocket',
    'Sec-WebSocket-Key',
    'AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version',
    '13',
  ];
  const kinds: readonly (HostileRequest & { readonly act: string })[] = [
    { target: '/api/v1/pods?watch=1', act: 'read' },
    { target: `${pod}/log?follow=true`, act: 'read' },
    { target: `${pod}/exec?command=sh`, upgrade: true, isOpen: true, headers: websocket, act: 'connect' },
    { target: `${pod}/attach`, upgrade: true, isOpen: true, headers: websocket, act: 'connect' },
    { target: `${pod}/portforward`, upgrade: true, isOpen: true, headers: websocket, act: 'connect' },
  ];

  it('SEC-C12 SEC-E11 each kind of stream is reset by the agent at the end of its capability, and upstream with it', async () => {
    let openUpstream = 0;
    const isHeld = (closer: { once(event: 'close', listener: () => void): unknown }) => {
      openUpstream += 1;
      closer.once('close', () => {
        openUpstream -= 1;
      });
    };
    const own = await startHostileServer({
      onRequest(_, res) {
        isHeld(res);
        res.writeHead(200).flushHeaders();
      },
      onUpgrade(_, socket) {
        isHeld(socket);
        socket.on('error', () => {});
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
        socket.resume();
      },
    });
    try {
      const exp = seconds() + 3;
      const ids: number[] = [];
      for (const { act, ...request } of kinds) {
        const capability = await own.sign({ act, iat: seconds() - 57, exp });
        const id = await own.open({ ...request, capability });
        expect([request.target, await own.outcome(id)]).toMatchObject([request.target, { status: expect.any(Number) }]);
        ids.push(id);
      }
      await awaitCondition(() => openUpstream === kinds.length, { what: 'all are open upstream', everyMs: 5 });
      let pings = 0;
      const over = Promise.all(ids.map((id) => own.ended(id)));
      void over.then(() => {
        pings = Number.POSITIVE_INFINITY;
      });
      await awaitCondition(
        async () => {
          if (pings === Number.POSITIVE_INFINITY) return true;
          pings += 1;
          await own.send(PING, 0, Buffer.from([0, 0, 0, pings]));
          return false;
        },
        { what: 'all have ended', everyMs: 50 },
      );
      expect(await over).toMatchObject(kinds.map(() => ({ reset: 'capabilityExpired' })));
      expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
      await awaitCondition(() => openUpstream === 0, { what: 'nothing is open upstream', everyMs: 5 });
      // The tunnel itself is well.
      const pong = await own.ask({ target: '/api/v1/pods?watch=1' });
      expect(pong).toEqual({ status: 200 });
    } finally {
      await own.close();
    }
  });
});

describe('frames of a hostile server', () => {
  it('SEC-D07 of unknown types are read over, and those for a stream that was never opened end the tunnel alone', async () => {
    const DATA = 4;
    const END = 5;
    const RENEW = 8;
    for (const type of [DATA, END, RENEW]) {
      const own = await startHostileServer();
      try {
        for (const unknown of [0, 12, 77, 255]) await own.send(unknown, 0, Buffer.alloc(1_000, 'x'));
        expect(await own.ask()).toEqual({ status: 200 });
        await own.send(type, 4_001, Buffer.from(type === RENEW ? await own.sign() : ''));
        expect(await own.outcome(4_001)).toEqual({ reset: 'tunnelLost', message: 'the tunnel has ended' });
        expect(own.upstream.requests).toHaveLength(1);
      } finally {
        await own.close();
      }
    }
  });

  it('SEC-D07 a flood of OPENs that nothing covers costs upstream nothing, and the agent serves on', async () => {
    const before = server.upstream.requests.length;
    const ids: number[] = [];
    for (let i = 0; i < 2_000; i++) ids.push(await server.open({ capability: `x${i}` }));
    for (const id of ids) expect(await server.outcome(id)).toMatchObject({ reset: 'capabilityRefused' });
    expect(server.upstream.requests.length).toBe(before);
    expect(await server.ask()).toEqual({ status: 200 });
  });

  it('SEC-E01 a capability by a key that was rotated away is void, cached or not', async () => {
    const own = await startHostileServer();
    try {
      const known = await own.sign();
      const unknown = await own.sign({ ver: 2 });
      expect(await own.ask({ capability: known })).toEqual({ status: 200 });
      await own.rotateTo(generateSigningKey());
      for (const capability of [known, unknown]) {
        expect(await own.ask({ capability })).toMatchObject({ reset: 'capabilityRefused' });
      }
      expect(await own.ask()).toEqual({ status: 200 });
      expect(own.upstream.requests).toHaveLength(2);
    } finally {
      await own.close();
    }
  });
});

function isOver(token: string): boolean {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
  return Date.now() >= exp * 1_000;
}
