import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ViewPart } from '@sallyport/authz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteSource } from './byte-source.ts';
import { type AnswerRules, createJudge } from './judge.ts';
import { maskSecrets, SECRET_MASK } from './mask.ts';
import { readList } from './read-list.ts';
import { createTransform } from './transform.ts';
import { compileView } from './view.ts';

const OPEN: AnswerRules = { isMasking: false, areSecrets: false, areNamespaces: false };
const viewing = (...parts: readonly ViewPart[]): AnswerRules => ({
  ...OPEN,
  view: compileView(parts, () => undefined),
});

/** Reads a document in pieces that are cut at `cuts`. */
function read(
  document: string | Uint8Array,
  rules: AnswerRules,
  cuts: readonly number[] = [],
  maxBytes = 4 << 20,
): string {
  const bytes = Buffer.from(document as string);
  const source = createByteSource(maxBytes);
  const transform = createTransform(source, (emit) => readList(source, createJudge(rules), emit));
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const shown = at.slice(1).map((end, i) => transform.push(bytes.subarray(at[i], end)));
  return Buffer.concat([...shown, transform.end()]).toString();
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('"items":[', '\\', '{"metadata":', '\0é"'),
);
const item = fc.record({
  metadata: fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    namespace: fc.constantFrom('x', 'y'),
    labels: fc.constantFrom({}, { app: 'one' }, { app: 'two' }),
    annotations: fc.dictionary(text, text, { maxKeys: 2 }),
  }),
  spec: fc.jsonValue({ maxDepth: 3 }),
});

/** The document as text with its members in another order, and with white space. */
const written = (value: fc.Arbitrary<object>) =>
  fc.tuple(value, fc.nat({ max: 23 }), fc.constantFrom(undefined, 1, '\t')).map(([document, order, indent]) => {
    const members = Object.entries(document);
    const shuffled = members.map((member, i) => [((i + 1) * (order + 1) * 7) % 5, member] as const);
    shuffled.sort(([a], [b]) => a - b);
    return JSON.stringify(Object.fromEntries(shuffled.map(([, member]) => member)), null, indent);
  });

const parts: readonly ViewPart[] = [
  { names: ['a'], namespaces: { kind: 'names', names: ['x'] } },
  { labels: { matchLabels: { app: 'one' } } },
];
const isSeen = ({ metadata }: { metadata: { name: string; namespace: string; labels: { app?: string } } }) =>
  (metadata.name === 'a' && metadata.namespace === 'x') || metadata.labels.app === 'one';

