import {
  type BindingId,
  type Cluster,
  type ClusterId,
  type LabelSelector,
  LOCAL_ISSUER,
  matchLabelSelector,
  type OrganizationId,
  type Principal,
  type PrincipalId,
  type ProjectId,
  type RoleId,
} from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requiredActions } from './action.ts';
import { coversCeiling } from './authority/ceiling.ts';
import { describeExcess } from './authority/describe-excess.ts';
import { compilePolicy } from './compile-policy.ts';
import { evaluate } from './evaluate.ts';
import { matchRule } from './match-rule.ts';
import { createPermissionIndex } from './permission-index.ts';
import type { PermissionTarget } from './permission-target.ts';
import type { Binding, Role, Rule, Scope } from './policy.ts';
import type { AccessQuery } from './query.ts';
import { type EffectiveSettings, resolveSettings } from './settings.ts';
import { aCluster, aPrincipal, aResourceRequest } from './testing/fixtures.ts';

// Few values of each kind, and one organization far more often than the other, so that documents and queries meet.
const HOME = 'org-a' as OrganizationId;
const ORGANIZATIONS = [HOME, HOME, HOME, HOME, HOME, HOME, 'org-b'] as OrganizationId[];
const PROJECTS = ['prj-1', 'prj-2'] as ProjectId[];
const PRINCIPALS = ['prn-1', 'prn-2'] as PrincipalId[];
const ROLES = ['rol-1', 'rol-2', 'rol-3', 'rol-4'] as RoleId[];
const ISSUERS = ['https://a', 'https://b', LOCAL_ISSUER];
const GROUPS = ['dev', 'ops', 'dev,ops'];
const CEILINGS = ['sallyport:view', 'sallyport:edit', 'sallyport:admin', 'sallyport:dba'];
const PERMISSIONS = ['clusters.read', 'users.read', 'secrets.read'];
const VERBS = ['get', 'list', 'create', 'patch', '*'];
const RESOURCES = ['pods', 'pods/log', 'pods/exec', 'pods/ephemeralcontainers', '*/log', 'secrets', '*'];
const NAMESPACES = ['shop', 'bank'];
const NAMESPACE_LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shop: { tier: 'front' },
  bank: {},
};
const CLUSTERS: readonly Cluster[] = [
  aCluster({
    id: 'clu-1' as ClusterId,
    organizationId: HOME,
    projectId: 'prj-1' as ProjectId,
    labels: { env: 'prod' },
  }),
  aCluster({
    id: 'clu-2' as ClusterId,
    organizationId: HOME,
    projectId: 'prj-2' as ProjectId,
    sharedWithProjectIds: ['prj-1' as ProjectId],
    labels: { env: 'dev' },
  }),
  aCluster({ id: 'clu-3' as ClusterId, organizationId: HOME }),
];
const SECRETS_KEPT = resolveSettings([{ level: 'organization', name: 'a', settings: { secretsForAdminsOnly: true } }]);

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
      ceilingGroups: fc.subarray(CEILINGS),
      permissions: fc.subarray(PERMISSIONS),
      rules: fc.option(fc.array(aRule, { maxLength: 2 }), { nil: undefined }),
    })
    .map(({ rules, ...role }) => ({ id, name: id, ...role, ...(rules && { rules }) }));
const someRoles = fc.tuple(...ROLES.map(aRoleOf)).chain((roles) => fc.subarray(roles));

const aSelector = (key: string, value: string): fc.Arbitrary<LabelSelector> =>
  fc.constantFrom(
    { matchLabels: { [key]: value } },
    { matchExpressions: [{ key, operator: 'NotIn', values: [value] }] },
    {},
  );
const narrowing = fc.option(
  fc.oneof(
    fc.record({ kind: fc.constant('names' as const), names: fc.subarray(NAMESPACES) }),
    fc.record({ kind: fc.constant('selector' as const), selector: aSelector('tier', 'front') }),
  ),
  { nil: undefined, freq: 2 },
);
const places = fc.oneof(
  fc.record({ kind: fc.constant('organization' as const) }),
  fc.record({ kind: fc.constant('projects' as const), projectIds: fc.subarray(PROJECTS) }),
  fc.record({ kind: fc.constant('clusters' as const), clusterIds: fc.subarray(CLUSTERS.map(({ id }) => id)) }),
  fc.record({ kind: fc.constant('clusterSelector' as const), selector: aSelector('env', 'prod') }),
);
const aScope: fc.Arbitrary<Scope> = fc.oneof(
  { arbitrary: fc.constant({ kind: 'installation' as const }), weight: 1 },
  {
    arbitrary: fc
      .tuple(places, narrowing)
      .map(([place, namespaces]) => ({ ...place, ...(namespaces && { namespaces }) })),
    weight: 12,
  },
);
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
        { minLength: 1, maxLength: 4 },
      ),
      scope: aScope,
    }),
    { maxLength: 12 },
  )
  .map((bindings) => bindings.map((binding, i) => ({ id: `bnd-${i}` as BindingId, ...binding })));
