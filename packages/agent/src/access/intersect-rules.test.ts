import { describe, expect, it } from 'vitest';
import { intersectRules } from './intersect-rules.ts';

const ALL = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

describe('what rules leave of a ceiling', () => {
  it('is the rules where the ceiling has everything, and nothing where it has nothing', () => {
    const rules = [
      { verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['*/scale', 'pods'], resourceNames: ['a'] },
      { verbs: ['get'], nonResourceURLs: ['/metrics'] },
    ];
    expect(intersectRules(rules, ALL)).toEqual(rules);
    expect(intersectRules(rules, [])).toEqual([]);
  });

  it('is what both have, and never what one of them has alone', () => {
    const rules = [{ verbs: ['create', 'get'], apiGroups: [''], resources: ['pods', 'pods/exec', 'secrets'] }];
    const ceiling = [
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] },
      { verbs: ['create'], apiGroups: ['', 'apps'], resources: ['*/exec'] },
      { verbs: ['get'], apiGroups: ['apps'], resources: ['pods'] },
    ];
    expect(intersectRules(rules, ceiling)).toEqual([
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] },
    ]);
  });

  it('takes wildcards of a rule down to what the ceiling names', () => {
    const rules = [{ verbs: ['get', 'delete'], apiGroups: ['*'], resources: ['*'] }];
    const ceiling = [{ verbs: ['get', 'escalate'], apiGroups: ['apps'], resources: ['deployments', '*/scale'] }];
    expect(intersectRules(rules, ceiling)).toEqual([
      { verbs: ['get'], apiGroups: ['apps'], resources: ['*/scale', 'deployments'] },
    ]);
    // A parent never covers its subresource.
    expect(
      intersectRules(
        [{ ...rules[0], verbs: ['get'], resources: ['deployments'] }],
        [{ verbs: ['get'], apiGroups: ['apps'], resources: ['*/scale', 'deployments/status'] }],
      ),
    ).toEqual([]);
  });

  it('keeps to the names of both', () => {
    const rule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };
    const names = (own?: readonly string[], others?: readonly string[]) =>
      intersectRules(
        [{ ...rule, ...(own && { resourceNames: own }) }],
        [{ ...rule, ...(others && { resourceNames: others }) }],
      ).map(({ resourceNames }) => resourceNames);
    expect(names(['a', 'b'], ['b', 'c'])).toEqual([['b']]);
    expect(names(undefined, ['c'])).toEqual([['c']]);
    expect(names(['a'])).toEqual([['a']]);
    expect(names(['a'], ['b'])).toEqual([]);
  });

  it('keeps to the paths of both', () => {
    const paths = (own: string, other: string) =>
      intersectRules(
        [{ verbs: ['get'], nonResourceURLs: [own] }],
        [{ verbs: ['get'], nonResourceURLs: [other] }],
      ).flatMap(({ nonResourceURLs = [] }) => nonResourceURLs);
    expect(paths('/logs/*', '/logs/a')).toEqual(['/logs/a']);
    expect(paths('/logs/a', '/logs/*')).toEqual(['/logs/a']);
    expect(paths('/logs', '/logs/*')).toEqual([]);
    expect(intersectRules([{ verbs: ['get'], nonResourceURLs: ['/a'] }], [ALL[0] ?? { verbs: [] }])).toEqual([]);
  });
});
