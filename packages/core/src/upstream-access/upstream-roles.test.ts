import { describe, expect, it } from 'vitest';
import { describeUpstreamAccessProblem, encodeUpstreamAccess, parseUpstreamAccess } from './upstream-access.ts';
import {
  describeUpstreamRuleProblem,
  type UpstreamRole,
  type UpstreamRule,
  upstreamRoleName,
} from './upstream-roles.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const pods: UpstreamRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const role: UpstreamRole = { ceilings: ['edit', 'view'], rules: [pods] };

describe('a generated ClusterRole', () => {
  it('has one name however its words are ordered, and another one for anything else', () => {
    const name = upstreamRoleName(role);
    expect(name).toMatch(/^rules-[0-9a-f]{20}$/);
    const turned = { ...pods, verbs: ['list', 'get', 'list'] };
    expect(upstreamRoleName({ ceilings: ['view', 'edit'], rules: [turned, pods] })).toBe(name);
    const others: readonly UpstreamRole[] = [
      { ...role, ceilings: ['view'] },
      { ...role, rules: [{ ...pods, verbs: ['get'] }] },
      { ...role, rules: [{ ...pods, resourceNames: ['a'] }] },
      { ...role, rules: [] },
    ];
    expect(new Set([name, ...others.map(upstreamRoleName)]).size).toBe(5);
  });

  it('travels with the access that binds people to it, and only then', () => {
    const subjects = [{ user: 'ada', expiresAt: AT.getTime() / 1_000 + 60 }];
    const bindings = [{ clusterRole: upstreamRoleName(role), subjects }];
    const { bytes } = encodeUpstreamAccess({ bindings, roles: [role, { ...role, ceilings: ['view'] }] });
    expect(parseUpstreamAccess(bytes)).toEqual({ bindings, roles: [role] });
    expect(parseUpstreamAccess(encodeUpstreamAccess({ bindings: [], roles: [role] }).bytes)).toEqual({ bindings: [] });
  });

  for (const [what, roles] of [
    ['roles that are no list', {}],
    ['a role without rules', [{ ceilings: ['view'] }]],
    ['a ceiling that is no text', [{ ceilings: [1], rules: [] }]],
    ['a field of a role that is not known', [{ ceilings: ['view'], rules: [], aggregationRule: {} }]],
    ['a rule without verbs', [{ ceilings: ['view'], rules: [{ resources: ['pods'] }] }]],
    ['a field of a rule that is not known', [{ ceilings: ['view'], rules: [{ verbs: ['get'], namespaces: ['a'] }] }]],
    ['words that are no text', [{ ceilings: ['view'], rules: [{ verbs: ['get'], resources: [1] }] }]],
  ] as const) {
    it(`is not read from ${what}`, () => {
      const read = () => parseUpstreamAccess(Buffer.from(JSON.stringify({ bindings: [], roles })));
      expect(read).toThrow(expect.objectContaining({ code: 'ERR_UPSTREAM_ACCESS_MALFORMED' }));
    });
  }

  const problemOf = (roles: readonly UpstreamRole[], generatedRules = true) =>
    describeUpstreamAccessProblem(
      { bindings: [], roles },
      { clusterRoles: ['view', 'edit'], generatedRules, at: AT, byteCount: 1 },
    );

  it('is refused where it was not opted into, and beyond the limits', () => {
    expect(problemOf([role])).toBeUndefined();
    expect(problemOf([role], false)).toMatch(/not opted into/);
    expect(problemOf(Array.from({ length: 101 }, () => role))).toBe('it has 101 roles, limit is 100');
    expect(problemOf([{ ...role, rules: Array.from({ length: 257 }, () => pods) }])).toBe(
      'a role has 257 rules, limit is 256',
    );
    expect(problemOf([{ ...role, ceilings: [] }])).toBe('a role narrows no ClusterRole');
    expect(problemOf([{ ...role, ceilings: ['view', 'cluster-admin'] }])).toMatch(/cluster-admin.*not one that may be/);
    const subjects = [{ user: 'ada', expiresAt: AT.getTime() / 1_000 + 60 }];
    const bounds = { clusterRoles: ['view'], generatedRules: true, at: AT, byteCount: 1 };
    expect(describeUpstreamAccessProblem({ bindings: [{ clusterRole: 'rules-0', subjects }] }, bounds)).toMatch(
      /"rules-0" is not one that may be bound/,
    );
  });

  for (const verb of ['*', 'escalate', 'bind', 'impersonate', 'impersonate:user-info', 'use', 'approve', '']) {
    it(`never has the verb ${JSON.stringify(verb)}`, () => {
      const rule = { verbs: ['get', verb], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] };
      expect(problemOf([{ ...role, rules: [rule] }])).toMatch(/a rule has .* verb/);
    });
  }

  it('reads paths that are no resources, and does nothing else to them', () => {
    expect(describeUpstreamRuleProblem({ verbs: ['get', 'head'], nonResourceURLs: ['/metrics', '/logs/*', '*'] })).toBe(
      undefined,
    );
    expect(describeUpstreamRuleProblem({ verbs: ['create'], nonResourceURLs: ['/logs'] })).toMatch(/verb "create"/);
    for (const path of ['metrics', '/a*b', '/ ']) {
      expect(describeUpstreamRuleProblem({ verbs: ['get'], nonResourceURLs: [path] })).toMatch(/a rule has /);
    }
    expect(describeUpstreamRuleProblem({ ...pods, verbs: ['get'], nonResourceURLs: ['/metrics'] })).toMatch(
      /on paths and/,
    );
  });

  it('has words in every list that it has', () => {
    expect(describeUpstreamRuleProblem({ ...pods, resourceNames: [] })).toMatch(/0 resourceNames/);
    expect(describeUpstreamRuleProblem({ ...pods, resources: ['a\nb'] })).toMatch(/among its resources/);
    expect(describeUpstreamRuleProblem({ verbs: ['get'], resources: ['pods'] })).toBe('a rule is on nothing');
  });
});
