import type { ViewPart } from '@sallyport/authz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteSource } from './byte-source.ts';
import { type AnswerRules, createJudge } from './judge.ts';
import { SECRET_MASK } from './mask.ts';
import { readWatch } from './read-watch.ts';
import { createTransform } from './transform.ts';
import { compileView } from './view.ts';
import { createWatchedObjects } from './watched-objects.ts';

interface Event {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: events of every kind are looked into
  readonly object: any;
}

const RED: ViewPart = { labels: { matchLabels: { team: 'red' } } };

function watch(
  events: readonly Event[] | string,
  rules: AnswerRules,
  cuts: readonly number[] = [],
  maxCount = 10,
): Event[] {
  const text = typeof events === 'string' ? events : events.map((one) => `${JSON.stringify(one)}\n`).join('');
  const bytes = Buffer.from(text);
  const watched = rules.view?.canChange ? createWatchedObjects(maxCount) : undefined;
  const source = createByteSource(4 << 20);
  const transform = createTransform(source, (emit) => readWatch(source, createJudge(rules), watched, emit));
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const shown = at.slice(1).map((end, i) => transform.push(bytes.subarray(at[i], end)));
  const lines = Buffer.concat([...shown, transform.end()])
    .toString()
    .split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

const rulesOf = (...parts: readonly ViewPart[]): AnswerRules => ({
  view: compileView(parts, () => undefined),
  isMasking: false,
  areSecrets: false,
  areNamespaces: false,
});
const aPod = (name: string, team: string, version = 1) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name, namespace: 'x', uid: `uid-${name}`, resourceVersion: `${version}`, labels: { team } },
  spec: { nodeName: 'secret-node' },
});
const told = (events: readonly Event[]) => events.map(({ type, object }) => `${type} ${object.metadata.name}`);