const somebody: fc.Arbitrary<Principal> = fc
  .record({
    id: fc.constantFrom(...PRINCIPALS),
    organizationId: fc.constantFrom(...ORGANIZATIONS),
    issuer: fc.constantFrom(...ISSUERS),
    groups: fc.subarray(GROUPS),
    localGroups: fc.subarray(GROUPS),
    isDisabled: fc.constantFrom(false, false, false, true),
  })
  .map(aPrincipal);
const aRequest = fc
  .record({
    verb: fc.constantFrom('get', 'list', 'create', 'patch', 'watch'),
    resource: fc.constantFrom('pods', 'secrets'),
    subresource: fc.constantFrom('', 'log', 'exec', 'ephemeralcontainers'),
    namespace: fc.constantFrom('', ...NAMESPACES),
  })
  .map(aResourceRequest);
const aQuery: fc.Arbitrary<AccessQuery> = fc
  .record({
    principal: somebody,
    cluster: fc.constantFrom(...CLUSTERS),
    organizationId: fc.constantFrom(...ORGANIZATIONS),
    attributes: aRequest,
    knowsLabels: fc.boolean(),
    keepsSecrets: fc.boolean(),
  })
  .map(({ principal, cluster, organizationId, attributes, knowsLabels, keepsSecrets }) =>
    query(principal, { ...cluster, organizationId }, attributes, knowsLabels, keepsSecrets),
  );

function query(
  principal: Principal,
  cluster: Cluster,
  attributes: AccessQuery['attributes'],
  knowsLabels = true,
  keepsSecrets = false,
): AccessQuery {
  const labels = attributes.kind === 'resource' ? NAMESPACE_LABELS[attributes.namespace] : undefined;
  const settings: EffectiveSettings | undefined = keepsSecrets ? SECRETS_KEPT : undefined;
  return {
    principal,
    cluster,
    attributes,
    at: new Date(0),
    ...(knowsLabels && labels && { namespaceLabels: labels }),
    ...(settings && { settings }),
  };
}

/** The same question answered the slow way: every binding in turn. `undefined` is a denial. */
function scan(roles: readonly Role[], bindings: readonly Binding[], asked: AccessQuery): string[] | undefined {
  const { principal, cluster, attributes } = asked;
  const groups: string[][] = [];
  for (const binding of bindings) {
    const role = roles.find(({ id }) => id === binding.roleId);
    if (role === undefined || principal.isDisabled) continue;
    const { organizationId } = principal;
    if (![cluster, binding, role].every((document) => document.organizationId === organizationId)) continue;
    const selected = binding.subjects.some((subject) => {
      if (subject.kind === 'principal') return subject.id === principal.id;
      if (subject.issuer === LOCAL_ISSUER) return principal.localGroups?.includes(subject.name);
      return subject.issuer === principal.issuer && principal.groups.includes(subject.name);
    });
    const { rules } = role;
    const actions = requiredActions(attributes);
    const covered = rules === undefined || actions.every((action) => rules.some((rule) => matchRule(rule, action)));
    const mayRead = asked.settings === undefined || !isSecretsRead(asked) || role.permissions.includes('secrets.read');
    if (selected && reaches(binding.scope, asked) && covered && mayRead) groups.push([...role.ceilingGroups]);
  }
  const all = new Set(groups.flat());
  return all.size === 0 ? undefined : [...all].sort();
}

function isSecretsRead({ attributes }: AccessQuery): boolean {
  return attributes.kind === 'resource' && attributes.resource === 'secrets' && attributes.verb !== 'create';
}

function reaches(scope: Scope, { cluster, attributes, namespaceLabels }: AccessQuery): boolean {
  const { projectId, sharedWithProjectIds = [] } = cluster;
  const projectIds = [...(projectId === undefined ? [] : [projectId]), ...sharedWithProjectIds];
  if (scope.kind === 'installation') return false;
  if (scope.kind === 'projects' && !projectIds.some((id) => scope.projectIds.includes(id))) return false;
  if (scope.kind === 'clusters' && !scope.clusterIds.includes(cluster.id)) return false;
  if (scope.kind === 'clusterSelector' && !matchLabelSelector(scope.selector, cluster.labels)) return false;
  const { namespaces } = scope;
  if (namespaces === undefined) return true;
  const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
  if (namespace === '') return false;
  if (namespaces.kind === 'names') return namespaces.names.includes(namespace);
  return namespaceLabels !== undefined && matchLabelSelector(namespaces.selector, namespaceLabels);
}

