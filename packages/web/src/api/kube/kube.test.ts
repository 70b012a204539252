import { describe, expect, it } from 'vitest';
import { groupKinds, kindsOf, objectPath } from './discovery.ts';
import { decodeMessage, encodeInput, encodeSize, execTarget, exitWords } from './exec-protocol.ts';
import { createKubeClient } from './kube-client.ts';
import { linesOf } from './lines.ts';
import { logPath, readLogLine } from './log-lines.ts';
import { rulesAllow } from './may.ts';
import { type KubeObject, objectText, readEdited } from './object-text.ts';
import { statusProblem } from './status-problem.ts';
import { applyEvents, type KubeRow, tableView, toneOf } from './table.ts';

const CORE = kindsOf('v1', [
  { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get', 'list'], shortNames: ['po'] },
  { name: 'pods/log', kind: 'Pod', namespaced: true },
  { name: 'pods/exec', kind: 'Pod', namespaced: true },
  { name: 'nodes', kind: 'Node', namespaced: false, verbs: ['list'] },
  { name: 'events', kind: 'Event', namespaced: true, verbs: ['list'] },
]);
const [PODS] = CORE;

describe('kinds of a cluster', () => {
  it('are named by group, version and resource, with their subresources', () => {
    expect(PODS).toMatchObject({ id: 'v1.pods', group: '', version: 'v1', subresources: ['log', 'exec'] });
    const [ingresses] = kindsOf('networking.k8s.io/v1', [{ name: 'ingresses', kind: 'Ingress', namespaced: true }]);
    expect(ingresses).toMatchObject({ id: 'networking.k8s.io.v1.ingresses', group: 'networking.k8s.io' });
    expect(ingresses && objectPath(ingresses, 'shop', 'web/x')).toBe(
      '/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web%2Fx',
    );
    expect(PODS && objectPath(PODS, undefined)).toBe('/api/v1/pods');
    expect(PODS && objectPath(PODS, 'shop', 'web', 'log')).toBe('/api/v1/namespaces/shop/pods/web/log');
  });

  it('stand in the parts that people look at, custom ones in one of their own, and each once', () => {
    const custom = kindsOf('pay.example.com/v1', [{ name: 'batches', kind: 'Batch', namespaced: true }]);
    const events = kindsOf('events.k8s.io/v1', [{ name: 'events', kind: 'Event', namespaced: true }]);
    const leases = kindsOf('coordination.k8s.io/v1', [{ name: 'leases', kind: 'Lease', namespaced: true }]);
    const shown = groupKinds([...events, ...CORE, ...custom, ...leases]);
    expect(shown.map(({ title, kinds }) => [title, kinds.map(({ id }) => id)])).toEqual([
      ['Workloads', ['v1.pods']],
      ['Custom', ['pay.example.com.v1.batches']],
      ['Cluster', ['v1.events', 'v1.nodes']],
      ['More', ['coordination.k8s.io.v1.leases']],
    ]);
  });
});

describe('rulesAllow', () => {
  const rules = [
    { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] },
    { verbs: ['delete'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] },
    { verbs: ['*'], apiGroups: ['apps'], resources: ['*'] },
  ];
  const cases: readonly (readonly [Parameters<typeof rulesAllow>[1], boolean])[] = [
    [{ verb: 'list', group: '', resource: 'pods' }, true],
    [{ verb: 'list', group: 'metrics.k8s.io', resource: 'pods' }, false],
    [{ verb: 'get', group: '', resource: 'pods', subresource: 'log' }, true],
    [{ verb: 'create', group: '', resource: 'pods', subresource: 'exec' }, false],
    [{ verb: 'delete', group: '', resource: 'pods' }, false],
    [{ verb: 'delete', group: '', resource: 'pods', name: 'web' }, true],
    [{ verb: 'delete', group: '', resource: 'pods', name: 'db' }, false],
    [{ verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale' }, true],
  ];
  for (const [action, isAllowed] of cases) {
    it(`says ${isAllowed ? 'yes' : 'no'} to ${JSON.stringify(action)}`, () => {
      expect(rulesAllow(rules, action)).toBe(isAllowed);
    });
  }
});

describe('tables', () => {
  const row = (name: string, status: string): KubeRow => ({
    cells: [name, status],
    object: { metadata: { name, uid: `uid-${name}`, resourceVersion: `${name.length}` } },
  });
  const view = tableView({
    kind: 'Table',
    metadata: { resourceVersion: '7' },
    rows: [row('a', 'Running'), row('b', 'Running')],
  });
  const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', each: KubeRow) =>
    applyEvents(view, [{ type, object: { kind: 'Table', rows: [each] } }]);

  it('change in their place, grow at the end and lose what is gone', () => {
    expect(event('MODIFIED', row('a', 'Error'))?.rows.map(({ cells }) => cells)).toEqual([
      ['a', 'Error'],
      ['b', 'Running'],
    ]);
    expect(event('ADDED', row('ccc', 'Pending'))).toMatchObject({
      resourceVersion: '3',
      rows: [{}, {}, { cells: ['ccc', 'Pending'] }],
    });
    expect(event('DELETED', row('a', 'x'))?.rows.map(({ cells }) => cells[0])).toEqual(['b']);
    const bookmark = { type: 'BOOKMARK', object: { kind: 'Table', metadata: { resourceVersion: '99' } } } as const;
    expect(applyEvents(view, [bookmark])).toEqual({ ...view, resourceVersion: '99' });
    expect(applyEvents(view, [{ type: 'ERROR', object: { kind: 'Table' } }])).toBeUndefined();
  });

  it('take many events at once as they would one by one', () => {
    const told = (type: 'ADDED' | 'MODIFIED' | 'DELETED', each: KubeRow) =>
      ({ type, object: { kind: 'Table', rows: [each] } }) as const;
    const after = applyEvents(view, [
      told('ADDED', row('c', 'Pending')),
      told('MODIFIED', row('c', 'Running')),
      told('DELETED', row('a', 'x')),
      told('ADDED', row('a', 'Pending')),
    ]);
    expect(after?.rows.map(({ cells }) => cells)).toEqual([
      ['b', 'Running'],
      ['c', 'Running'],
      ['a', 'Pending'],
    ]);
  });

  it('come page by page, whole with the last', () => {
    const first = tableView({
      kind: 'Table',
      metadata: { resourceVersion: '7', continue: 'next' },
      columnDefinitions: [{ name: 'Name', type: 'string' }],
      rows: [row('a', 'Running')],
    });
    expect(first.isWhole).toBe(false);
    const whole = tableView({ kind: 'Table', metadata: { resourceVersion: '7' }, rows: [row('b', 'Running')] }, first);
    expect(whole).toMatchObject({ isWhole: true, columns: first.columns, rows: [{}, {}] });
  });

  it('are quiet about what is well and loud about what is not', () => {
    const tones = (['Running', 'CrashLoopBackOff', 'ContainerCreating', 'Completed', 'Whatever'] as const).map((each) =>
      toneOf('Status', each),
    );
    expect(tones).toEqual(['open', 'barred', 'closing', 'waiting', 'plain']);
    expect([toneOf('Ready', '1/2'), toneOf('Ready', '2/2'), toneOf('Name', 'Error')]).toEqual([
      'closing',
      'plain',
      'plain',
    ]);
  });
});

describe('logs', () => {
  it('SEC-H05 shows what a container writes as text, whatever it would do to a terminal', () => {
    const line = readLogLine(
      '2026-11-22T14:21:02.118Z \u001b[31mERROR\u001b[0m \u001b]0;title\u0007 <script>\u202e',
      4,
    );
    expect(line).toEqual({
      number: 4,
      at: new Date('2026-11-22T14:21:02.118Z'),
      text: 'ERROR \ufffd]0;title\ufffd <script>\ufffd',
      level: 'error',
    });
    expect(readLogLine('no stamp', 1)).toMatchObject({ at: undefined, text: 'no stamp', level: 'plain' });
  });

  it('come as lines, however they are cut', async () => {
    const text = 'one\ntwo\n\nthree';
    for (let at = 0; at <= text.length; at += 1) {
      const pieces = (async function* () {
        yield text.slice(0, at);
        yield text.slice(at);
      })();
      const lines: string[] = [];
      for await (const line of linesOf(pieces)) lines.push(line);
      expect(lines).toEqual(['one', 'two', '', 'three']);
    }
  });

  it('are never followed into the past', () => {
    const options = { container: 'app', previous: true, follow: true, tail: 100 };
    expect(logPath('/p', options)).toBe('/p/log?timestamps=true&tailLines=100&container=app&previous=true');
    expect(logPath('/p', { ...options, previous: false })).toContain('follow=true');
  });
});

describe('terminals', () => {
  it('write input and size on their channels, and read output and exit', () => {
    expect([...encodeInput('é')]).toEqual([0, 0xc3, 0xa9]);
    expect(new TextDecoder().decode(encodeSize(80, 24).subarray(1))).toBe('{"Width":80,"Height":24}');
    expect(decodeMessage(Uint8Array.of(1, 104, 105))).toEqual({ kind: 'output', bytes: Uint8Array.of(104, 105) });
    expect(decodeMessage(Uint8Array.of(9))).toBeUndefined();
    const status = {
      kind: 'Status',
      status: 'Failure',
      details: { causes: [{ reason: 'ExitCode', message: '2' }] },
    } as const;
    const told = decodeMessage(Uint8Array.of(3, ...new TextEncoder().encode(JSON.stringify(status))));
    expect(told?.kind === 'exit' && exitWords(told.status)).toBe('ended with exit code 2');
    expect(exitWords({ kind: 'Status', status: 'Success' })).toBe('ended');
    const target = new URL(execTarget('/api/v1/namespaces/a/pods/b', 'app'), 'https://x');
    expect(target.searchParams.getAll('command')).toEqual(['sh']);
    expect(target.searchParams.get('container')).toBe('app');
  });
});

describe('an object that is edited', () => {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'shop', managedFields: [{}] },
    data: { key: 'value' },
  };

  it('is shown without its bookkeeping and stays the object that it was', () => {
    const text = objectText(object);
    expect(text).not.toContain('managedFields');
    expect(readEdited(text.replace('value', 'other'), object)).toMatchObject({ object: { data: { key: 'other' } } });
    expect(readEdited(text.replace('name: a', 'name: b'), object)).toMatchObject({
      problem: expect.stringContaining('must stay'),
    });
    expect(readEdited('a: [', object)).toMatchObject({ problem: expect.stringContaining('is not YAML') });
    expect(readEdited('', object)).toHaveProperty('problem');
  });
});

