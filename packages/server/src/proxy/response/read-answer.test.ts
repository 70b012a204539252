import type { Obligation, ViewPart } from '@sallyport/authz';
import type { RequestHead, ServedExchange } from '@sallyport/tunnel/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../../testing/proxy-fixture.ts';
import { SECRET_MASK } from './mask.ts';

const PODS = '/api/v1/namespaces/default/pods';
const RED: Obligation = { kind: 'filter', view: [{ labels: { matchLabels: { team: 'red' } } }] };
const NAMED: Obligation = { kind: 'filter', view: [{ names: ['a'] }] };
const MASKED: Obligation = { kind: 'maskSecrets' };
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

interface Upstream {
  readonly head: RequestHead;
  readonly exchange: ServedExchange;
}

let fixture: ProxyFixture;
let opened: Upstream[];
let resets: string[];
let answer: (upstream: Upstream) => void;

beforeEach(() => {
  fixture = createProxyFixture();
  opened = [];
  resets = [];
  fixture.connectAgent((head, exchange) => {
    const upstream = { head, exchange };
    opened.push(upstream);
    answer(upstream);
    return {
      onData: (chunk) => exchange.consumed(chunk.length),
      onEnd() {},
      onReset: ({ resetCode }) => void resets.push(resetCode ?? 'lost'),
      onRenew() {},
    };
  });
});
afterEach(() => fixture.close());

/** What the authorizer demands from now on. */
function demand(...obligations: readonly Obligation[]): void {
  const { snapshots, records } = fixture;
  snapshots.set(records);
  const current = snapshots.current();
  const { authorize } = current;
  Object.assign(current, {
    authorize: (query: Parameters<typeof authorize>[0]) => ({ ...authorize(query), obligations }),
  });
}

const json = (value: unknown, status = 200, headers: readonly string[] = []) => {
  answer = ({ exchange }) => {
    exchange.respond({ status, headers: ['Content-Type', 'application/json', ...headers] });
    exchange.write(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
    exchange.end();
  };
};

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

async function send(target = PODS, overrides: Parameters<typeof aRequest>[0] = {}) {
  const { sink, response } = collectResponse();
  const token = await fixture.mint();
  await fixture.proxy.handle(aRequest({ token, target: `/k/acme/prod${target}`, ...overrides }), sink);
  const headers = Object.fromEntries(
    response.headers.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), response.headers[i + 1]]] : [])),
  );
  return { ...response, headers };
}

const aPod = (name: string, team: string) => ({ metadata: { name, namespace: 'default', labels: { team } } });
const aList = (...items: readonly unknown[]) => ({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });

