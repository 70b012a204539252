import {
  type AccessLimits,
  type AccessPolicyId,
  type BindingId,
  type Cluster,
  type ClusterId,
  type LabelSelector,
  LOCAL_ISSUER,
  type OrganizationId,
  PRIVILEGES,
  type Principal,
  type PrincipalId,
  type ProjectId,
  type RoleId,
} from '@sallyport/core';
import fc from 'fast-check';
import type { PermissionTarget } from '../permission-target.ts';
import type { AccessPolicy, Binding, Role, Rule, Scope, Subject } from '../policy.ts';
import type { AccessQuery, RequestContent } from '../query.ts';
import { type EffectiveSettings, resolveSettings } from '../settings.ts';
import { aCluster, aPrincipal, aResourceRequest } from '../testing/fixtures.ts';

// Few values of each kind, and one organization far more often than the other, so that documents and queries meet.
export const HOME = 'org-a' as OrganizationId;
export const ORGANIZATIONS = [HOME, HOME, HOME, HOME, HOME, HOME, 'org-b'] as OrganizationId[];
export const PROJECTS = ['prj-1', 'prj-2'] as ProjectId[];
export const PRINCIPALS = ['prn-1', 'prn-2'] as PrincipalId[];
export const ROLES = ['rol-1', 'rol-2', 'rol-3', 'rol-4'] as RoleId[];
export const ISSUERS = ['https://a', 'https://b', LOCAL_ISSUER];
export const GROUPS = ['dev', 'ops', 'dev,ops'];
export const CEILINGS = ['sallyport:view', 'sallyport:edit', 'sallyport:admin', 'sallyport:dba'];
export const PERMISSIONS = ['clusters.read', 'users.read', 'secrets.read'];
export const VERBS = ['get', 'list', 'create', 'patch', '*'];
export const RESOURCES = ['pods', 'pods/log', 'pods/exec', 'pods/ephemeralcontainers', '*/log', 'secrets', '*'];
export const NAMESPACES = ['shop', 'bank'];
export const NAMESPACE_LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shop: { tier: 'front' },
  bank: {},
};
export const CLUSTERS: readonly Cluster[] = [
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
export const SECRETS_KEPT = resolveSettings([
  { level: 'organization', name: 'a', settings: { secretsForAdminsOnly: true } },
]);

/** Names of objects. */
export const NAMES = ['a', 'b'];

const SUBJECTS: readonly Subject[] = [
  ...PRINCIPALS.map((id): Subject => ({ kind: 'principal', id })),
  { kind: 'group', issuer: 'https://a', name: 'dev' },
  { kind: 'group', issuer: LOCAL_ISSUER, name: 'ops' },
];

const some = <Value>(values: readonly Value[]) => fc.subarray([...values], { minLength: 1 });
const aRule: fc.Arbitrary<Rule> = fc
  .record({
    verbs: some(VERBS),
    resources: some(RESOURCES),
    namespaces: fc.option(some(NAMESPACES), { nil: undefined }),
  })
  .map(({ namespaces, ...rule }) => ({ ...rule, apiGroups: [''], ...(namespaces && { namespaces }) }));
export const aRoleOf = (id: RoleId): fc.Arbitrary<Role> =>
  fc
    .record({
      organizationId: fc.constantFrom(...ORGANIZATIONS),
      ceilingGroups: fc.subarray(CEILINGS),
      permissions: fc.subarray(PERMISSIONS),
      rules: fc.option(fc.array(aRule, { maxLength: 2 }), { nil: undefined }),
    })
    .map(({ rules, ...role }) => ({ id, name: id, ...role, ...(rules && { rules }) }));
const aLabelSelector = fc.constantFrom<LabelSelector>(
  { matchLabels: { team: 'web' } },
  { matchLabels: { team: 'db' } },
);
const aReadingRule: fc.Arbitrary<Rule> = fc
  .record({
    verbs: some(['get', 'list', 'watch']),
    resources: some(['pods', 'secrets', '*']),
    resourceNames: fc.option(some(NAMES), { nil: undefined }),
    namespaces: fc.option(some(NAMESPACES), { nil: undefined }),
    labelSelector: fc.option(aLabelSelector, { nil: undefined, freq: 2 }),
  })
  .map(({ resourceNames, namespaces, labelSelector, ...rule }) => ({
    ...rule,
    apiGroups: ['*'],
    ...(resourceNames && { resourceNames }),
    ...(namespaces && { namespaces }),
    ...(labelSelector && { labelSelector }),
  }));
const someLimits: fc.Arbitrary<AccessLimits | undefined> = fc.option(
  fc
    .record({
      requestsPerSecond: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      concurrentStreams: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    })
    .map(({ requestsPerSecond, concurrentStreams }) => ({
      ...(requestsPerSecond !== undefined && { requestsPerSecond }),
      ...(concurrentStreams !== undefined && { concurrentStreams }),
    })),
  { nil: undefined },
);
/** Roles with everything that roles have. */
export const aRichRoleOf = (id: RoleId): fc.Arbitrary<Role> =>
  fc
    .tuple(
      aRoleOf(id),
      fc.record({
        organizationId: fc.constant(HOME),
        ceilingGroups: some(CEILINGS),
        privileges: fc.subarray([...PRIVILEGES]),
        filterLists: fc.boolean(),
        limits: someLimits,
        reading: fc.array(aReadingRule, { maxLength: 2 }),
      }),
    )
    .map(([role, { reading, limits, ...more }]) => ({
      ...role,
      ...more,
      ...(role.rules && { rules: [...role.rules, ...reading] }),
      ...(limits && { limits }),
    }));
export const richRoles = fc.tuple(...ROLES.map(aRichRoleOf));

export const someRoles = fc.tuple(...ROLES.map(aRoleOf)).chain((roles) => fc.subarray(roles));

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
export const aScope: fc.Arbitrary<Scope> = fc.oneof(
  { arbitrary: fc.constant({ kind: 'installation' as const }), weight: 1 },
  {
    arbitrary: fc
      .tuple(places, narrowing)
      .map(([place, namespaces]) => ({ ...place, ...(namespaces && { namespaces }) })),
    weight: 12,
  },
);
export const someBindings: fc.Arbitrary<Binding[]> = fc
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

/** Holds, does not hold, fails, depends on the request, can't be compiled. */
const aCondition = fc.option(
  fc.constantFrom('true', 'false', 'session.acr == "high"', 'request.namespace == "shop"', 'nonsense('),
  { nil: undefined, freq: 2 },
);
/** Bindings of the home organization that mostly reach, with conditions. */
export const richBindings: fc.Arbitrary<Binding[]> = fc
  .array(
    fc.record({
      roleId: fc.constantFrom(...ROLES),
      subjects: fc.subarray([...SUBJECTS], { minLength: 2 }),
      scope: fc.oneof(fc.constant({ kind: 'organization' } as const), aScope),
      condition: aCondition,
    }),
    { maxLength: 8 },
  )
  .map((bindings) =>
    bindings.map(({ condition, ...binding }, i) => ({
      id: `bnd-${i}` as BindingId,
      organizationId: HOME,
      ...binding,
      ...(condition !== undefined && { condition }),
    })),
  );
const aPolicyRule: fc.Arbitrary<Rule> = fc
  .record({
    verbs: some(VERBS),
    resources: some(RESOURCES),
    namespaces: fc.option(some(NAMESPACES), { nil: undefined }),
    resourceNames: fc.option(some(NAMES), { nil: undefined, freq: 2 }),
  })
  .map(({ namespaces, resourceNames, ...rule }) => ({
    ...rule,
    apiGroups: ['*'],
    ...(namespaces && { namespaces }),
    ...(resourceNames && { resourceNames }),
  }));
export const somePolicies: fc.Arbitrary<AccessPolicy[]> = fc
  .array(
    fc.record({
      subjects: fc.oneof(fc.constant('everyone' as const), fc.subarray([...SUBJECTS])),
      scope: aScope,
      deny: fc.array(
        fc
          .record({
            rules: fc.option(fc.array(aPolicyRule, { minLength: 1, maxLength: 2 }), { nil: undefined }),
            privileges: fc.subarray([...PRIVILEGES], { maxLength: 2 }),
            condition: aCondition,
          })
          .map(({ rules, condition, ...deny }) => ({
            ...deny,
            ...(rules && { rules }),
            ...(condition && { condition }),
          })),
        { maxLength: 2 },
      ),
      require: fc.array(
        fc.record({
          rules: fc.array(aPolicyRule, { minLength: 1, maxLength: 1 }),
          obligations: fc.subarray<'record' | 'maskSecrets'>(['record', 'maskSecrets']),
        }),
        { maxLength: 1 },
      ),
      limits: someLimits,
    }),
    { maxLength: 2 },
  )
  .map((policies) =>
    policies.map(({ limits, ...policy }, i) => ({
      id: `pol-${i}` as AccessPolicyId,
      organizationId: HOME,
      name: `pol-${i}`,
      ...policy,
      ...(limits && { limits }),
    })),
  );
export const somebody: fc.Arbitrary<Principal> = fc
  .record({
    id: fc.constantFrom(...PRINCIPALS),
    organizationId: fc.constantFrom(...ORGANIZATIONS),
    issuer: fc.constantFrom(...ISSUERS),
    groups: fc.subarray(GROUPS),
    localGroups: fc.subarray(GROUPS),
    isDisabled: fc.constantFrom(false, false, false, true),
  })
  .map(aPrincipal);
export const aRequest = fc
  .record({
    verb: fc.constantFrom('get', 'list', 'create', 'patch', 'watch'),
    resource: fc.constantFrom('pods', 'secrets'),
    subresource: fc.constantFrom('', 'log', 'exec', 'ephemeralcontainers'),
    namespace: fc.constantFrom('', ...NAMESPACES),
  })
  .map(aResourceRequest);
export const aQuery: fc.Arbitrary<AccessQuery> = fc
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

export function query(
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

/** Requests of all kinds that decisions tell apart, by somebody of the home organization. */
export const aRichQuery: fc.Arbitrary<AccessQuery> = fc
  .record({
    principal: somebody,
    cluster: fc.constantFrom(...CLUSTERS),
    verb: fc.constantFrom('get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'),
    target: fc.constantFrom<readonly [string, string, string]>(
      ['', 'pods', ''],
      ['', 'pods', ''],
      ['', 'secrets', ''],
      ['', 'secrets', ''],
      ['', 'pods', 'log'],
      ['', 'pods', 'exec'],
      ['', 'pods', 'ephemeralcontainers'],
      ['', 'nodes', 'proxy'],
      ['', 'namespaces', ''],
      ['', 'serviceaccounts', 'token'],
      ['example.com', 'rollouts', ''],
      ['rbac.authorization.k8s.io', 'roles', ''],
    ),
    namespace: fc.constantFrom('', ...NAMESPACES),
    name: fc.constantFrom('', ...NAMES),
    knowsLabels: fc.boolean(),
    keepsSecrets: fc.constantFrom(false, false, true),
  })
  .map(({ principal, cluster, verb, target, namespace, name, knowsLabels, keepsSecrets }) => {
    const [apiGroup, resource, subresource] = target;
    const attributes = aResourceRequest({ verb, apiGroup, resource, subresource, namespace, name });
    return query(
      { ...principal, organizationId: HOME, isDisabled: false },
      cluster,
      attributes,
      knowsLabels,
      keepsSecrets,
    );
  });

/** What a body may say, of what requests ask about. */
export const someContent: fc.Arbitrary<RequestContent> = fc.record({
  privileges: fc.subarray([
    { privilege: 'privilegedPods', at: 'spec.hostNetwork' } as const,
    { privilege: 'serviceAccountTokens', at: 'type' } as const,
  ]),
  mayCreate: fc.boolean(),
  holdsMask: fc.boolean(),
});

/** A body that says nothing that matters. */
export const PLAIN_CONTENT: RequestContent = { privileges: [], mayCreate: false, holdsMask: false };

/** Everything that a platform permission can be asked for. */
export const TARGETS: readonly PermissionTarget[] = [
  { kind: 'installation' },
  { kind: 'organization', organizationId: HOME },
  ...PROJECTS.map((projectId) => ({ kind: 'project', organizationId: HOME, projectId }) as const),
  ...CLUSTERS.map((cluster) => ({ kind: 'cluster', cluster }) as const),
];