describe('readList', () => {
  it('SEC-B18 lets through the items that may be seen, in any order of members and cut anywhere', () => {
    const list = fc.record({
      kind: fc.constantFrom('PodList', 'List', 'PartialObjectMetadataList'),
      apiVersion: fc.constant('v1'),
      metadata: fc.constant({ resourceVersion: '7', continue: 'token' }),
      items: fc.array(item, { maxLength: 8 }),
    });
    fc.assert(
      fc.property(written(list), fc.array(fc.nat(), { maxLength: 20 }), (document, cuts) => {
        const given = JSON.parse(document);
        expect(JSON.parse(read(document, viewing(...parts), cuts))).toEqual({
          ...given,
          items: given.items.filter(isSeen),
        });
      }),
      { numRuns: 500 },
    );
  });

  it('SEC-B18 lets through the rows of tables that may be seen', () => {
    const row = fc.record({ cells: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }), object: item });
    const table = fc.record({
      kind: fc.constant('Table'),
      apiVersion: fc.constantFrom('meta.k8s.io/v1', 'meta.k8s.io/v1beta1'),
      metadata: fc.constant({ resourceVersion: '7' }),
      columnDefinitions: fc.constant([{ name: 'Name', type: 'string' }]),
      rows: fc.array(row, { maxLength: 8 }),
    });
    fc.assert(
      fc.property(written(table), fc.array(fc.nat(), { maxLength: 20 }), (document, cuts) => {
        const given = JSON.parse(document);
        const want = { ...given, rows: given.rows.filter((one: { object: never }) => isSeen(one.object)) };
        expect(JSON.parse(read(document, viewing(...parts), cuts))).toEqual(want);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps each item as it was written', () => {
    const one = '{"metadata" : {"name":"a","namespace":"x"},"n": 12345678901234567890.50, "s":"\\u00e9\\/" }';
    expect(read(`{"kind":"PodList","items":[ ${one} , {"metadata":{"name":"b"}}\n]}`, viewing(...parts))).toBe(
      `{"kind":"PodList","items":[${one}]}\n`,
    );
  });

  it('SEC-B19 tells nothing of how many items there are beyond those that may be seen', () => {
    const list = {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7', continue: 'token', remainingItemCount: 12, selfLink: '/api/v1/pods' },
      items: [{ metadata: { name: 'hidden' } }],
    };
    expect(JSON.parse(read(JSON.stringify(list), viewing(...parts)))).toEqual({
      ...list,
      metadata: { resourceVersion: '7', continue: 'token', selfLink: '/api/v1/pods' },
      items: [],
    });
    expect(JSON.parse(read(JSON.stringify(list), OPEN))).toEqual(list);
  });

  it('SEC-B18 masks Secrets in lists, whether or not they say what they are, and before the list does', () => {
    const bare = { metadata: { name: 'a' }, data: { password: 'c2VjcmV0' } };
    const masking: AnswerRules = { ...OPEN, isMasking: true };
    const cases = [
      { document: { kind: 'SecretList', items: [bare] }, rules: masking },
      { document: { items: [bare], kind: 'SecretList' }, rules: masking },
      { document: { kind: 'List', items: [{ ...bare, kind: 'Secret', apiVersion: 'v1' }] }, rules: masking },
      { document: { kind: 'ThingList', items: [bare] }, rules: { ...masking, areSecrets: true } },
      { document: { kind: 'List', items: [{ kind: 'SecretList', items: [bare] }] }, rules: masking },
      {
        document: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          rows: [{ cells: [], object: { ...bare, kind: 'Secret' } }],
        },
        rules: masking,
      },
    ];
    for (const { document, rules } of cases) {
      const shown = read(JSON.stringify(document), rules);
      expect(shown).not.toContain('c2VjcmV0');
      expect(shown).toContain(SECRET_MASK);
      expect(JSON.parse(shown)).toEqual(maskSecrets(document, true));
    }
    const pods = { kind: 'PodList', items: [bare] };
    expect(JSON.parse(read(JSON.stringify(pods), masking))).toEqual(pods);
  });

  it('judges namespaces as being in themselves', () => {
    const document = '{"kind":"NamespaceList","items":[{"metadata":{"name":"x"}},{"metadata":{"name":"y"}}]}';
    const rules = { ...viewing({ namespaces: { kind: 'names', names: ['x'] } }), areNamespaces: true };
    expect(JSON.parse(read(document, rules)).items).toEqual([{ metadata: { name: 'x' } }]);
  });

  it('takes null for an empty list, and a Status where a list is deleted', () => {
    for (const document of [
      '{"kind":"PodList","items":null}',
      '{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":null}',
      '{"kind":"PodList","items":[ ]}',
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":200}',
    ]) {
      expect(JSON.parse(read(document, OPEN))).toEqual(JSON.parse(document));
    }
  });

  const refused = [
    { name: 'an object', document: '{"kind":"Pod","metadata":{},"spec":{}}' },
    { name: 'an object that has items', document: '{"kind":"Bag","items":[]}' },
    { name: 'a table of somebody else', document: '{"kind":"Table","apiVersion":"games.test/v1","rows":[]}' },
    { name: 'a list with rows', document: '{"kind":"PodList","rows":[]}' },
    { name: 'a table with items', document: '{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[],"items":[]}' },
    { name: 'items twice', document: '{"kind":"PodList","items":[],"items":[{"metadata":{"name":"a"}}]}' },
    { name: 'items twice in other letters', document: '{"kind":"PodList","items":[],"it\\u0065ms":[]}' },
    { name: 'a member that no list has', document: '{"kind":"PodList","items":[],"more":[{}]}' },
    { name: 'the members of a Status before its kind', document: '{"message":"secret","kind":"Status"}' },
    { name: 'items that are no list', document: '{"kind":"PodList","items":{"metadata":{}}}' },
    { name: 'an item that is no object', document: '{"kind":"PodList","items":[1]}' },
    { name: 'a name that is no text', document: '{"kind":"PodList","items":[{"metadata":{"name":1}}]}' },
    { name: 'a name that comes twice', document: '{"kind":"PodList","items":[{"metadata":{"name":"a","name":"b"}}]}' },
    {
      name: 'metadata that come twice',
      document: '{"kind":"PodList","items":[{"metadata":{"name":"a"},"metadata":{"name":"b"}}]}',
    },
    { name: 'metadata that are no object', document: '{"kind":"PodList","items":[{"metadata":[]}]}' },
    { name: 'labels that are no text', document: '{"kind":"PodList","items":[{"metadata":{"labels":{"a":1}}}]}' },
    {
      name: 'a row without its object',
      document: '{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{"cells":[],"object":null}]}',
    },
    { name: 'a comma too many', document: '{"kind":"PodList","items":[{"metadata":{}},]}' },
    { name: 'a comma too few', document: '{"kind":"PodList","items":[{"metadata":{}}{"metadata":{}}]}' },
    { name: 'brackets that do not fit', document: '{"kind":"PodList","items":[{"metadata":{}]}' },
    { name: 'another document behind it', document: '{"kind":"PodList","items":[]}{"kind":"Pod"}' },
    { name: 'nothing', document: '' },
    { name: 'no JSON', document: '<html>' },
    { name: 'a raw control character', document: '{"kind":"PodList","items":[{"a":"\0"}]}' },
  ];
  for (const { name, document } of refused) {
    it(`SEC-B18 refuses ${name}, at every cut`, () => {
      for (const cut of [0, 1, Math.floor(document.length / 2), document.length - 2]) {
        const attempt = () => read(document, viewing(...parts), [Math.max(0, cut)]);
        expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_PROXY_ANSWER_UNREADABLE' }));
      }
    });
  }

  it('refuses a list that ends in the middle, wherever that is', () => {
    const document =
      '{"kind":"PodList","metadata":{},"items":[{"metadata":{"name":"a","labels":{"app":"one"}}}],"apiVersion":"v1"}';
    for (let end = 0; end < document.length; end++) {
      expect(() => read(document.slice(0, end), viewing(...parts), [end >> 1])).toThrow(
        expect.objectContaining({ code: 'ERR_PROXY_ANSWER_UNREADABLE' }),
      );
    }
  });

  it('holds no more of a list of 64 MiB than of a small one', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const source = createByteSource(4 << 20);
    const judge = createJudge(viewing(...parts));
    const transform = createTransform(source, (emit) => readList(source, judge, emit));
    const pod = (i: number) => JSON.stringify({ metadata: { name: `pod-${i}` }, spec: 'x'.repeat(2_000) });
    const before = held();
    let most = 0;
    transform.push(Buffer.from(`{"kind":"PodList","items":[${pod(0)}`));
    for (let i = 1; i <= 2_048; i++) {
      const chunk = Array.from({ length: 16 }, (_, j) => pod(i * 16 + j));
      transform.push(Buffer.from(`,${chunk.join(',')}`));
      if (i % 256 === 0) most = Math.max(most, held() - before);
    }
    transform.push(Buffer.from(']}'));
    transform.end();
    expect(most).toBeLessThan(16 << 20);
  }, 30_000);

  it('holds one object at a time, and no larger one than the limit', () => {
    const large = `{"metadata":{"name":"a"},"data":"${'x'.repeat(2_000)}"}`;
    const document = `{"kind":"PodList","items":[${[large, large, large].join(',')}]}`;
    const cuts = Array.from({ length: 60 }, (_, i) => i * 100);
    expect(read(document, OPEN, cuts, 2_100)).toBe(`${document}\n`);
    expect(() => read(document, OPEN, cuts, 1_900)).toThrow(
      expect.objectContaining({ code: 'ERR_PROXY_ANSWER_TOO_LARGE' }),
    );
  });
});
