import { describe, expect, it } from 'vitest';
import { objectText, parseObjectText, placeText, scopeText } from './scope-text.ts';

it('says where each kind of scope reaches', () => {
  expect(scopeText({ kind: 'installation' })).toBe('the installation');
  expect(scopeText({ kind: 'organization' })).toBe('all clusters');
  expect(scopeText({ kind: 'projects', projects: ['a', 'b'] })).toBe('projects a, b');
  expect(scopeText({ kind: 'clusters', clusters: ['demo'], namespaces: { names: ['shop', 'jobs'] } })).toBe(
    'cluster demo, namespaces shop, jobs',
  );
  const matchExpressions = [
    { key: 'tier', operator: 'In' as const, values: ['web', 'db'] },
    { key: 'old', operator: 'DoesNotExist' as const },
  ];
  const selector = { matchLabels: { env: 'prod' } };
  expect(scopeText({ kind: 'clusterSelector', selector, namespaces: { selector: { matchExpressions } } })).toBe(
    'clusters with env=prod, namespaces with tier in (web,db),!old',
  );
});

it('names the objects that access is narrowed to', () => {
  const objects = [
    { resource: 'pods', namespace: 'shop', name: 'web-0' },
    { apiGroup: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' },
    { resource: 'nodes', name: 'n1' },
  ];
  expect(objects.map(objectText)).toEqual(['shop/pods/web-0', 'shop/deployments.apps/web', 'nodes/n1']);
  expect(placeText({ kind: 'organization' }, objects.slice(0, 1))).toBe('all clusters, only shop/pods/web-0');
});

it('counts the rest where a text has to stay short, and leaves nothing out otherwise', () => {
  const clusters = Array.from({ length: 10 }, (_, i) => `c${i}`);
  expect(scopeText({ kind: 'clusters', clusters }, { maxNames: 2 })).toBe('clusters c0, c1 and 8 more');
  expect(scopeText({ kind: 'clusters', clusters })).toBe(`clusters ${clusters.join(', ')}`);
});

describe('parseObjectText', () => {
  for (const text of ['shop/pods/web-0', 'nodes/n1', 'shop/deployments.apps/web', 'shop/x.example.com/y']) {
    it(`reads ${text} back`, () => {
      const object = parseObjectText(text);
      expect(object && objectText(object)).toBe(text);
    });
  }

  for (const text of ['', 'pods', 'pods/', '/web', 'a/b/c/d', 'shop/.apps/web', 'shop//web']) {
    it(`finds no object in ${JSON.stringify(text)}`, () => expect(parseObjectText(text)).toBeUndefined());
  }
});