describe('an answer that has to be read', () => {
  it('SEC-B18 is asked for as JSON, whole and unencoded, and goes on filtered', async () => {
    demand(RED);
    json(aList(aPod('a', 'red'), aPod('b', 'blue')), 200, ['Content-Length', '999', 'ETag', '"1"', 'Audit-Id', '7']);
    const headers = ['Accept', `application/vnd.kubernetes.protobuf,${TABLE},*/*`, 'Accept-Encoding', 'gzip'];
    const shown = await send(PODS, { headers: [...headers, 'If-None-Match', '"1"', 'Range', 'bytes=0-10'] });
    expect(opened[0]?.head.headers).toEqual(['Accept', `${TABLE},application/json`, 'Accept-Encoding', 'identity']);
    expect(JSON.parse(shown.body)).toEqual(aList(aPod('a', 'red')));
    expect(shown.headers).toMatchObject({ 'content-type': 'application/json', 'audit-id': '7' });
    expect(shown.headers).not.toHaveProperty('content-length');
    expect(shown.headers).not.toHaveProperty('etag');
  });

  it('keeps to what the client asked for where nothing has to be read', async () => {
    demand(MASKED);
    json(aList());
    await send(PODS, { headers: ['Accept', 'application/vnd.kubernetes.protobuf', 'Accept-Encoding', 'gzip'] });
    expect(opened[0]?.head.headers).toEqual([
      'Accept',
      'application/vnd.kubernetes.protobuf',
      'Accept-Encoding',
      'gzip',
    ]);
  });

  const upgrade = [
    'Connection',
    'Upgrade',
    'Upgrade',
    'websocket',
    'Sec-WebSocket-Key',
    'x',
    'Sec-WebSocket-Version',
    '13',
  ];
  const unaskable = [
    {
      name: 'protobuf alone',
      obligation: RED,
      request: { headers: ['Accept', 'application/vnd.kubernetes.protobuf'] },
    },
    {
      name: 'CBOR alone',
      obligation: MASKED,
      request: { headers: ['Accept', 'application/cbor'] },
      target: '/api/v1/secrets',
    },
    { name: 'the head alone', obligation: RED, request: { method: 'HEAD' } },
    {
      name: 'rows alone',
      obligation: RED,
      request: { headers: ['Accept', TABLE] },
      target: `${PODS}?includeObject=None`,
    },
    { name: 'logs', obligation: RED, request: {}, target: `${PODS}/a/log` },
    { name: 'a change', obligation: RED, request: { method: 'PATCH' }, target: `${PODS}/a` },
    { name: 'a path that is no resource', obligation: RED, request: {}, target: '/version' },
    { name: 'a watch over WebSocket', obligation: RED, request: { headers: upgrade }, target: `${PODS}?watch=1` },
  ];
  for (const { name, obligation, request, target } of unaskable) {
    it(`SEC-B18 is refused before anything goes upstream where ${name} is asked for`, async () => {
      demand(obligation);
      answer = () => {};
      if ('headers' in request && request.headers === upgrade) {
        const { sink, response } = collectResponse();
        const whole = aRequest({ token: await fixture.mint(), target: `/k/acme/prod${target}`, headers: upgrade });
        const taken = () => {
          throw new Error('the connection was taken over');
        };
        await fixture.proxy.upgrade(whole, sink, taken);
        expect(response).toMatchObject({ status: 406, body: expect.stringContaining('ERR_PROXY_NOT_ACCEPTABLE') });
      } else {
        const { status, body } = await send(target, request);
        expect({ status, body }).toEqual({ status: 406, body: expect.stringContaining('ERR_PROXY_NOT_ACCEPTABLE') });
        expect(JSON.parse(body)).toMatchObject({ kind: 'Status', reason: 'NotAcceptable' });
      }
      expect(opened).toEqual([]);
    });
  }

  const unreadable = [
    { name: 'is protobuf', headers: ['Content-Type', 'application/vnd.kubernetes.protobuf'] },
    { name: 'has no type', headers: [] },
    { name: 'has two types', headers: ['Content-Type', 'application/json', 'Content-Type', 'text/html'] },
    { name: 'is compressed', headers: ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'] },
    { name: 'is no list', headers: ['Content-Type', 'application/json'], body: '{"kind":"Pod","spec":{}}' },
  ];
  for (const { name, headers, body = JSON.stringify(aList(aPod('b', 'blue'))) } of unreadable) {
    it(`SEC-B18 is a 502 and nothing else when it ${name}`, async () => {
      demand(RED);
      answer = ({ exchange }) => {
        exchange.respond({ status: 200, headers });
        exchange.write(Buffer.from(body));
        exchange.end();
      };
      const shown = await send();
      expect(shown.status).toBe(502);
      expect(JSON.parse(shown.body)).toMatchObject({
        kind: 'Status',
        message: expect.stringContaining('ERR_PROXY_ANSWER_UNREADABLE'),
      });
      expect(shown.body).not.toContain('"b"');
    });
  }

  it('SEC-B19 is for a hidden object what it is for one that does not exist, head and body', async () => {
    demand(RED);
    const missing = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'pods "b" not found',
      reason: 'NotFound',
      details: { name: 'b', kind: 'pods' },
      code: 404,
    };
    const common = ['Audit-Id', '7', 'Cache-Control', 'no-cache, private'];
    json({ kind: 'Pod', apiVersion: 'v1', ...aPod('b', 'blue') }, 200, [...common, 'Content-Length', '120']);
    const hidden = await send(`${PODS}/b`);
    json(missing, 404, [...common, 'Content-Length', '180']);
    const absent = await send(`${PODS}/b?pretty=true`);
    expect(hidden).toEqual(absent);
    expect(hidden.status).toBe(404);
    expect(hidden.body).toBe(`${JSON.stringify(missing)}\n`);
    expect(hidden.headers['content-length']).toBe(String(hidden.body.length));
  });

  it('SEC-B18 hides the row of a table about one object too', async () => {
    demand(RED);
    const table = (team: string) => ({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: {},
      columnDefinitions: [],
      rows: [{ cells: ['b'], object: aPod('b', team) }],
    });
    json(table('blue'));
    expect((await send(`${PODS}/b`, { headers: ['Accept', TABLE] })).status).toBe(404);
    json(table('red'));
    const shown = await send(`${PODS}/b`, { headers: ['Accept', TABLE] });
    expect([shown.status, JSON.parse(shown.body)]).toEqual([200, table('red')]);
  });

  it('SEC-B18 is masked in the echo of a write, also of an empty patch', async () => {
    demand(MASKED);
    const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db' }, data: { password: 'c2VjcmV0' } };
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']) {
      json(secret, method === 'POST' ? 201 : 200);
      const name = method === 'POST' ? '' : '/db';
      const shown = await send(`/api/v1/namespaces/default/secrets${name}`, { method });
      expect(JSON.parse(shown.body), method).toEqual({ ...secret, data: { password: SECRET_MASK } });
      expect(shown.headers['content-length']).toBe(String(shown.body.length));
    }
    json({ kind: 'SecretList', apiVersion: 'v1', metadata: {}, items: [secret] });
    const deleted = await send('/api/v1/namespaces/default/secrets', { method: 'DELETE' });
    expect(deleted.body).not.toContain('c2VjcmV0');
  });

  it('breaks off, and does not look complete, when a list ends in the middle', async () => {
    demand(NAMED);
    answer = ({ exchange }) => {
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
      exchange.write(Buffer.from(`{"kind":"PodList","items":[${JSON.stringify(aPod('a', 'red'))},`));
      exchange.write(Buffer.from('{"metadata":'));
      exchange.end();
    };
    const begun = await send();
    expect([begun.status, begun.ended]).toEqual([200, 'abort']);
    expect(resets).toEqual([]);
  });

  it('passes trailers on', async () => {
    demand(NAMED);
    answer = ({ exchange }) => {
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
      exchange.write(Buffer.from(JSON.stringify(aList())));
      exchange.end(['x-checksum', '1']);
    };
    const { sink } = collectResponse();
    let trailers: readonly string[] = [];
    const token = await fixture.mint();
    const ending = {
      ...sink,
      end(given: readonly string[]) {
        trailers = given;
      },
    };
    await fixture.proxy.handle(aRequest({ token, target: `/k/acme/prod${PODS}` }), ending);
    expect(trailers).toEqual(['x-checksum', '1']);
  });

  it('asks for more only when what was shown has been taken', async () => {
    demand(NAMED);
    const item = Buffer.from(`${JSON.stringify({ ...aPod('a', 'red'), data: 'x'.repeat(32_000) })},`);
    let written = 0;
    let isBlocked = false;
    answer = ({ exchange }) => {
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
      exchange.write(Buffer.from('{"kind":"PodList","items":['));
      while (written < 4 << 20 && !isBlocked) {
        isBlocked = !exchange.write(item);
        written += item.length;
      }
    };
    const { sink, gone } = collectResponse();
    const taken: (() => void)[] = [];
    const slow = { ...sink, write: (_chunk: Uint8Array, done: () => void) => void taken.push(done) };
    const done = fixture.proxy.handle(aRequest({ token: await fixture.mint(), target: `/k/acme/prod${PODS}` }), slow);
    await until(() => taken.length > 0);
    expect(isBlocked).toBe(true);
    expect(written).toBeLessThan(1 << 20);
    gone();
    await done;
    await until(() => resets.length > 0);
    expect(resets).toEqual(['cancelled']);
  });

  it('ends the request when one object is larger than is held', async () => {
    demand(NAMED);
    answer = ({ exchange }) => {
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
      exchange.write(Buffer.from(`{"kind":"PodList","items":[{"metadata":{"name":"a"},"data":"${'x'.repeat(5 << 20)}`));
    };
    const shown = await send();
    expect([shown.status, shown.ended]).toEqual([200, 'abort']);
    await until(() => resets.length > 0);
    expect(resets).toEqual(['cancelled']);
  });
});

