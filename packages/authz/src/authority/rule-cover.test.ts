import type { RequestAttributes } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchRule } from '../match-rule.ts';
import type { Rule } from '../policy.ts';
import { aResourceRequest } from '../testing/fixtures.ts';
import { atomsOf, countAtoms, coversAtom } from './rule-cover.ts';

const covers = (held: readonly Rule[], wanted: Rule) =>
  atomsOf(wanted).every((atom) => held.some((rule) => coversAtom(rule, atom)));

const some = <Value>(values: readonly Value[]) => fc.subarray([...values], { minLength: 1 });
const maybe = <Value>(values: readonly Value[]) => fc.option(some(values), { nil: undefined });

const aRule = (withWildcards: boolean): fc.Arbitrary<Rule> =>
  fc
    .record({
      verbs: some(['get', 'create', ...(withWildcards ? ['*'] : [])]),
      apiGroups: some(['', 'apps', ...(withWildcards ? ['*'] : [])]),
      resources: some(['pods', 'pods/log', 'secrets', ...(withWildcards ? ['*', '*/log'] : [])]),
      resourceNames: maybe(['a', 'b']),
      namespaces: maybe(['shop', 'bank']),
      nonResourceUrls: maybe(['/version', '/api/x', ...(withWildcards ? ['/api/*', '*'] : [])]),
    })
    .map(({ resourceNames, namespaces, nonResourceUrls, ...rule }) => ({
      ...rule,
      ...(resourceNames && { resourceNames }),
      ...(namespaces && { namespaces }),
      ...(nonResourceUrls && { nonResourceUrls }),
    }));

/** Every request over the words above, and over one word of each kind that no rule names. */
const UNIVERSE: readonly RequestAttributes[] = [
  ...['get', 'create', 'patch'].flatMap((verb) =>
    ['', 'apps', 'batch'].flatMap((apiGroup) =>
      ['pods', 'secrets', 'jobs'].flatMap((resource) =>
        ['', 'log', 'exec'].flatMap((subresource) =>
          ['', 'a', 'b', 'c'].flatMap((name) =>
            ['', 'shop', 'bank', 'other'].map((namespace) =>
              aResourceRequest({ verb, apiGroup, resource, subresource, name, namespace }),
            ),
          ),
        ),
      ),
    ),
  ),
  ...['get', 'create', 'patch'].flatMap((verb) =>
    ['/version', '/api/x', '/api/y', '/healthz'].map((path) => ({ kind: 'nonResource', verb, path }) as const),
  ),
];

const allows = (rules: readonly Rule[], request: RequestAttributes) => rules.some((rule) => matchRule(rule, request));

describe('cover of rules', () => {
  it('says that a rule is covered only when every request that it allows is allowed', () => {
    let covered = 0;
    fc.assert(
      fc.property(fc.array(aRule(true), { maxLength: 3 }), aRule(true), (held, wanted) => {
        if (!covers(held, wanted)) return;
        covered += 1;
        expect(UNIVERSE.filter((request) => allows([wanted], request) && !allows(held, request))).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
    expect(covered).toBeGreaterThan(50);
  });

  it('finds whatever is covered when there are no wildcards, also by several rules together', () => {
    fc.assert(
      fc.property(fc.array(aRule(false), { maxLength: 4 }), aRule(false), (held, wanted) => {
        const isSubset = UNIVERSE.every((request) => !allows([wanted], request) || allows(held, request));
        expect(covers(held, wanted)).toBe(isSubset);
      }),
      { numRuns: 500 },
    );
  });

  it('covers every rule by itself, in parts, and by everything', () => {
    fc.assert(
      fc.property(aRule(true), (rule) => {
        expect(covers([rule], rule)).toBe(true);
        expect(
          covers(
            rule.verbs.map((verb) => ({ ...rule, verbs: [verb] })),
            rule,
          ),
        ).toBe(true);
        expect(covers([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], nonResourceUrls: ['*'] }], rule)).toBe(true);
      }),
    );
  });

  it('counts atoms without making them', () => {
    fc.assert(
      fc.property(aRule(true), (rule) => {
        expect(countAtoms([rule, rule])).toBe(2 * atomsOf(rule).length);
      }),
    );
  });

  const cases: readonly { name: string; held: Rule; wanted: Rule; want: boolean }[] = [
    {
      name: 'a star is covered by a star alone',
      held: { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] },
      wanted: { verbs: ['*'], apiGroups: [''], resources: ['pods'] },
      want: false,
    },
    {
      name: 'one subresource of everything covers that of one kind',
      held: { verbs: ['get'], apiGroups: [''], resources: ['*/log'] },
      wanted: { verbs: ['get'], apiGroups: [''], resources: ['pods/log'] },
      want: true,
    },
    {
      name: 'one subresource of everything does not cover the kind',
      held: { verbs: ['get'], apiGroups: [''], resources: ['*/log'] },
      wanted: { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      want: false,
    },
    {
      name: 'some names do not cover all names',
      held: { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['db'] },
      wanted: { verbs: ['get'], apiGroups: [''], resources: ['secrets'] },
      want: false,
    },
    {
      name: 'a longer prefix is covered by a shorter one',
      held: { verbs: ['get'], nonResourceUrls: ['/api*'] },
      wanted: { verbs: ['get'], nonResourceUrls: ['/apis/*', '/api'] },
      want: true,
    },
    {
      name: 'a prefix is not covered by the path that it begins with',
      held: { verbs: ['get'], nonResourceUrls: ['/api'] },
      wanted: { verbs: ['get'], nonResourceUrls: ['/api*'] },
      want: false,
    },
  ];
  for (const { name, held, wanted, want } of cases) it(name, () => expect(covers([held], wanted)).toBe(want));
});
