import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { AuditChange } from '@sallyport/audit';
import type { AuditChanges } from '@sallyport/core';
import type { RequestHead, ServedExchange } from '@sallyport/tunnel/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../../testing/proxy-fixture.ts';

const WEB = '/apis/apps/v1/namespaces/default/deployments/web';
const SECRET = '/api/v1/namespaces/default/secrets/web';

let fixture: ProxyFixture;
let opened: RequestHead[];
let answer: (head: RequestHead, exchange: ServedExchange) => void;

const web = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', resourceVersion: String(replicas) },
  spec: { replicas },
});

function json(exchange: ServedExchange, value: unknown, status = 200, headers: readonly string[] = []): void {
  exchange.respond({ status, headers: ['Content-Type', 'application/json', ...headers] });
  exchange.write(Buffer.from(JSON.stringify(value)));
  exchange.end();
}

beforeEach(() => {
  fixture = createProxyFixture({ privileges: ['serviceAccountTokens'] });
  opened = [];
  answer = ({ method }, exchange) => json(exchange, web(method === 'GET' ? 1 : 2));
  fixture.connectAgent((head, exchange) => {
    opened.push(head);
    answer(head, exchange);
    return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
  });
});
afterEach(() => fixture.close());

function keep(auditChanges: AuditChanges): void {
  const { snapshots, records } = fixture;
  const clusters = records.clusters.map((cluster) => ({ ...cluster, settings: { auditChanges } }));
  snapshots.set({ ...records, clusters });
}

/** Sends a request and yields the change in the event of its end. */
async function send(
  method: string,
  target: string,
  body?: unknown,
  headers: readonly string[] = ['Content-Type', 'application/json'],
): Promise<AuditChange | undefined> {
  const { sink } = collectResponse();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = aRequest({
    token: await fixture.mint(),
    method,
    target: `/k/acme/prod${target}`,
    headers,
    ...(body !== undefined && { body: Readable.from([Buffer.from(text)]) }),
  });
  await fixture.proxy.handle(request, sink);
  const event = fixture.audit.events.findLast(({ code }) => code === 'proxy.request.completed');
  return event?.change;
}

const MERGE = ['Content-Type', 'application/merge-patch+json'];