describe('a watch that has to be read', () => {
  const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
  const pod = (name: string, team: string) => ({ kind: 'Pod', apiVersion: 'v1', ...aPod(name, team) });

  it('sends its head at once, and errors as events', async () => {
    demand(RED);
    let upstream: ServedExchange | undefined;
    answer = ({ exchange }) => {
      upstream = exchange;
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
    };
    const { sink, response } = collectResponse();
    const done = fixture.proxy.handle(
      aRequest({ token: await fixture.mint(), target: `/k/acme/prod${PODS}?watch=1` }),
      sink,
    );
    await until(() => response.status !== 0);
    upstream?.write(Buffer.from(event('ADDED', pod('a', 'red')) + event('ADDED', pod('b', 'blue'))));
    await until(() => response.body !== '');
    expect(response.body).toBe(event('ADDED', pod('a', 'red')));
    upstream?.write(Buffer.from('{"type":"ADDED","object":7}\n'));
    await done;
    const [, last] = response.body.trim().split('\n');
    expect(JSON.parse(last ?? '')).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', message: expect.stringContaining('ERR_PROXY_ANSWER_UNREADABLE') },
    });
    expect(response.ended).toBe('end');
  });

  it('learns first what was in view at the version that it begins with', async () => {
    demand(RED);
    answer = ({ head, exchange }) => {
      exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
      const isList = !head.target.includes('watch=');
      const items = aList(aPod('a', 'red'), aPod('b', 'blue'));
      const events = event('MODIFIED', pod('a', 'blue')) + event('MODIFIED', pod('b', 'green'));
      exchange.write(Buffer.from(isList ? JSON.stringify(items) : events));
      exchange.end();
    };
    const query = 'watch=1&resourceVersion=7&labelSelector=app%3Dweb&timeoutSeconds=5';
    const shown = await send(`${PODS}?${query}`);
    expect(opened.map(({ head }) => head.target)).toEqual([
      `${PODS}?resourceVersion=7&resourceVersionMatch=Exact&labelSelector=app%3Dweb`,
      `${PODS}?${query}`,
    ]);
    expect(JSON.parse(shown.body)).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'a' } } });
  });

  it('sends clients back to a list when that is no longer known, and says why when it can not be learned', async () => {
    demand(RED);
    const cases = [
      { status: 410, want: 410, code: 'ERR_PROXY_WATCH_EXPIRED' },
      { status: 403, want: 502, code: 'ERR_PROXY_UPSTREAM_FAILED' },
    ];
    for (const { status, want, code } of cases) {
      json({ kind: 'Status', code: status }, status);
      const shown = await send(`${PODS}?watch=1&resourceVersion=7`);
      expect(shown.status).toBe(want);
      expect(shown.body).toContain(code);
    }
    json('{"kind":"PodList","items":[7]}');
    expect((await send(`${PODS}?watch=1&resourceVersion=7`)).body).toContain('ERR_PROXY_ANSWER_UNREADABLE');
  });

  it('takes back what it asked when the caller goes away meanwhile', async () => {
    demand(RED);
    answer = () => {};
    const { sink, gone } = collectResponse();
    const target = `/k/acme/prod${PODS}?watch=1&resourceVersion=7`;
    const done = fixture.proxy.handle(aRequest({ token: await fixture.mint(), target }), sink);
    await until(() => opened.length > 0);
    gone();
    await done;
    await until(() => resets.length > 0);
    expect(resets).toEqual(['cancelled']);
    expect(opened).toHaveLength(1);
  });

  const still: readonly { readonly name: string; readonly view: ViewPart; readonly query: string }[] = [
    { name: 'names', view: { names: ['a'] }, query: 'watch=1&resourceVersion=7' },
    {
      name: 'labels from the first object on',
      view: { labels: { matchLabels: { a: 'b' } } },
      query: 'watch=1&resourceVersion=0',
    },
    {
      name: 'labels with the first objects',
      view: { labels: { matchLabels: { a: 'b' } } },
      query:
        'watch=1&resourceVersion=7&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    },
  ];
  for (const { name, view, query } of still) {
    it(`asks nothing first for a view by ${name}`, async () => {
      demand({ kind: 'filter', view: [view] });
      json('');
      expect((await send(`${PODS}?${query}`)).status).toBe(200);
      expect(opened).toHaveLength(1);
    });
  }
});