const groupsOf = (roles: readonly Role[], bindings: readonly Binding[], asked: AccessQuery) => {
  const decision = evaluate(compilePolicy({ roles, bindings }, 1), asked);
  return decision.effect === 'allow' ? decision.impersonate.groups : undefined;
};

const TARGETS: readonly PermissionTarget[] = [
  { kind: 'installation' },
  { kind: 'organization', organizationId: HOME },
  ...PROJECTS.map((projectId) => ({ kind: 'project', organizationId: HOME, projectId }) as const),
  ...CLUSTERS.map((cluster) => ({ kind: 'cluster', cluster }) as const),
];

const permissionsOf = (roles: readonly Role[], bindings: readonly Binding[], principal: Principal) => {
  const index = createPermissionIndex(compilePolicy({ roles, bindings }, 1));
  return TARGETS.map((target) => [...index.permissionsOf(principal, target)].sort());
};

describe('any policy and any query', () => {
  it('decides as a scan of all bindings does', () => {
    let allowed = 0;
    fc.assert(
      fc.property(someRoles, someBindings, aQuery, (roles, bindings, asked) => {
        const want = scan(roles, bindings, asked);
        if (want !== undefined) allowed += 1;
        expect(groupsOf(roles, bindings, asked)).toEqual(want);
      }),
      { numRuns: 5_000 },
    );
    // Otherwise the property would hold by denying everything.
    expect(allowed).toBeGreaterThan(100);
  });

  it('never allows without a binding that selects the principal', () => {
    fc.assert(
      fc.property(someRoles, someBindings, aQuery, (roles, bindings, asked) => {
        const { id, issuer, groups, localGroups = [] } = asked.principal;
        const others = bindings.map((binding) => ({
          ...binding,
          subjects: binding.subjects.filter((subject) => {
            if (subject.kind === 'principal') return subject.id !== id;
            const named = subject.issuer === LOCAL_ISSUER ? localGroups : subject.issuer === issuer ? groups : [];
            return !named.includes(subject.name);
          }),
        }));
        expect(groupsOf(roles, others, asked)).toBeUndefined();
        expect(permissionsOf(roles, others, asked.principal).flat()).toEqual([]);
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
      fc.property(shuffled, aQuery, ([documents, reordered], asked) => {
        expect(evaluate(compilePolicy(reordered, 1), asked)).toEqual(evaluate(compilePolicy(documents, 1), asked));
        expect(permissionsOf(reordered.roles, reordered.bindings, asked.principal)).toEqual(
          permissionsOf(documents.roles, documents.bindings, asked.principal),
        );
      }),
    );
  });

  it('never takes anything away when a binding is added', () => {
    fc.assert(
      fc.property(someRoles, someBindings, someBindings, aQuery, (roles, bindings, more, asked) => {
        const all = [...bindings, ...more.map((binding) => ({ ...binding, id: `${binding.id}-more` as BindingId }))];
        const before = groupsOf(roles, bindings, asked);
        if (before !== undefined) expect(groupsOf(roles, all, asked)).toEqual(expect.arrayContaining([...before]));
        const held = permissionsOf(roles, all, asked.principal);
        for (const [i, permissions] of permissionsOf(roles, bindings, asked.principal).entries()) {
          expect(held[i]).toEqual(expect.arrayContaining(permissions));
        }
      }),
    );
  });

  it('SEC-E10 decides in one organization as if there were no other', () => {
    fc.assert(
      fc.property(someRoles, someBindings, aQuery, (roles, bindings, asked) => {
        const isOwn = (document: { readonly organizationId: OrganizationId }) =>
          document.organizationId === asked.principal.organizationId;
        const alone = evaluate(
          compilePolicy({ roles: roles.filter(isOwn), bindings: bindings.filter(isOwn) }, 1),
          asked,
        );
        expect(evaluate(compilePolicy({ roles, bindings }, 1), asked)).toEqual(alone);
        if (!isOwn(asked.cluster)) expect(alone.effect).toBe('deny');
      }),
    );
  });

  it('lists what it permits and nothing else', () => {
    fc.assert(
      fc.property(someRoles, someBindings, somebody, (roles, bindings, principal) => {
        const index = createPermissionIndex(compilePolicy({ roles, bindings }, 1));
        for (const permission of PERMISSIONS) {
          const visible = index.visible(principal, permission);
          for (const target of TARGETS) {
            const isPermitted = index.permits(principal, permission, target);
            expect(index.permissionsOf(principal, target).has(permission)).toBe(isPermitted);
            if (target.kind === 'installation' || principal.organizationId !== HOME) continue;
            const isVisible =
              visible === 'all' ||
              (target.kind === 'project' && visible.projectIds.has(target.projectId)) ||
              (target.kind === 'cluster' && visible.includesCluster(target.cluster));
            expect(isVisible).toBe(isPermitted);
          }
        }
      }),
    );
  });
});

/** Every request over the words of the rules. */
const REQUESTS = ['get', 'list', 'create', 'patch', 'watch'].flatMap((verb) =>
  ['pods', 'secrets'].flatMap((resource) =>
    ['', 'log', 'exec', 'ephemeralcontainers'].flatMap((subresource) =>
      ['', ...NAMESPACES].map((namespace) => aResourceRequest({ verb, resource, subresource, namespace })),
    ),
  ),
);

describe('authority over any policy', () => {
  const grantor = aPrincipal({ id: PRINCIPALS[0] as PrincipalId, organizationId: HOME });
  const toGrantor = (roleId: RoleId, scope: Scope, id: string): Binding => ({
    id: id as BindingId,
    organizationId: HOME,
    roleId,
    subjects: [{ kind: 'principal', id: grantor.id }],
    scope,
  });
  const homeRoles = fc
    .tuple(...ROLES.map(aRoleOf))
    .map((roles) => roles.map((role) => ({ ...role, organizationId: HOME })));
  const held = fc
    .array(fc.tuple(fc.constantFrom(...ROLES), aScope), { minLength: 1, maxLength: 6 })
    .map((all) => all.map(([roleId, scope], i) => toGrantor(roleId, scope, `bnd-${i}`)));
  const recordsOf = (roles: readonly Role[], bindings: readonly Binding[]) => ({
    policy: compilePolicy({ roles, bindings }, 1),
    clusters: new Map(CLUSTERS.map((cluster) => [cluster.id, cluster])),
    principals: new Map([[grantor.id, grantor]]),
    projects: new Map(),
  });

  it('lets nobody hand out what they could not do themselves', () => {
    let given = 0;
    fc.assert(
      fc.property(homeRoles, held, aScope, fc.constantFrom(...ROLES), (roles, bindings, scope, roleId) => {
        const role = roles.find(({ id }) => id === roleId) as Role;
        if (describeExcess(recordsOf(roles, bindings), grantor, { kind: 'binding', role, scope }).length > 0) return;
        const after = [...bindings, toGrantor(roleId, scope, 'bnd-gift')];
        const gift = [toGrantor(roleId, scope, 'bnd-gift')];
        if (permissionsOf(roles, gift, grantor).flat().length > 0) given += 1;
        expect(permissionsOf(roles, after, grantor)).toEqual(permissionsOf(roles, bindings, grantor));
        const [before, with_] = [compilePolicy({ roles, bindings }, 1), compilePolicy({ roles, bindings: after }, 1)];
        for (const cluster of CLUSTERS) {
          for (const request of REQUESTS) {
            for (const keepsSecrets of [false, true]) {
              const asked = query(grantor, cluster, request, true, keepsSecrets);
              const more = evaluate(with_, asked);
              if (more.effect === 'deny') continue;
              const own = evaluate(before, asked);
              const groups = own.effect === 'allow' ? own.impersonate.groups : [];
              expect(more.impersonate.groups.filter((group) => !coversCeiling(groups, group))).toEqual([]);
            }
          }
        }
      }),
      { numRuns: 1_500 },
    );
    expect(given).toBeGreaterThan(50);
  });

  it('finds no excess in what the grantor holds', () => {
    fc.assert(
      fc.property(homeRoles, held, (roles, bindings) => {
        const records = recordsOf(roles, bindings);
        for (const { compiledRole, binding, scope } of records.policy.bindingsOf(grantor)) {
          if (compiledRole.problem !== undefined || scope.problem !== undefined) continue;
          const gift = { kind: 'binding', role: compiledRole.role, scope: binding.scope } as const;
          expect(describeExcess(records, grantor, gift)).toEqual([]);
        }
        expect(describeExcess(records, grantor, { kind: 'identity', principal: grantor })).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
