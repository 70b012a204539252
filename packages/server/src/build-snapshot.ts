import { compilePolicy, createAuthorizer, createPermissionIndex, type Policy, withGrants } from '@sallyport/authz';
import { type DerivedGrants, deriveGrants } from './derive-grants.ts';
import { type DerivedPrincipals, derivePrincipals } from './derive-principals.ts';
import { type RecordPart, updatePart } from './record-part.ts';
import { createRecordReader, type RecordIndexes, updateIndexes } from './record-reader.ts';
import type { Snapshot } from './snapshot.ts';
import type { SnapshotRead, SnapshotRecord, SnapshotTopic } from './stores/index.ts';
import type { RecordReader } from './stores/records.ts';
import { keyOfRecord, SNAPSHOT_TOPICS } from './stores/snapshot-topics.ts';

/** Live records of one instant, by topic. */
export type RecordParts = {
  readonly [Topic in SnapshotTopic]: RecordPart<SnapshotRecord<Topic>>;
};

/** A snapshot with what the next one is built from. */
export interface BuiltSnapshot {
  readonly snapshot: Snapshot;
  /** As they were read. */
  readonly stored: RecordParts;
  /** As decisions see them. */
  readonly parts: RecordParts;
  readonly principals: DerivedPrincipals;
  readonly grants: DerivedGrants;
  readonly indexes: RecordIndexes;
}

/**
 * Builds the snapshot after a read, as of an instant. What no change concerns is shared with `previous`: its maps, its indexes, and the
 * compiled policy, which costs a walk over every binding; a login leaves it as it is.
 */
export function buildSnapshot(read: SnapshotRead, at: Date, previous?: BuiltSnapshot): BuiltSnapshot {
  const applied = applyRead(read, previous?.stored);
  const grants = deriveGrants(applied.grants, at, previous?.grants);
  const stored: RecordParts = { ...applied, grants: grants.stored };
  const principals = derivePrincipals(stored, previous && { ...previous.principals, from: previous.stored });
  const parts: RecordParts = { ...stored, principals: principals.part, grants: grants.live };
  const indexes = updateIndexes(parts, previous && { indexes: previous.indexes, parts: previous.parts });
  const isSame = (topic: SnapshotTopic) => parts[topic].map === previous?.parts[topic].map;

  const before = previous?.snapshot;
  const roles = before !== undefined && isSame('roles') ? before.roles : [...parts.roles.map.values()];
  const bindings = before !== undefined && isSame('bindings') ? before.bindings : [...parts.bindings.map.values()];
  const accessPolicies =
    before !== undefined && isSame('accessPolicies') ? before.accessPolicies : [...parts.accessPolicies.map.values()];
  const isStandingKept =
    before?.roles === roles &&
    before.bindings === bindings &&
    before.accessPolicies === accessPolicies &&
    isSame('requestPolicies');
  const kept = isStandingKept ? before : undefined;
  const policy = policyOf({ roles, bindings, accessPolicies }, parts, kept, read.version);
  const reader = createRecordReader(parts, indexes);
  const snapshot: Snapshot = {
    ...reader,
    version: read.version,
    installation: onlyOne(parts.installation),
    organizations: mapOf(parts.organizations),
    projects: mapOf(parts.projects),
    clusters: mapOf(parts.clusters),
    identityProviders: mapOf(parts.identityProviders),
    principals: mapOf(parts.principals),
    groups: mapOf(parts.groups),
    loginSessions: mapOf(parts.loginSessions),
    revokedCredentials: mapOf(parts.revokedCredentials),
    terminatedSessions: mapOf(parts.terminatedSessions),
    agentCertificates: parts.agentCertificates.map,
    roles,
    bindings,
    accessPolicies,
    requestPolicies: mapOf(parts.requestPolicies),
    notificationChannels: mapOf(parts.notificationChannels),
    auditSinks: mapOf(parts.auditSinks),
    grants: mapOf(parts.grants),
    endedGrants: grants.ended as Snapshot['endedGrants'],
    findCluster: clusterFinder(reader),
    policy,
    // What grants give on Sallyport itself, they give as of an instant; without any, nothing depends on it.
    permissions:
      kept !== undefined && kept.grants.size === 0 && parts.grants.map.size === 0
        ? kept.permissions
        : createPermissionIndex(policy, at),
    authorize: createAuthorizer(policy),
  };
  return { snapshot, stored, parts, principals, grants, indexes };
}

/** By itself, since what is made in `buildSnapshot` and lives on keeps the snapshot before, and that one all others. */
function clusterFinder(reader: RecordReader): Snapshot['findCluster'] {
  return (organizationName, clusterName) => {
    const organization = reader.find('Organization', organizationName);
    return organization && reader.find('Cluster', clusterName, organization.id);
  };
}

/** The policy under the version that decisions on this snapshot name; `kept` is a snapshot in which the same stood. */
function policyOf(
  standing: Pick<Snapshot, 'roles' | 'bindings' | 'accessPolicies'>,
  { grants, requestPolicies }: RecordParts,
  kept: Snapshot | undefined,
  version: number,
): Policy {
  if (kept === undefined) {
    const documents = { requestPolicies: [...requestPolicies.map.values()], grants: [...grants.map.values()] };
    return compilePolicy({ ...standing, ...documents }, version);
  }
  if (kept.grants === grants.map) return { ...kept.policy, version };
  return withGrants(kept.policy, [...grants.map.values()], version);
}

/** The same records as of another instant: grants have started or ended by the clock alone. */
export function rebuildSnapshot(previous: BuiltSnapshot, at: Date): BuiltSnapshot {
  return buildSnapshot({ version: previous.snapshot.version, records: {}, updates: {} }, at, previous);
}

/** The map of a part under the ids that its keys are. */
function mapOf<Record extends { readonly id: string }>(part: RecordPart<Record>): ReadonlyMap<Record['id'], Record> {
  return part.map;
}

function onlyOne<Record>({ map }: RecordPart<Record>): Record {
  for (const record of map.values()) return record;
  throw new Error('the record of the installation is missing although the schema holds it');
}

/** Applies a read to the records of before. */
function applyRead(read: SnapshotRead, previous: RecordParts | undefined): RecordParts {
  const entries = SNAPSHOT_TOPICS.map((topic) => [topic, applyTopic(topic, read, previous?.[topic])]);
  return Object.fromEntries(entries) as RecordParts;
}

function applyTopic(
  topic: SnapshotTopic,
  { records, updates }: SnapshotRead,
  previous: RecordPart<SnapshotRecord> | undefined,
): RecordPart<SnapshotRecord> {
  const whole: readonly SnapshotRecord[] | undefined = records[topic];
  if (whole === undefined) return updatePart(previous, updates[topic]);
  return { map: new Map(whole.map((record) => [keyOfRecord(topic, record), record])), changed: 'all' };
}
