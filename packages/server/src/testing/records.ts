import type { AccessPolicy, Binding, IssuedGrant, RequestPolicy, Role } from '@sallyport/authz';
import { type Cluster, createId, type Principal } from '@sallyport/core';
import { buildSnapshot } from '../build-snapshot.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Organization, RecordMetadata, SnapshotRecords } from '../stores/index.ts';

/** Records in the short form in which tests write them: what the store adds may be left out. */
export interface ShortRecords
  extends Partial<
    Omit<
      SnapshotRecords,
      'organizations' | 'principals' | 'clusters' | 'roles' | 'bindings' | 'accessPolicies' | 'requestPolicies'
    >
  > {
  readonly organizations?: readonly Organization[];
  readonly principals?: readonly Principal[];
  readonly clusters?: readonly Cluster[];
  readonly roles?: readonly Role[];
  readonly bindings?: readonly Binding[];
  readonly accessPolicies?: readonly AccessPolicy[];
  readonly requestPolicies?: readonly RequestPolicy[];
}

const METADATA: RecordMetadata = {
  labels: {},
  resourceVersion: 1,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  updatedAt: new Date('2026-01-01T00:00:00Z'),
};
const INSTALLATION = { id: createId('installation'), spec: {}, ...METADATA };

/** Completes records to what a snapshot is made of. Clusters without a project get one of their own organization. */
export function completeRecords(short: ShortRecords): SnapshotRecords {
  const {
    organizations = [],
    clusters = [],
    principals = [],
    roles = [],
    bindings = [],
    accessPolicies = [],
    requestPolicies = [],
    ...rest
  } = short;
  const projects =
    rest.projects ??
    organizations.map(({ id }) => ({
      ...METADATA,
      id: `prj_${id.slice(4)}` as SnapshotRecords['projects'][number]['id'],
      organizationId: id,
      name: 'default',
      spec: {},
    }));
  return {
    installation: [INSTALLATION],
    identityProviders: [],
    groups: [],
    loginSessions: [],
    revokedCredentials: [],
    notificationChannels: [],
    auditSinks: [],
    terminatedSessions: [],
    grants: [],
    agentCertificates: [],
    ...rest,
    accessPolicies: accessPolicies.map((policy) => ({ ...METADATA, ...policy })),
    requestPolicies: requestPolicies.map((policy) => ({ ...METADATA, ...policy })),
    organizations: organizations.map((organization) => ({ spec: {}, ...METADATA, ...organization })),
    projects,
    clusters: clusters.map((cluster) => ({
      spec: {},
      ...METADATA,
      projectId: `prj_${cluster.organizationId.slice(4)}` as SnapshotRecords['projects'][number]['id'],
      sharedWithProjectIds: [],
      ...cluster,
    })),
    principals: principals.map((principal) => ({ spec: {}, isDisabled: false, ...METADATA, ...principal })),
    roles: roles.map((role) => ({ isBuiltIn: false, ...METADATA, ...role })),
    bindings: bindings.map((binding) => ({ name: binding.id.replace('_', '-'), ...METADATA, ...binding })),
  };
}

/** A grant that is live for an hour from the instant at which fake clocks start. */
export function aGrant(
  of: Pick<IssuedGrant, 'organizationId' | 'principalId' | 'roleId'>,
  overrides: Partial<IssuedGrant> = {},
): IssuedGrant {
  const startsAt = new Date('2026-01-01T00:00:00Z');
  return {
    id: createId('grant', startsAt.getTime()),
    scope: { kind: 'organization' },
    startsAt,
    endsAt: new Date(startsAt.getTime() + 3_600_000),
    reason: 'to look into it',
    createdAt: startsAt,
    isBreakGlass: false,
    ...of,
    ...overrides,
  };
}

/** A snapshot of records, as the server builds it, at the instant at which fake clocks start unless another is given. */
export function aSnapshot(records: ShortRecords, version = 1, at = new Date('2026-01-01T00:00:00Z')): Snapshot {
  return buildSnapshot({ version, records: completeRecords(records), updates: {} }, at).snapshot;
}
