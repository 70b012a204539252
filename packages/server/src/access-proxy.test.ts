import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import type { AuditEvent } from '@sallyport/audit';
import type { RequestHead, ServedExchange } from '@sallyport/tunnel/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from './testing/proxy-fixture.ts';

let fixture: ProxyFixture;
let served: { head: RequestHead; exchange: ServedExchange }[];

beforeEach(() => {
  fixture = createProxyFixture();
  served = [];
});
afterEach(() => fixture.close());

/** An agent double that answers every request at once. */
function answering(body = '{"kind":"PodList"}') {
  return fixture.connectAgent((head, exchange) => {
    served.push({ head, exchange });
    exchange.respond({ status: 200, headers: ['Content-Type', 'application/json', 'Set-Cookie', 'x=y'] });
    exchange.write(Buffer.from(body));
    exchange.end();
    return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
  });
}

/** An agent double that leaves every request open. */
function holding(status = 200, headers: readonly string[] = ['Content-Type', 'application/json']) {
  const resets: string[] = [];
  const renewed: string[] = [];
  const ends = fixture.connectAgent((head, exchange) => {
    served.push({ head, exchange });
    exchange.respond({ status, headers });
    return {
      onData: (chunk) => exchange.consumed(chunk.length),
      onEnd() {},
      onReset: (error) => resets.push(error.resetCode ?? error.code),
      onRenew: (capability) => renewed.push(capability),
    };
  });
  return { ...ends, resets, renewed };
}

