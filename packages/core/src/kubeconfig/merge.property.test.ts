import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { mergeKubeconfig, removeFromKubeconfig } from './merge.ts';
import { mintKubeconfig } from './mint.ts';

const text = fc.oneof(
  fc.constantFrom('a', 'ä: b', '- x', '#c', '"', "'", '|', '{}', 'null', '1', 'a # b'),
  fc.string({ maxLength: 8 }),
);
const entry = (kind: string) =>
  fc.record({
    name: text,
    [kind]: fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 2 })), { maxKeys: 3 }),
  });
const style = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any', 'flow'),
  comment: fc.boolean(),
  crlf: fc.boolean(),
});
const file = fc
  .tuple(
    fc.record(
      {
        clusters: fc.array(entry('cluster'), { maxLength: 3 }),
        contexts: fc.array(entry('context'), { maxLength: 3 }),
        preferences: fc.constant({}),
        users: fc.array(entry('user'), { maxLength: 3 }),
        'current-context': text,
      },
      { requiredKeys: [] },
    ),
    style,
  )
  .map(([value, { comment, crlf, ...options }]) => {
    let yaml = stringify(value, { ...options, lineWidth: 0 } as never);
    if (comment) yaml = `# head\n${yaml.replace(/^(\w.*)$/gm, '# about\n$1')}\n# end\n`;
    return { value, yaml: crlf ? yaml.replaceAll('\n', '\r\n') : yaml };
  });

const minted = mintKubeconfig({
  server: 'https://sallyport.test',
  organization: 'acme',
  clusters: ['prod', 'dev'].map((name) => ({ name, server: `https://sallyport.test/k/acme/${name}` })),
  command: '/bin/shim',
});

describe('mergeKubeconfig, for any file', () => {
  it('adds ours, keeps what was there, is idempotent, and is undone by removal', () => {
    fc.assert(
      fc.property(file, ({ value, yaml }) => {
        const merged = mergeKubeconfig(yaml, minted);
        const after = parse(merged);
        for (const section of ['clusters', 'users', 'contexts'] as const) {
          expect(after[section].slice(0, -2)).toEqual(value[section] ?? []);
        }
        expect(mergeKubeconfig(merged, minted)).toBe(merged);
        const removed = parse(removeFromKubeconfig(merged).text);
        expect(removed).toEqual({
          ...parse(merged),
          clusters: value.clusters ?? [],
          users: value.users ?? [],
          contexts: value.contexts ?? [],
        });
      }),
      { numRuns: 100 },
    );
  });
});