describe('the client of a cluster', () => {
  const clientOf = (status: number, body: string, sent: Request[] = []) =>
    createKubeClient({
      clusterId: 'cls_1',
      csrf: { header: 'x-csrf', token: 'secret' },
      fetch: (async (url: string, init: RequestInit) => {
        sent.push(new Request(new URL(url, 'https://x'), { ...init, redirect: 'follow' }));
        return new Response(body, { status });
      }) as typeof fetch,
    });

  it('asks below the cluster, and changes with the token of the session', async () => {
    const sent: Request[] = [];
    const client = clientOf(200, '{"a":1}', sent);
    expect(await client.get('/api/v1/pods?limit=5')).toEqual({ a: 1 });
    await client.send({ method: 'PATCH', path: '/x', body: { b: 2 }, contentType: 'application/merge-patch+json' });
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual([
      '/api/v1/clusters/cls_1/kube/api/v1/pods',
      '/api/v1/clusters/cls_1/kube/x',
    ]);
    expect(sent.map(({ headers }) => headers.get('x-csrf'))).toEqual([null, 'secret']);
    expect(sent[1]?.headers.get('content-type')).toBe('application/merge-patch+json');
  });

  it('comes again where a server says in a moment, and does not where it says nothing', async () => {
    let count = 0;
    const client = (later: boolean) =>
      createKubeClient({
        clusterId: 'cls_1',
        csrf: { header: 'x-csrf', token: 'secret' },
        fetch: async () => {
          count += 1;
          const headers = later ? { 'retry-after': '0.001' } : {};
          return count === 3 ? new Response('{"a":1}') : new Response('{"kind":"Status"}', { status: 503, headers });
        },
      });
    expect(await client(true).get('/x')).toEqual({ a: 1 });
    expect(count).toBe(3);
    count = 0;
    await expect(client(false).get('/x')).rejects.toMatchObject({ problem: { status: 503 } });
    expect(count).toBe(1);
  });

  it('tells refusals of Sallyport with code and advice, and those of the cluster in its own words', async () => {
    const own = {
      kind: 'Status',
      code: 403,
      reason: 'Forbidden',
      message: 'no. [ERR_PROXY_DENIED]\nsallyport access request',
    };
    expect(statusProblem(own as never, 403)).toMatchObject({
      detail: 'no.',
      code: 'ERR_PROXY_DENIED',
      nextStep: 'sallyport access request',
    });
    await expect(clientOf(403, JSON.stringify(own)).get('/x')).rejects.toMatchObject({
      problem: { code: 'ERR_PROXY_DENIED' },
    });
    await expect(clientOf(403, 'plain words [ERR_PROXY_DENIED]\n').get('/api')).rejects.toMatchObject({
      problem: { status: 403, detail: 'plain words', code: 'ERR_PROXY_DENIED' },
    });
    const theirs = '{"kind":"Status","code":409,"reason":"Conflict","message":"the object has been modified"}';
    await expect(clientOf(409, theirs).get('/x')).rejects.toMatchObject({
      problem: { code: 'KUBERNETES_CONFLICT', status: 409 },
    });
    const problem = '{"type":"about:blank","title":"x","status":401,"detail":"d","code":"ERR_API_UNAUTHENTICATED"}';
    await expect(clientOf(401, problem).get('/x')).rejects.toMatchObject({
      problem: { code: 'ERR_API_UNAUTHENTICATED' },
    });
    await expect(clientOf(200, '<html>').get('/x')).rejects.toMatchObject({ code: 'ERR_API_UNREACHABLE' });
  });
});
