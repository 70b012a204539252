import { Readable } from 'node:stream';
import type { Allow } from '@sallyport/authz';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../testing/proxy-fixture.ts';
import { INSPECTION_LIMITS } from './request-content/limits.ts';
import { createBodyReader } from './request-content/read-body.ts';

const PODS = '/k/acme/prod/api/v1/namespaces/default/pods';
let fixture: ProxyFixture;
let opened: string[];

beforeEach(() => {
  fixture = createProxyFixture();
  opened = [];
  fixture.connectAgent((head, exchange) => {
    opened.push(head.target);
    exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
    exchange.end();
    return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
  });
});
afterEach(() => fixture.close());

const anAllow = (obligations: Allow['obligations'] = []): Allow => ({
  effect: 'allow',
  impersonate: { user: fixture.principal.userName, groups: ['sallyport:edit'] },
  obligations,
  reasons: [],
  snapshotVersion: 1,
});

async function post(body: Readable, headers: readonly string[] = []) {
  const { sink, response } = collectResponse();
  const token = await fixture.mint();
  const request = aRequest({
    token,
    method: 'POST',
    target: PODS,
    headers: ['Content-Type', 'application/json', ...headers],
  });
  const done = fixture.proxy.handle({ ...request, body }, sink);
  return { response, done };
}

/** Resolves once somebody reads a body. */
async function isRead(body: Readable): Promise<void> {
  while (body.listenerCount('data') === 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('a request whose body is decided on', () => {
  beforeEach(() => {
    fixture.snapshots.authorizeBy(({ content }) => anAllow(content === undefined ? [{ kind: 'inspect' }] : []));
  });

  it('goes upstream when the second decision allows it', async () => {
    const { response, done } = await post(Readable.from([Buffer.from('{}')]));
    await done;
    expect([response.status, opened.length]).toEqual([200, 1]);
  });

  it('is refused when the session ends while the body comes', async () => {
    const body = new Readable({ read() {} });
    const { response, done } = await post(body);
    await isRead(body);
    fixture.snapshots.set({ ...fixture.records, loginSessions: [] });
    body.push('{}');
    body.push(null);
    await done;
    expect([response.status, opened]).toEqual([401, []]);
  });

  it('is refused when the server loses touch with its database while the body comes', async () => {
    const body = new Readable({ read() {} });
    const { response, done } = await post(body);
    await isRead(body);
    fixture.snapshots.setFresh(false);
    body.push('{}');
    body.push(null);
    await done;
    expect([response.status, opened]).toEqual([503, []]);
  });

  it('is refused when the body does not come, or breaks off', async () => {
    const silent = new Readable({ read() {} });
    const slow = await post(silent);
    await isRead(silent);
    fixture.clock.advance(INSPECTION_LIMITS.readTimeoutMs);
    await slow.done;
    expect(slow.response).toMatchObject({
      status: 408,
      body: expect.stringContaining('ERR_PROXY_BODY_TIMEOUT') as string,
    });
    const broken = new Readable({ read() {} });
    const { response, done } = await post(broken);
    broken.destroy();
    await done;
    expect([response.status, opened]).toEqual([400, []]);
  });

  it('never goes upstream on a decision that asks for the body again', async () => {
    fixture.snapshots.authorizeBy(() => anAllow([{ kind: 'inspect' }]));
    const { response, done } = await post(Readable.from([Buffer.from('{}')]));
    await done;
    expect([response.status, opened]).toEqual([500, []]);
  });
});

it('SEC-A03 an authorizer that knows nothing of acting as others lets nobody do so', async () => {
  fixture.snapshots.authorizeBy(() => anAllow());
  const { response, done } = await post(Readable.from([]), ['Impersonate-User', 'bob@acme.test']);
  await done;
  expect(response).toMatchObject({
    status: 403,
    body: expect.stringContaining('ERR_PROXY_IMPERSONATION_REFUSED') as string,
  });
  expect(opened).toEqual([]);
});

describe('the reader of bodies', () => {
  it('holds no more than its budget for all bodies together, and takes on more when one is let go of', async () => {
    const reader = createBodyReader({ ...INSPECTION_LIMITS, maxBodyBytes: 10, maxHeldBytes: 15 }, fixture.clock);
    const read = (bytes: number) => reader.read(Readable.from([Buffer.alloc(bytes)], { objectMode: false }));
    const first = await read(10);
    expect(await read(10)).toMatchObject({ code: 'ERR_PROXY_BODIES_BUSY', retryAfterSeconds: 1 });
    expect(await read(11)).toMatchObject({ code: 'ERR_PROXY_BODY_TOO_LARGE' });
    if ('code' in first) throw new Error('the first body is held');
    first.release();
    first.release();
    expect(await read(10)).toMatchObject({ bytes: Buffer.alloc(10) });
    expect(await read(10)).toMatchObject({ code: 'ERR_PROXY_BODIES_BUSY' });
  });
});
