import type { Allow } from '@sallyport/authz';
import type { AccessLimits } from '@sallyport/core';
import type { ServedExchange } from '@sallyport/tunnel/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../testing/proxy-fixture.ts';

let fixture: ProxyFixture;
let token: string;
let served: ServedExchange[];

beforeEach(async () => {
  fixture = createProxyFixture();
  token = await fixture.mint();
  served = [];
});
afterEach(() => fixture.close());

/** Allows everything, under limits. */
function limitBy(limits: AccessLimits): void {
  const decision: Allow = {
    effect: 'allow',
    impersonate: { user: fixture.principal.userName, groups: ['sallyport:view'] },
    obligations: [],
    reasons: [{ message: 'role "slow" limits this', source: 'role/rol_1' }],
    snapshotVersion: fixture.snapshots.current().version,
    limits,
  };
  fixture.snapshots.authorizeBy(() => decision);
}

function denyAll(): void {
  fixture.snapshots.authorizeBy(() => ({
    effect: 'deny',
    reasons: [{ message: 'nobody may' }],
    requestable: [],
    snapshotVersion: fixture.snapshots.current().version,
  }));
}

/** An agent double that begins each answer, and ends it at once unless it is a watch. */
function connect(): void {
  fixture.connectAgent((head, exchange) => {
    served.push(exchange);
    exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
    if (!head.target.includes('watch=true')) exchange.end();
    return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
  });
}

function send(path = '/api/v1/namespaces/default/pods') {
  const collected = collectResponse();
  const done = fixture.proxy.handle(aRequest({ token, target: `/k/acme/prod${path}` }), collected.sink);
  return { ...collected, done };
}

