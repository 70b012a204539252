import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile-policy.ts';
import { evaluate } from '../evaluate.ts';
import type { AccessPolicy, Role, Rule } from '../policy.ts';
import { aBinding, anAccessQuery, aPrincipal, aResourceRequest, aRole } from '../testing/fixtures.ts';

const KINDS = [
  ['', 'pods', ''],
  ['', 'pods', 'log'],
  ['', 'services', ''],
  ['apps', 'deployments', ''],
  ['apps', 'deployments', 'scale'],
  ['example.com', 'widgets', ''],
] as const;
const EVERYTHING: Rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], nonResourceUrls: ['*'] };

const denying = (rules: readonly Rule[], overrides: Partial<AccessPolicy> = {}): AccessPolicy => ({
  id: 'pol_1' as never,
  organizationId: aPrincipal().organizationId,
  name: 'guard',
  subjects: 'everyone',
  scope: { kind: 'organization' },
  deny: [{ rules }],
  ...overrides,
});

function effectOf(
  words: Parameters<typeof aResourceRequest>[0],
  role: Partial<Role>,
  ...accessPolicies: AccessPolicy[]
) {
  const documents = { roles: [aRole({ privileges: ['nodeProxy'], ...role })], bindings: [aBinding()], accessPolicies };
  return evaluate(compilePolicy(documents, 1), anAccessQuery({ attributes: aResourceRequest(words) })).effect;
}

describe('what a policy denies', () => {
  it('SEC-B07 a denied exec is denied as an ephemeral container, and behind the kubelet', () => {
    const noExec = denying([{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }]);
    for (const words of [
      { verb: 'create', subresource: 'exec' },
      { verb: 'get', subresource: 'exec' },
      { verb: 'patch', subresource: 'ephemeralcontainers' },
      { verb: 'get', resource: 'nodes', subresource: 'proxy', namespace: '' },
      { verb: 'proxy', resource: 'nodes', namespace: '' },
    ]) {
      expect(effectOf(words, {})).toBe('allow');
      expect(effectOf(words, {}, noExec)).toBe('deny');
    }
    expect(effectOf({ verb: 'patch' }, {}, noExec)).toBe('allow');
  });

  it('SEC-B13 a namespace that is denied is in no list of all of them, and is not deleted', () => {
    const rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
    for (const policy of [
      denying([{ ...rule, namespaces: ['shop'] }]),
      denying([rule], { scope: { kind: 'organization', namespaces: { kind: 'names', names: ['shop'] } } }),
    ]) {
      for (const words of [
        { verb: 'list', namespace: '', name: '' },
        { verb: 'watch', namespace: '', name: '', resource: 'widgets', apiGroup: 'example.com' },
        { verb: 'deletecollection', namespace: '', name: '' },
        { verb: 'delete', resource: 'namespaces', namespace: 'shop', name: 'shop' },
        { verb: 'list', namespace: 'shop', name: '' },
      ]) {
        expect(effectOf(words, {})).toBe('allow');
        expect(effectOf(words, {}, policy)).toBe('deny');
      }
      expect(effectOf({ verb: 'list', namespace: 'bank', name: '' }, {}, policy)).toBe('allow');
      expect(effectOf({ verb: 'list', resource: 'nodes', namespace: '', name: '' }, {}, policy)).toBe('allow');
    }
  });

  it('SEC-B14 every cell of kinds by rules is that kind’s own, for what allows and for what denies', () => {
    for (const [apiGroup, resource, subresource] of KINDS) {
      const words = { apiGroup, resource, subresource };
      for (const [group, other, part] of KINDS) {
        const rule = { verbs: ['get'], apiGroups: [group], resources: [part === '' ? other : `${other}/${part}`] };
        const isSame = group === apiGroup && other === resource && part === subresource;
        expect(effectOf(words, { rules: [rule] })).toBe(isSame ? 'allow' : 'deny');
        expect(effectOf(words, { rules: [EVERYTHING] }, denying([rule]))).toBe(isSame ? 'deny' : 'allow');
      }
    }
  });

  it('SEC-B15 a wildcard decides alike wherever it stands', () => {
    const orders = (word: string) => [[word], [word, 'x', 'y'], ['x', word, 'y'], ['x', 'y', word]];
    for (const verbs of orders('*')) {
      for (const apiGroups of orders('*')) {
        for (const resources of [...orders('*'), ...orders('pods')]) {
          const rule = { verbs, apiGroups, resources };
          expect(effectOf({ verb: 'delete' }, { rules: [rule] })).toBe('allow');
          expect(effectOf({ verb: 'delete' }, { rules: [EVERYTHING] }, denying([rule]))).toBe('deny');
        }
      }
    }
  });
});
