import type {
  BindingId,
  Cluster,
  ClusterId,
  GrantId,
  OrganizationId,
  Principal,
  PrincipalId,
  RequestPolicyId,
  ResourceAttributes,
  RoleId,
} from '@sallyport/core';
import type { Binding, Grant, RequestPolicy, Role } from '../policy.ts';
import type { AccessQuery } from '../query.ts';

/** Makes an id that reads well in a test: `fixtureId('rol', 'v1ew')` is `rol_0000000000000000000000v1ew`. */
function fixtureId<Id extends string>(prefix: string, name: string): Id {
  return `${prefix}_${name.padStart(26, '0')}` as Id;
}

const ORGANIZATION_ID = fixtureId<OrganizationId>('org', '1');

/** A user of the fixture organization, in no group. */
export function aPrincipal(overrides: Partial<Principal> = {}): Principal {
  return {
    id: fixtureId<PrincipalId>('prn', 'ann'),
    organizationId: ORGANIZATION_ID,
    kind: 'user',
    issuer: 'https://idp.example.com',
    subjectClaim: 'ann',
    userName: 'ann@example.com',
    displayName: 'Ann',
    groups: [],
    ...overrides,
  };
}

/** A cluster of the fixture organization. */
export function aCluster(overrides: Partial<Cluster> = {}): Cluster {
  return {
    id: fixtureId<ClusterId>('clu', 'prd'),
    organizationId: ORGANIZATION_ID,
    name: 'production',
    labels: {},
    ...overrides,
  };
}

/** A role that passes the ceiling `sallyport:view` whole. */
export function aRole(overrides: Partial<Role> = {}): Role {
  return {
    id: fixtureId<RoleId>('rol', 'v1ew'),
    organizationId: ORGANIZATION_ID,
    name: 'view',
    ceilingGroups: ['sallyport:view'],
    permissions: [],
    ...overrides,
  };
}

/** A binding of {@link aRole} to {@link aPrincipal} in the whole organization. */
export function aBinding(overrides: Partial<Binding> = {}): Binding {
  return {
    id: fixtureId<BindingId>('bnd', '1'),
    organizationId: ORGANIZATION_ID,
    roleId: aRole().id,
    subjects: [{ kind: 'principal', id: aPrincipal().id }],
    scope: { kind: 'organization' },
    ...overrides,
  };
}

/** A grant of {@link aRole} to {@link aPrincipal} in the whole organization, for the first hour of 2026. */
export function aGrant(overrides: Partial<Grant> = {}): Grant {
  return {
    id: fixtureId<GrantId>('gnt', '1'),
    organizationId: ORGANIZATION_ID,
    principalId: aPrincipal().id,
    roleId: aRole().id,
    scope: { kind: 'organization' },
    startsAt: new Date('2026-01-01T00:00:00Z'),
    endsAt: new Date('2026-01-01T01:00:00Z'),
    ...overrides,
  };
}

/** Everybody may ask for {@link aRole} in the whole organization, for an hour, by one approval of whoever may review. */
export function aRequestPolicy(overrides: Partial<RequestPolicy> = {}): RequestPolicy {
  const hourMs = 3_600_000;
  return {
    id: fixtureId<RequestPolicyId>('rqp', '1'),
    organizationId: ORGANIZATION_ID,
    name: 'on-request',
    requesters: 'everyone',
    roleIds: [aRole().id],
    scope: { kind: 'organization' },
    maxDurationMs: hourMs,
    maxTotalDurationMs: 2 * hourMs,
    maxStartDelayMs: 24 * hourMs,
    pendingForMs: 24 * hourMs,
    steps: [{ reviewers: 'permitted', approvals: 1 }],
    ...overrides,
  };
}

/** Attributes of `get pods web-0` in namespace `shop`. */
export function aResourceRequest(overrides: Partial<Omit<ResourceAttributes, 'kind'>> = {}): ResourceAttributes {
  return {
    kind: 'resource',
    verb: 'get',
    apiGroup: '',
    apiVersion: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'shop',
    name: 'web-0',
    remainder: '',
    path: '/api/v1/namespaces/shop/pods/web-0',
    ...overrides,
  };
}

/** {@link aPrincipal} asks for {@link aResourceRequest} on {@link aCluster}. */
export function anAccessQuery(overrides: Partial<AccessQuery> = {}): AccessQuery {
  return {
    principal: aPrincipal(),
    cluster: aCluster(),
    attributes: aResourceRequest(),
    at: new Date('2026-01-01T00:00:00Z'),
    ...overrides,
  };
}
