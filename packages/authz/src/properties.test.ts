import type { BindingId, ClusterId, OrganizationId, PrincipalId, RoleId } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requiredActions } from './action.ts';
import { compilePolicy } from './compile-policy.ts';
import { evaluate } from './evaluate.ts';
import { matchRule } from './match-rule.ts';
import type { Binding, Role, Rule } from './policy.ts';
import type { AccessQuery } from './query.ts';
import { aCluster, aPrincipal, aResourceRequest } from './testing/fixtures.ts';

// Few values of each kind, and one organization far more often than the other, so that documents and queries meet.
const ORGANIZATIONS = ['org-a', 'org-a', 'org-a', 'org-a', 'org-b'] as OrganizationId[];
const CLUSTERS = ['clu-1', 'clu-2', 'clu-3'] as ClusterId[];
const PRINCIPALS = ['prn-1', 'prn-2'] as PrincipalId[];
const ROLES = ['rol-1', 'rol-2', 'rol-3', 'rol-4'] as RoleId[];
const ISSUERS = ['https://a', 'https://b'];
const GROUPS = ['dev', 'ops', 'dev,ops'];
const VERBS = ['get', 'list', 'create', 'patch', '*'];
const RESOURCES = ['pods', 'pods/log', 'pods/exec', 'pods/ephemeralcontainers', '*/log', 'secrets', '*'];
const NAMESPACES = ['shop', 'bank'];

const some = <Value>(values: readonly Value[]) => fc.subarray([...values], { minLength: 1 });
const aRule: fc.Arbitrary<Rule> = fc
  .record({
    verbs: some(VERBS),
    resources: some(RESOURCES),
    namespaces: fc.option(some(NAMESPACES), { nil: undefined }),
  })
  .map(({ namespaces, ...rule }) => ({ ...rule, apiGroups: [''], ...(namespaces && { namespaces }) }));
const aRoleOf = (id: RoleId): fc.Arbitrary<Role> =>
  fc
    .record({
      organizationId: fc.constantFrom(...ORGANIZATIONS),
      ceilingGroups: fc.subarray(['sallyport:view', 'sallyport:edit', 'sallyport:admin']),
      rules: fc.option(fc.array(aRule, { maxLength: 2 }), { nil: undefined }),
    })
    .map(({ rules, ...role }) => ({ id, name: id, permissions: [], ...role, ...(rules && { rules }) }));
const someRoles = fc.tuple(...ROLES.map(aRoleOf)).chain((roles) => fc.subarray(roles));
const someBindings: fc.Arbitrary<Binding[]> = fc
  .array(
    fc.record({
      organizationId: fc.constantFrom(...ORGANIZATIONS),
      roleId: fc.constantFrom(...ROLES),
      subjects: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('principal' as const), id: fc.constantFrom(...PRINCIPALS) }),
          fc.record({
            kind: fc.constant('group' as const),
            issuer: fc.constantFrom(...ISSUERS),
            name: fc.constantFrom(...GROUPS),
          }),
        ),
        { maxLength: 3 },
      ),
      scope: fc.oneof(
        fc.constant({ kind: 'organization' as const }),
        fc.record({ kind: fc.constant('clusters' as const), clusterIds: fc.subarray(CLUSTERS) }),
      ),
    }),
    { maxLength: 8 },
  )
  .map((bindings) => bindings.map((binding, i) => ({ id: `bnd-${i}` as BindingId, ...binding })));
const aQuery: fc.Arbitrary<AccessQuery> = fc
  .record({
    principalId: fc.constantFrom(...PRINCIPALS),
    organizationId: fc.constantFrom(...ORGANIZATIONS),
    clusterOrganizationId: fc.constantFrom(...ORGANIZATIONS),
    issuer: fc.constantFrom(...ISSUERS),
    groups: fc.subarray(GROUPS),
    clusterId: fc.constantFrom(...CLUSTERS),
    verb: fc.constantFrom('get', 'list', 'create', 'patch', 'watch'),
    resource: fc.constantFrom('pods', 'secrets'),
    subresource: fc.constantFrom('', 'log', 'exec', 'ephemeralcontainers'),
    namespace: fc.constantFrom('', ...NAMESPACES),
  })
  .map(({ verb, resource, subresource, namespace, ...who }) => ({
    principal: aPrincipal({
      id: who.principalId,
      organizationId: who.organizationId,
      issuer: who.issuer,
      groups: who.groups,
    }),
    cluster: aCluster({ id: who.clusterId, organizationId: who.clusterOrganizationId }),
    attributes: aResourceRequest({ verb, resource, subresource, namespace }),
    at: new Date(0),
  }));