describe('the change of a write', () => {
  it('is told from the object before, read as whoever writes, and the answer', async () => {
    expect(await send('PATCH', WEB, { spec: { replicas: 2 } }, MERGE)).toEqual({
      patch: [{ op: 'replace', path: '/spec/replicas', value: 2 }],
      undo: [{ op: 'replace', path: '/spec/replicas', value: 1 }],
    });
    const [before, write] = opened;
    expect(before).toMatchObject({ method: 'GET', target: WEB, decisionId: `${write?.decisionId}-before` });
    expect(before?.headers).toContain('sallyport-audit-before');
    expect(opened).toHaveLength(2);
  });

  it('is the whole object of what is created, without a further read', async () => {
    answer = (_, exchange) => json(exchange, web(3), 201);
    const change = await send('POST', '/apis/apps/v1/namespaces/default/deployments', web(3));
    expect(change?.patch).toMatchObject([{ op: 'add', path: '', value: { spec: { replicas: 3 } } }]);
    expect(opened).toHaveLength(1);
  });

  it('is the whole object of what an update creates', async () => {
    answer = ({ method }, exchange) => json(exchange, web(2), method === 'GET' ? 404 : 201);
    expect((await send('PUT', WEB, web(2)))?.patch).toMatchObject([{ op: 'add', path: '' }]);
  });

  it('leads back to what was deleted, whatever the deletion is answered with', async () => {
    answer = ({ method }, exchange) => json(exchange, method === 'GET' ? web(1) : { kind: 'Status', apiVersion: 'v1' });
    const { metadata, ...rest } = web(1);
    const before = { ...rest, metadata: { name: metadata.name } };
    const want = { patch: [{ op: 'remove', path: '' }], undo: [{ op: 'add', path: '', value: before }] };
    expect(await send('DELETE', WEB)).toEqual(want);
    answer = ({ method }, exchange) => (method === 'GET' ? json(exchange, {}, 403) : json(exchange, web(1)));
    expect(await send('DELETE', WEB)).toEqual(want);
  });

  it('is read out of a compressed answer', async () => {
    answer = ({ method }, exchange) => {
      if (method === 'GET') return json(exchange, web(1));
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'] });
      exchange.write(gzipSync(JSON.stringify(web(4))));
      exchange.end();
    };
    expect((await send('PUT', WEB, web(4)))?.patch).toEqual([{ op: 'replace', path: '/spec/replicas', value: 4 }]);
  });

  it('of a status is told from the object, which more people may read', async () => {
    answer = ({ method }, exchange) => json(exchange, { ...web(1), status: { replicas: method === 'GET' ? 0 : 1 } });
    expect((await send('PATCH', `${WEB}/status`, {}, MERGE))?.patch).toEqual([
      { op: 'replace', path: '/status/replicas', value: 1 },
    ]);
    expect(opened[0]).toMatchObject({ target: WEB });
  });

  it('says that the object before is not known when the cluster refuses to show it, and the write goes on', async () => {
    answer = ({ method }, exchange) => json(exchange, web(2), method === 'GET' ? 403 : 200);
    expect(await send('PATCH', WEB, {}, MERGE)).toEqual({ omitted: 'beforeUnknown' });
  });

  it('is never read by somebody whose role does not let them', async () => {
    fixture.close();
    fixture = createProxyFixture({ rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] }] });
    fixture.connectAgent((head, exchange) => {
      opened.push(head);
      json(exchange, web(2));
      return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
    });
    expect(await send('PATCH', WEB, {}, MERGE)).toEqual({ omitted: 'beforeUnknown' });
    expect(opened.map(({ method }) => method)).toEqual(['PATCH']);
  });

  it('does not hold the write up for longer than two seconds', async () => {
    answer = ({ method }, exchange) => method === 'GET' || json(exchange, web(2));
    const sent = send('PATCH', WEB, {}, MERGE);
    while (opened.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(opened.map(({ method }) => method)).toEqual(['GET']);
    fixture.clock.advance(2_000);
    expect(await sent).toEqual({ omitted: 'beforeUnknown' });
  });

  it('is left out when the object, or the answer, is too large to be held', async () => {
    const large = { ...web(1), metadata: { name: 'x'.repeat(1_100_000) } };
    answer = ({ method }, exchange) => json(exchange, method === 'GET' ? large : web(2));
    expect(await send('PATCH', WEB, {}, MERGE)).toEqual({ omitted: 'tooLarge' });
    answer = ({ method }, exchange) => json(exchange, method === 'GET' ? web(2) : large);
    expect(await send('PATCH', WEB, {}, MERGE)).toEqual({ omitted: 'tooLarge' });
  });

  it('is left out of answers in protobuf', async () => {
    answer = ({ method }, exchange) => {
      if (method === 'GET') return json(exchange, web(1));
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/vnd.kubernetes.protobuf'] });
      exchange.end();
    };
    expect(await send('PUT', WEB, web(2))).toEqual({ omitted: 'notJson' });
  });

  it('is not known of a write whose answer never ended', async () => {
    answer = ({ method }, exchange) => {
      if (method === 'GET') return json(exchange, web(1));
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
      exchange.reset('internal');
    };
    expect(await send('PATCH', WEB, {}, MERGE)).toEqual({ omitted: 'afterUnknown' });
  });

  it('there is none of reads, refused writes, tries, questions and other subresources', async () => {
    expect(await send('GET', WEB)).toBeUndefined();
    expect(opened).toHaveLength(1);
    expect(await send('PATCH', `${WEB}?dryRun=All`, {}, MERGE)).toBeUndefined();
    expect(await send('POST', '/api/v1/namespaces/default/serviceaccounts/a/token', {})).toBeUndefined();
    expect(await send('POST', '/api/v1/namespaces/default/pods/a/eviction', {})).toBeUndefined();
    expect(await send('DELETE', '/api/v1/namespaces/default/pods')).toBeUndefined();
    expect(opened).toHaveLength(5);
    expect(await send('DELETE', WEB, { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] })).toBeUndefined();
    answer = (_, exchange) => json(exchange, { kind: 'Status' }, 409);
    expect(await send('PATCH', WEB, {}, MERGE)).toBeUndefined();
  });

  it('is kept with the body where the settings ask for it, and not at all where they say so', async () => {
    keep('patchAndBody');
    expect((await send('PATCH', WEB, { spec: { replicas: 2 } }, MERGE))?.body).toEqual({ spec: { replicas: 2 } });
    keep('off');
    opened = [];
    expect(await send('PATCH', WEB, {}, MERGE)).toBeUndefined();
    expect(opened).toHaveLength(1);
  });

  it('SEC-G03 holds no secret of an object, of a body, of a token or a cookie, in any event', async () => {
    keep('patchAndBody');
    const annotation = { 'kubectl.kubernetes.io/last-applied-configuration': '{"stringData":{"a":"canary-applied"}}' };
    const secret = (value: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'web', annotations: annotation },
      data: { a: Buffer.from(value).toString('base64'), b: value },
    });
    answer = ({ method, target }, exchange) => {
      if (target.endsWith('/token')) return json(exchange, { kind: 'TokenRequest', status: { token: 'canary-token' } });
      json(exchange, secret(method === 'GET' ? 'canary-old' : 'canary-new'));
    };
    const body = { ...secret('canary-sent'), stringData: { c: 'canary-string' } };
    const headers = ['Content-Type', 'application/json', 'Cookie', 'session=canary-cookie'];
    expect(await send('PUT', SECRET, body, headers)).toMatchObject({
      patch: [
        { path: '/data/a', value: '[masked]' },
        { path: '/data/b', value: '[masked]' },
      ],
    });
    await send('POST', '/api/v1/namespaces/default/secrets', body, headers);
    await send(
      'PATCH',
      SECRET,
      [{ op: 'add', path: '/stringData', value: { c: 'canary-string' } }],
      ['Content-Type', 'application/json-patch+json'],
    );
    await send('DELETE', SECRET);
    await send('POST', '/api/v1/namespaces/default/serviceaccounts/a/token', { spec: { audiences: ['canary-aud'] } });
    expect(opened.at(-1)?.target).toMatch(/token$/);
    await send('POST', '/apis/shop.test/v1/namespaces/default/widgets', { spec: { pin: 'canary-custom' } });
    const told = JSON.stringify(fixture.audit.events);
    expect(fixture.audit.events.filter(({ change }) => change !== undefined)).toHaveLength(5);
    expect(told).not.toContain('canary');
    for (const value of ['canary-old', 'canary-new', 'canary-sent']) {
      expect(told).not.toContain(Buffer.from(value).toString('base64'));
    }
    expect(told).not.toContain(await fixture.mint());
  });
});
