import { formatLabelSelector, objectText, placeText } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';
import { placeOf } from './place-flags.ts';

const usage = expect.objectContaining({ code: 'ERR_CLI_USAGE' });

describe('label selectors', () => {
  const cases = [
    ['env=prod', { matchLabels: { env: 'prod' } }],
    ['env == prod, tier=web', { matchLabels: { env: 'prod', tier: 'web' } }],
    ['a.example/b', { matchExpressions: [{ key: 'a.example/b', operator: 'Exists' }] }],
    ['! old', { matchExpressions: [{ key: 'old', operator: 'DoesNotExist' }] }],
    ['env!=prod', { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['prod'] }] }],
    [
      'env=prod,tier in (web, db),zone notin (a)',
      {
        matchLabels: { env: 'prod' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['web', 'db'] },
          { key: 'zone', operator: 'NotIn', values: ['a'] },
        ],
      },
    ],
    ['__proto__=x', { matchLabels: Object.fromEntries([['__proto__', 'x']]) }],
  ] as const;
  for (const [text, want] of cases) {
    it(`reads ${text}, and writes it so that it reads alike`, () => {
      expect(parseLabelSelector(text)).toEqual(want);
      expect(parseLabelSelector(formatLabelSelector(parseLabelSelector(text)))).toEqual(want);
    });
  }

  for (const text of ['', ',', 'env=a,env=b', 'env in web', 'a=b=c', 'a=(b)', 'a b', '!']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseLabelSelector(text)).toThrow(usage));
  }
});

describe('places', () => {
  it('are clusters by name, project or label, and namespaces by name or label', () => {
    expect(placeOf({ cluster: ['a', 'b'], namespace: ['shop'] })).toEqual({
      scope: { kind: 'clusters', clusters: ['a', 'b'], namespaces: { names: ['shop'] } },
    });
    expect(placeOf({ project: ['payments'], 'namespace-selector': 'team=pay' })).toEqual({
      scope: { kind: 'projects', projects: ['payments'], namespaces: { selector: { matchLabels: { team: 'pay' } } } },
    });
    expect(placeOf({ 'cluster-selector': 'env=test' })).toEqual({
      scope: { kind: 'clusterSelector', selector: { matchLabels: { env: 'test' } } },
    });
  });

  it('are never everything by leaving something out', () => {
    expect(() => placeOf({})).toThrow(usage);
    expect(() => placeOf({ namespace: ['shop'] })).toThrow(usage);
  });

  const objects = [
    ['pods/web-0', ['shop'], { resource: 'pods', namespace: 'shop', name: 'web-0' }],
    ['bank/pods/web-0', ['shop'], { resource: 'pods', namespace: 'bank', name: 'web-0' }],
    ['nodes/n1', undefined, { resource: 'nodes', name: 'n1' }],
    ['deployments.apps/web', ['shop'], { apiGroup: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' }],
    ['certs.cert.io/x.y', undefined, { apiGroup: 'cert.io', resource: 'certs', name: 'x.y' }],
  ] as const;
  for (const [text, namespace, want] of objects) {
    it(`read the object ${text}`, () => {
      const place = placeOf({ cluster: ['a'], namespace, object: [text] });
      expect(place.objects).toEqual([want]);
      expect(placeOf({ cluster: ['a'], object: [objectText(want)] }).objects).toEqual([want]);
    });
  }

  for (const text of ['web-0', 'a/b/c/d', '/web-0', 'pods/', '']) {
    it(`refuse the object ${JSON.stringify(text)}`, () =>
      expect(() => placeOf({ cluster: ['a'], object: [text] })).toThrow(usage));
  }

  it('refuse an object that could be in several namespaces', () => {
    expect(() => placeOf({ cluster: ['a'], namespace: ['shop', 'bank'], object: ['pods/web-0'] })).toThrow(usage);
  });

  it('are shown in words', () => {
    const shown = (flags: Parameters<typeof placeOf>[0]) => {
      const { scope, objects } = placeOf(flags);
      return placeText(scope, objects);
    };
    expect(shown({ cluster: ['a', 'b'], namespace: ['shop', 'bank'] })).toBe('clusters a, b, namespaces shop, bank');
    expect(shown({ project: ['pay'], 'namespace-selector': 'team=pay' })).toBe('project pay, namespaces with team=pay');
    expect(shown({ 'cluster-selector': 'env=test', object: ['shop/pods/web-0'] })).toBe(
      'clusters with env=test, only shop/pods/web-0',
    );
    expect(placeText({ kind: 'organization' }, undefined)).toBe('all clusters');
  });
});