async function get(path?: string) {
  const { response, done } = send(path);
  await done;
  return response;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything that is under way go as far as it can without time. */
const settle = () => fixture.clock.advanceAsync(0);

const WATCH = '/api/v1/namespaces/default/pods?watch=true';
const status = (body: string) => JSON.parse(body) as { message: string; reason: string; details?: object };
const denials = () => fixture.audit.events.filter(({ code }) => code === 'proxy.request.denied');

describe('a request above its limit', () => {
  it('SEC-F07 is a Status with reason TooManyRequests and Retry-After, and reaches no agent', async () => {
    connect();
    limitBy({ requestsPerSecond: 0.5, burst: 1 });
    expect((await get()).status).toBe(200);
    const refused = await get();
    expect(refused.status).toBe(429);
    expect(refused.headers.join(' ')).toContain('Retry-After 2');
    expect(status(refused.body)).toMatchObject({
      reason: 'TooManyRequests',
      message: expect.stringMatching(
        /^alice@acme\.test may send 0\.5 requests per second, .*\[ERR_PROXY_RATE_LIMITED\]$/,
      ),
      details: { retryAfterSeconds: 2 },
    });
    expect(served).toHaveLength(1);
    fixture.clock.advance(2_000);
    expect((await get()).status).toBe(200);
  });

  it('SEC-F07 is one event for each second, however many come', async () => {
    connect();
    limitBy({ requestsPerSecond: 1, burst: 1 });
    for (let i = 0; i < 500; i++) await get();
    expect(denials()).toEqual([]);
    await fixture.clock.advanceAsync(1_000);
    for (let i = 0; i < 10; i++) await get();
    await fixture.clock.advanceAsync(1_000);
    expect(denials()).toMatchObject([
      {
        principal: { userName: 'alice@acme.test' },
        clusterName: 'prod',
        request: { path: '/api/v1/namespaces/default/pods' },
        decision: { effect: 'deny', reasons: [expect.stringContaining('may send 1 request per second')] },
        outcome: { status: 429, ended: 'refused', errorCode: 'ERR_PROXY_RATE_LIMITED' },
        details: { count: 499 },
      },
      { details: { count: 9 } },
    ]);
  });

  it('is recorded also when the server stops within that second', async () => {
    connect();
    limitBy({ requestsPerSecond: 1, burst: 1 });
    await get();
    const before = fixture.clock.pending;
    await get();
    expect(fixture.clock.pending).toBe(before + 1);
    fixture.proxy.close();
    await until(() => denials().length === 1);
    expect(fixture.clock.pending).toBeLessThan(before);
  });

  it('SEC-F07 takes no turn from other principals: their requests pass while one floods', async () => {
    connect();
    limitBy({ requestsPerSecond: 1, burst: 1 });
    const flood = Array.from({ length: 1_000 }, () => get());
    fixture.snapshots.authorizeBy((query) => ({
      effect: 'allow',
      impersonate: { user: query.principal.userName, groups: ['sallyport:view'] },
      obligations: [],
      reasons: [],
      snapshotVersion: 1,
    }));
    expect((await get('/version')).status).toBe(200);
    const answers = await Promise.all(flood);
    expect(answers.every((answer) => answer.status === 429 || answer.status === 200)).toBe(true);
  });
});

describe('a stream above its limit', () => {
  it('SEC-F07 is refused at once, without Retry-After, until one has ended', async () => {
    connect();
    limitBy({ concurrentStreams: 1 });
    const first = send(WATCH);
    await until(() => first.response.status === 200);
    const refused = await get(WATCH);
    expect(refused.status).toBe(429);
    expect(refused.headers).not.toContain('Retry-After');
    expect(status(refused.body).message).toMatch(
      /^alice@acme\.test may have 1 stream .*\[ERR_PROXY_TOO_MANY_STREAMS\]$/,
    );
    expect((await get()).status).toBe(200);
    first.gone();
    await first.done;
    const next = send(WATCH);
    await until(() => next.response.status === 200);
    next.gone();
    await next.done;
  });

  it('goes on under a limit that was lowered since', async () => {
    connect();
    limitBy({ concurrentStreams: 2 });
    const streams = [send(WATCH), send(WATCH)];
    await until(() => streams.every(({ response }) => response.status === 200));
    limitBy({ concurrentStreams: 1, requestsPerSecond: 1 });
    fixture.snapshots.set(fixture.records);
    await settle();
    expect(fixture.proxy.activeCount).toBe(2);
    expect((await get(WATCH)).status).toBe(429);
    for (const stream of streams) stream.gone();
    await Promise.all(streams.map(({ done }) => done));
  });
});

describe('an answer above its bytes per second', () => {
  it('waits, whole and in order, while the agent is held back; it never fails', async () => {
    connect();
    limitBy({ bytesOutPerSecond: 100_000 });
    const { response, done } = send(WATCH);
    await until(() => served.length === 1);
    const [exchange] = served;
    const chunk = Buffer.alloc(10_000, 'x');
    let held = 0;
    for (let i = 0; i < 100; i++) if (exchange?.write(chunk) === false) held += 1;
    await settle();
    const burst = response.body.length;
    expect(burst).toBeGreaterThanOrEqual(100_000);
    expect(burst).toBeLessThan(140_000);
    expect(held).toBeGreaterThan(0);
    await fixture.clock.advanceAsync(1_000);
    expect(response.body.length - burst).toBeGreaterThan(60_000);
    expect(response.body.length - burst).toBeLessThan(140_000);
    exchange?.end();
    await fixture.clock.advanceAsync(10_000);
    await done;
    expect([response.body.length, response.ended]).toEqual([1_000_000, 'end']);
    expect(fixture.audit.events.at(-1)?.outcome).toMatchObject({ bytesSent: 1_000_000, ended: 'completed' });
  });

  it('SEC-C12 ends with its reason at once when access ends, whatever of it still waits', async () => {
    connect();
    limitBy({ bytesOutPerSecond: 1_024 });
    const { response, done } = send(WATCH);
    await until(() => served.length === 1);
    for (let i = 0; i < 20; i++) {
      served[0]?.write(Buffer.from(`${JSON.stringify({ type: 'ADDED', filler: 'x'.repeat(300) })}\n`));
      await settle();
    }
    denyAll();
    fixture.snapshots.set(fixture.records);
    await done;
    const events = response.body
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(events.at(-1)).toBe('ERROR');
    expect(events.length).toBeLessThan(20);
    expect(response.ended).toBe('end');
  });
});

describe('refusals for other reasons', () => {
  it('SEC-F07 are one event each up to a rate that no client reaches; a flood of them is one event a second', async () => {
    denyAll();
    for (let i = 0; i < 1_000; i++) await get();
    await fixture.clock.advanceAsync(1_000);
    const by = (code: string) => denials().filter(({ outcome }) => outcome?.errorCode === code);
    expect(by('ERR_PROXY_DENIED')).toHaveLength(200);
    expect(by('ERR_PROXY_RATE_LIMITED')).toMatchObject([{ details: { count: 800 } }]);
  });
});