async function get(overrides: Parameters<typeof aRequest>[0] = {}) {
  const { sink, response } = collectResponse();
  await fixture.proxy.handle(aRequest({ token: await fixture.mint(), ...overrides }), sink);
  return response;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const message = (body: string) => (JSON.parse(body) as { message: string }).message;

describe('a request that is allowed', () => {
  it('reaches the agent with its canonical target, a capability and no identity of its own', async () => {
    answering();
    const response = await get({ headers: ['Accept', 'application/json', 'Cookie', 'a=b'] });
    expect(response).toMatchObject({ status: 200, body: '{"kind":"PodList"}', ended: 'end' });
    expect(served[0]?.head).toMatchObject({
      method: 'GET',
      target: '/api/v1/namespaces/default/pods',
      headers: ['Accept', 'application/json'],
      upgrade: false,
    });
    expect(served[0]?.head.capability.split('.')).toHaveLength(3);
  });

  it('SEC-D28 is of somebody whom another server let in just now', async () => {
    answering();
    const { records, snapshots } = fixture;
    snapshots.set({ ...records, loginSessions: [] });
    expect((await get()).status).toBe(401);
    snapshots.setElsewhere(records);
    expect((await get()).status).toBe(200);
    snapshots.set({ ...records, clusters: [] });
    snapshots.setElsewhere(records);
    expect((await get()).status).toBe(200);
  });

  it('SEC-A07 is refused with both numbers when its head is larger than the tunnel carries, and the outcome is recorded', async () => {
    answering();
    const accept = 'application/json;'.repeat(40_000);
    const response = await get({ headers: ['Accept', accept] });
    expect(response.status).toBe(431);
    expect(message(response.body)).toMatch(/\d{6}.*limit is \d{6}.*\[ERR_PROXY_HEADER_TOO_LARGE\]/);
    expect(served).toEqual([]);
    expect(fixture.proxy.activeCount).toBe(0);
    await until(() => fixture.audit.events.length >= 2);
    expect(fixture.audit.events.map(({ code, outcome }) => [code, outcome?.errorCode])).toEqual([
      ['proxy.request.started', undefined],
      ['proxy.request.completed', 'ERR_PROXY_HEADER_TOO_LARGE'],
    ]);
  });

  it('keeps the query as it came', async () => {
    answering();
    await get({ target: '/k/acme/prod/api/v1/pods?limit=500&labelSelector=a%3Db' });
    expect(served[0]?.head.target).toBe('/api/v1/pods?limit=500&labelSelector=a%3Db');
  });

  it('is recorded before it goes upstream and when it is over', async () => {
    answering();
    await get();
    const [started, completed] = fixture.audit.events;
    expect(started).toMatchObject({
      code: 'proxy.request.started',
      principal: { userName: 'alice@acme.test' },
      clusterName: 'prod',
      decision: { effect: 'allow', impersonatedUser: 'alice@acme.test', impersonatedGroups: ['sallyport:edit'] },
      sourceAddress: '192.0.2.7',
    });
    expect(completed).toMatchObject({
      code: 'proxy.request.completed',
      outcome: { status: 200, bytesSent: 18, ended: 'completed' },
    });
    expect(completed?.traceId).toBe(started?.traceId);
  });

  it('goes to the one cluster of its credential when the path has no prefix', async () => {
    answering();
    const response = await get({ target: '/version' });
    expect(response.status).toBe(200);
    expect(served[0]?.head.target).toBe('/version');
  });
});

describe('a request that is refused', () => {
  const cases = [
    {
      name: 'without a credential',
      request: { token: undefined as never, headers: [] },
      status: 401,
      code: 'ERR_PROXY_CREDENTIAL_MISSING',
    },
    {
      name: 'SEC-A17 with a token that is not ours',
      request: { token: 'a.b.c' },
      status: 401,
      code: 'ERR_PROXY_CREDENTIAL_REFUSED',
    },
    {
      name: 'for an unknown cluster',
      request: { target: '/k/acme/nope/version' },
      status: 403,
      code: 'ERR_PROXY_CLUSTER_UNKNOWN',
    },
    {
      name: 'SEC-D03 for another organization',
      request: { target: '/k/other/prod/version' },
      status: 403,
      code: 'ERR_PROXY_CLUSTER_UNKNOWN',
    },
    {
      name: 'SEC-A03 with Impersonate-User',
      request: { headers: ['Impersonate-User', 'root'] },
      status: 403,
      code: 'ERR_PROXY_IMPERSONATION_REFUSED',
    },
    {
      name: 'SEC-A04 with Impersonate-Uid alone',
      request: { headers: ['Impersonate-Uid', '1'] },
      status: 403,
      code: 'ERR_PROXY_IMPERSONATION_REFUSED',
    },
    {
      name: 'SEC-B01 with an ambiguous path',
      request: { target: '/k/acme/prod/api/v1/namespaces/../nodes' },
      status: 400,
      code: 'ERR_PROXY_REQUEST_AMBIGUOUS',
    },
    {
      name: 'SEC-C05 with an upgrade on a list',
      request: { headers: ['Connection', 'Upgrade', 'Upgrade', 'websocket'] },
      status: 400,
      code: 'ERR_PROXY_UPGRADE_REFUSED',
    },
  ] as const;
  for (const { name, request, status, code } of cases) {
    it(`${name} answers ${status} with a Status, reaches no agent and is one audit event`, async () => {
      answering();
      const response = await get(request);
      expect(response.status).toBe(status);
      expect(message(response.body)).toContain(`[${code}]`);
      expect(served).toEqual([]);
      expect(fixture.audit.events.map((event) => event.code)).toEqual(['proxy.request.denied']);
    });
  }

  it('by policy says who, what and where', async () => {
    fixture.close();
    fixture = createProxyFixture({ rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }] });
    answering();
    const response = await get({ target: '/k/acme/prod/api/v1/namespaces/default/secrets' });
    expect(response.status).toBe(403);
    expect(message(response.body)).toMatch(/alice@acme\.test.*secrets.*prod/);
    expect(served).toEqual([]);
  });

  it('of the API groups is plain text, the one form of which kubectl shows the sentence there', async () => {
    fixture.close();
    fixture = createProxyFixture({ ceilingGroups: [] });
    for (const path of ['/api', '/apis', '/api?timeout=32s']) {
      const response = await get({ target: `/k/acme/prod${path}` });
      expect(response.status).toBe(403);
      expect(response.headers).toContain('text/plain; charset=utf-8');
      expect(response.body).toMatch(/^alice@acme\.test may not get .* \[ERR_PROXY_DENIED\]\n$/);
    }
    expect(JSON.parse((await get({ target: '/k/acme/prod/api/v1' })).body)).toMatchObject({ kind: 'Status' });
  });

  it('tells kubectl to wait a moment while an agent reconnects, and not when it is gone for good', async () => {
    const token = await fixture.mint();
    const away = collectResponse();
    await fixture.proxy.handle(aRequest({ token }), away.sink);
    expect(away.response.status).toBe(503);
    expect(away.response.headers).toContain('Retry-After');
    fixture.clock.advance(61_000);
    const gone = collectResponse();
    await fixture.proxy.handle(aRequest({ token }), gone.sink);
    expect(gone.response.status).toBe(503);
    expect(gone.response.headers).not.toContain('Retry-After');
  });

  it('SEC-A08 makes no decision without a fresh snapshot', async () => {
    answering();
    fixture.snapshots.setFresh(false);
    const response = await get();
    expect(response.status).toBe(503);
    expect(served).toEqual([]);
  });

  it('is refused once the session record is gone, its credential still being good', async () => {
    answering();
    const token = await fixture.mint();
    fixture.snapshots.set({ ...fixture.records, loginSessions: [] });
    const { sink, response } = collectResponse();
    await fixture.proxy.handle(aRequest({ token }), sink);
    expect(response.status).toBe(401);
    expect(served).toEqual([]);
  });
});