describe('readWatch', () => {
  it('passes events about objects that may be seen, as they came, and is silent about others', () => {
    const seen = { type: 'MODIFIED', object: aPod('a', 'red') };
    const other = { type: 'ADDED', object: aPod('b', 'red') };
    const gone = { type: 'DELETED', object: aPod('a', 'red', 2) };
    expect(watch([seen, other, gone], rulesOf({ names: ['a'] }))).toEqual([seen, gone]);
  });

  it('SEC-B18 tells by labels what comes into view and what leaves it', () => {
    const events = [
      { type: 'ADDED', object: aPod('a', 'red', 1) },
      { type: 'ADDED', object: aPod('b', 'blue', 2) },
      { type: 'MODIFIED', object: aPod('b', 'blue', 3) },
      { type: 'MODIFIED', object: aPod('b', 'red', 4) },
      { type: 'MODIFIED', object: aPod('b', 'red', 5) },
      { type: 'MODIFIED', object: aPod('a', 'blue', 6) },
      { type: 'MODIFIED', object: aPod('a', 'blue', 7) },
      { type: 'DELETED', object: aPod('a', 'blue', 8) },
      { type: 'DELETED', object: aPod('b', 'red', 9) },
    ];
    const shown = watch(events, rulesOf(RED));
    expect(told(shown)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED b', 'DELETED a', 'DELETED b']);
  });

  it('SEC-B19 tells of an object that leaves the view only what takes it out', () => {
    const events = [
      { type: 'ADDED', object: aPod('a', 'red') },
      { type: 'MODIFIED', object: aPod('a', 'blue', 2) },
    ];
    const [, gone] = watch(events, rulesOf(RED));
    expect(gone).toEqual({
      type: 'DELETED',
      object: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { name: 'a', namespace: 'x', uid: 'uid-a', resourceVersion: '2' },
      },
    });
  });

  it('tells at the end exactly what may be seen then, whatever happened before', () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      change: fc.constantFrom('red', 'blue', 'delete'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 10 }), (steps, cuts) => {
        const truth = new Map<string, string>();
        const events: Event[] = [];
        for (const [i, { name, change }] of steps.entries()) {
          const was = truth.get(name);
          if (change === 'delete') {
            if (was === undefined) continue;
            truth.delete(name);
            events.push({ type: 'DELETED', object: aPod(name, was, i) });
          } else {
            truth.set(name, change);
            events.push({ type: was === undefined ? 'ADDED' : 'MODIFIED', object: aPod(name, change, i) });
          }
        }
        const seen = new Map<string, string>();
        for (const { type, object } of watch(events, rulesOf(RED), cuts)) {
          const { name, labels } = object.metadata;
          expect(type === 'ADDED').toBe(!seen.has(name));
          if (type === 'DELETED') seen.delete(name);
          else seen.set(name, labels.team);
        }
        expect([...seen].sort()).toEqual([...truth].filter(([, team]) => team === 'red').sort());
      }),
      { numRuns: 500 },
    );
  });

  it('SEC-B19 passes bookmarks as versions alone, with the mark that ends the first objects', () => {
    const mark = { 'k8s.io/initial-events-end': 'true' };
    const object = {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7', annotations: { ...mark, team: 'a' } },
      spec: {},
    };
    expect(watch([{ type: 'BOOKMARK', object }], rulesOf(RED))).toEqual([
      {
        type: 'BOOKMARK',
        object: {
          kind: 'Pod',
          apiVersion: 'v1',
          metadata: { resourceVersion: '7', creationTimestamp: null, annotations: mark },
        },
      },
    ]);
  });

  it('passes errors of the API server', () => {
    const expired = { type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410 } };
    expect(watch([expired], rulesOf(RED))).toEqual([expired]);
  });

  const columnDefinitions = [{ name: 'Name' }, { name: 'Status' }];
  const aTable = (name: string, team: string, columns: unknown = null) => ({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '3' },
    columnDefinitions: columns,
    rows: [{ cells: [name, `${team} and busy`], object: { ...aPod(name, team), kind: 'PartialObjectMetadata' } }],
  });

  it('SEC-B18 filters tables, and sends the columns with the first row that is shown', () => {
    const events = [
      { type: 'ADDED', object: aTable('b', 'blue', columnDefinitions) },
      { type: 'ADDED', object: aTable('a', 'red') },
      { type: 'MODIFIED', object: aTable('a', 'red') },
      { type: 'MODIFIED', object: aTable('a', 'blue') },
      { type: 'BOOKMARK', object: aTable('', '', null) },
    ];
    const [added, modified, gone, bookmark, ...rest] = watch(events, rulesOf(RED));
    expect(rest).toEqual([]);
    expect(added).toEqual({ type: 'ADDED', object: aTable('a', 'red', columnDefinitions) });
    expect(modified).toEqual({ type: 'MODIFIED', object: aTable('a', 'red') });
    expect(gone?.type).toBe('DELETED');
    expect(gone?.object.rows[0].cells).toEqual(['a', null]);
    expect(JSON.stringify(gone)).not.toContain('busy');
    expect(bookmark?.object.rows).toEqual([]);
  });

  it('SEC-B18 masks Secrets in events of either form', () => {
    const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' }, data: { password: 'c2VjcmV0' } };
    const rules = { isMasking: true, areSecrets: true, areNamespaces: false };
    const table = { ...aTable('a', 'red'), rows: [{ cells: [], object: secret }] };
    for (const object of [secret, table]) {
      const shown = JSON.stringify(watch([{ type: 'ADDED', object }], rules));
      expect(shown).toContain(SECRET_MASK);
      expect(shown).not.toContain('c2VjcmV0');
    }
  });

  const refused = [
    { name: 'an unknown type', events: [{ type: 'RENAMED', object: aPod('a', 'red') }] },
    {
      name: 'an error that is no Status',
      events: [{ type: 'ERROR', object: aPod('b', 'blue') }],
    },
    {
      name: 'a table with two rows',
      events: [
        {
          type: 'ADDED',
          object: { ...aTable('a', 'red'), rows: [...aTable('a', 'red').rows, ...aTable('b', 'blue').rows] },
        },
      ],
    },
    { name: 'an event without an object', events: '{"type":"ADDED"}\n' },
    { name: 'an object that comes twice', events: '{"type":"ADDED","object":{"metadata":{"name":"a"}},"object":{}}\n' },
    { name: 'an event that ends in the middle', events: '{"type":"ADDED","object":{' },
    { name: 'no event', events: '[]\n' },
  ];
  for (const { name, events } of refused) {
    it(`SEC-B18 refuses ${name}`, () => {
      expect(() => watch(events, rulesOf(RED))).toThrow(
        expect.objectContaining({ code: 'ERR_PROXY_ANSWER_UNREADABLE' }),
      );
    });
  }

  it('ends when more objects are in view than are remembered', () => {
    const events = ['a', 'b', 'c'].map((name) => ({ type: 'ADDED', object: aPod(name, 'red') }));
    expect(watch(events, rulesOf(RED), [], 3)).toHaveLength(3);
    expect(() => watch(events, rulesOf(RED), [], 2)).toThrow(
      expect.objectContaining({ code: 'ERR_PROXY_ANSWER_TOO_LARGE' }),
    );
  });
});