/** The same question answered the slow way: every binding in turn. `undefined` is a denial. */
function scan(roles: readonly Role[], bindings: readonly Binding[], query: AccessQuery): string[] | undefined {
  const { principal, cluster } = query;
  const groups: string[][] = [];
  for (const binding of bindings) {
    const role = roles.find(({ id }) => id === binding.roleId);
    if (role === undefined) continue;
    const { organizationId } = principal;
    if (![cluster, binding, role].every((document) => document.organizationId === organizationId)) continue;
    const selected = binding.subjects.some((subject) =>
      subject.kind === 'principal'
        ? subject.id === principal.id
        : subject.issuer === principal.issuer && principal.groups.includes(subject.name),
    );
    const { scope } = binding;
    const reached =
      scope.kind === 'organization' || (scope.kind === 'clusters' && scope.clusterIds.includes(cluster.id));
    const { rules } = role;
    const covered =
      rules === undefined ||
      requiredActions(query.attributes).every((action) => rules.some((rule) => matchRule(rule, action)));
    if (selected && reached && covered && role.ceilingGroups.length > 0) groups.push([...role.ceilingGroups]);
  }
  return groups.length === 0 ? undefined : [...new Set(groups.flat())].sort();
}

const groupsOf = (roles: readonly Role[], bindings: readonly Binding[], query: AccessQuery) => {
  const decision = evaluate(compilePolicy({ roles, bindings }, 1), query);
  return decision.effect === 'allow' ? decision.impersonate.groups : undefined;
};

describe('any policy and any query', () => {
  it('decides as a scan of all bindings does', () => {
    let allowed = 0;
    fc.assert(
      fc.property(someRoles, someBindings, aQuery, (roles, bindings, query) => {
        const want = scan(roles, bindings, query);
        if (want !== undefined) allowed += 1;
        expect(groupsOf(roles, bindings, query)).toEqual(want);
      }),
      { numRuns: 3_000 },
    );
    // Otherwise the property would hold by denying everything.
    expect(allowed).toBeGreaterThan(100);
  });

  it('never allows without a binding that selects the principal', () => {
    fc.assert(
      fc.property(someRoles, someBindings, aQuery, (roles, bindings, query) => {
        const others = bindings.map((binding) => ({
          ...binding,
          subjects: binding.subjects.filter((subject) =>
            subject.kind === 'principal'
              ? subject.id !== query.principal.id
              : subject.issuer !== query.principal.issuer || !query.principal.groups.includes(subject.name),
          ),
        }));
        expect(groupsOf(roles, others, query)).toBeUndefined();
      }),
    );
  });

  it('decides alike, reasons included, whatever the order of its documents', () => {
    const shuffled = fc.tuple(someRoles, someBindings).chain(([roles, bindings]) =>
      fc.tuple(
        fc.constant({ roles, bindings }),
        fc.record({
          roles: fc.shuffledSubarray(roles, { minLength: roles.length }),
          bindings: fc.shuffledSubarray(bindings, { minLength: bindings.length }),
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, aQuery, ([documents, reordered], query) => {
        expect(evaluate(compilePolicy(reordered, 1), query)).toEqual(evaluate(compilePolicy(documents, 1), query));
      }),
    );
  });

  it('never takes anything away when a binding is added', () => {
    fc.assert(
      fc.property(someRoles, someBindings, someBindings, aQuery, (roles, bindings, more, query) => {
        const added = more.map((binding) => ({ ...binding, id: `${binding.id}-more` as BindingId }));
        const before = groupsOf(roles, bindings, query);
        const after = groupsOf(roles, [...bindings, ...added], query);
        if (before !== undefined) expect(after).toEqual(expect.arrayContaining([...before]));
      }),
    );
  });
});