describe('a stream that is open', () => {
  const watch = { target: '/k/acme/prod/api/v1/namespaces/default/pods?watch=true' };

  async function open(overrides: Parameters<typeof aRequest>[0]) {
    const collected = collectResponse();
    const done = fixture.proxy.handle(aRequest({ token: await fixture.mint(), ...overrides }), collected.sink);
    await until(() => collected.response.status !== 0);
    return { ...collected, done };
  }

  it('SEC-C12 ends a watch with an ERROR event when the session ends', async () => {
    const agent = holding();
    const { response, done } = await open(watch);
    fixture.snapshots.set({ ...fixture.records, loginSessions: [] });
    await done;
    expect(response.ended).toBe('end');
    const event = JSON.parse(response.body) as { type: string; object: { message: string; code: number } };
    expect(event.type).toBe('ERROR');
    expect(event.object).toMatchObject({ code: 403 });
    expect(event.object.message).toContain('[ERR_PROXY_ACCESS_ENDED]');
    await until(() => agent.resets.length > 0);
    expect(agent.resets).toEqual(['accessEnded']);
    expect(fixture.audit.events.at(-1)).toMatchObject({
      outcome: { ended: 'accessEnded', errorCode: 'ERR_PROXY_ACCESS_ENDED' },
    });
  });

  it('SEC-C12 ends at once when its basis went between the decision and the opening', async () => {
    const agent = holding();
    const write = fixture.audit.write.bind(fixture.audit);
    // The start event is being written: the request is decided, and not open yet.
    Object.assign(fixture.audit, {
      write: async (batch: readonly AuditEvent[]) => {
        fixture.snapshots.set({ ...fixture.records, loginSessions: [] });
        await write(batch);
      },
    });
    const { sink, response } = collectResponse();
    await fixture.proxy.handle(aRequest({ token: await fixture.mint(), ...watch }), sink);
    expect(response.body).toContain('[ERR_PROXY_ACCESS_ENDED]');
    expect(fixture.proxy.activeCount).toBe(0);
    await until(() => agent.resets.length === served.length);
  });

  it('SEC-C12 refuses a request for which the session leaves no time', async () => {
    const token = await fixture.mint();
    // Capabilities end at whole seconds: none fits into what is left.
    const session = { ...fixture.session, expiresAt: new Date(fixture.clock.now() + 900) };
    fixture.snapshots.set({ ...fixture.records, loginSessions: [session] });
    fixture.clock.advance(100);
    answering();
    const { sink, response } = collectResponse();
    await fixture.proxy.handle(aRequest({ token }), sink);
    expect(response.status).toBe(403);
    expect(message(response.body)).toContain('[ERR_PROXY_ACCESS_ENDED]');
    expect(served).toEqual([]);
    expect(fixture.audit.events.map((event) => event.code)).toEqual(['proxy.request.denied']);
  });

  it('SEC-C12 ends logs with the reason and a reset, so that they can not look complete', async () => {
    holding(200, ['Content-Type', 'text/plain']);
    const { response, done } = await open({ target: '/k/acme/prod/api/v1/namespaces/default/pods/p/log?follow=true' });
    fixture.snapshots.set({ ...fixture.records, bindings: [] });
    await done;
    expect(response.body).toMatch(/^\naccess has ended/);
    expect(response.ended).toBe('abort');
  });

  it('SEC-D23 ends when the tunnel is lost, and says that nothing was repeated', async () => {
    const { agentEnd } = holding();
    const { response, done } = await open(watch);
    agentEnd.close();
    await done;
    expect(response.body).toContain('[ERR_PROXY_TUNNEL_LOST]');
    expect(fixture.audit.events.at(-1)).toMatchObject({ outcome: { ended: 'tunnelLost' } });
  });

  it('SEC-C18 cancels upstream when the caller goes away', async () => {
    const agent = holding();
    const { gone, done } = await open(watch);
    gone();
    await done;
    await until(() => agent.resets.length > 0);
    expect(agent.resets).toEqual(['cancelled']);
    expect(fixture.audit.events.at(-1)).toMatchObject({ outcome: { ended: 'cancelled' } });
    expect(fixture.proxy.activeCount).toBe(0);
  });

  it('SEC-C18 ends upstream for a caller that hung up while the protocol switch was on its way', async () => {
    const [near, far] = duplexPair();
    far.resume();
    near.end();
    await once(far, 'end');
    let hasEnded = false;
    fixture.connectAgent((_head, exchange) => {
      exchange.respond({ status: 101, headers: ['Upgrade', 'SPDY/3.1'] });
      return {
        onData: (chunk) => exchange.consumed(chunk.length),
        onEnd() {
          hasEnded = true;
          exchange.end();
        },
        onReset() {},
        onRenew() {},
      };
    });
    const asked = aRequest({
      token: await fixture.mint(),
      method: 'POST',
      target: '/k/acme/prod/api/v1/namespaces/default/pods/p/exec?command=sh&stdout=true',
      headers: ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1'],
    });
    near.resume();
    await fixture.proxy.upgrade(asked, collectResponse().sink, () => far);
    expect(hasEnded).toBe(true);
    expect(fixture.audit.events.at(-1)).toMatchObject({ outcome: { status: 101, ended: 'completed' } });
    expect(fixture.proxy.activeCount).toBe(0);
  });

  it('gets a new capability before the old one ends', async () => {
    const agent = holding();
    const { gone, done } = await open(watch);
    await fixture.clock.advanceAsync(45_000);
    await until(() => agent.renewed.length > 0);
    expect(agent.renewed[0]).not.toBe(served[0]?.head.capability);
    gone();
    await done;
  });
});
