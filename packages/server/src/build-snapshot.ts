import { compilePolicy, createAuthorizer, createPermissionIndex, type Policy } from '@sallyport/authz';
import type { Cluster } from '@sallyport/core';
import type { Snapshot } from './snapshot.ts';
import type { SnapshotRead, SnapshotRecord, SnapshotRecords, SnapshotTopic } from './stores/index.ts';
import { keyOfRecord, SNAPSHOT_TOPICS } from './stores/snapshot-topics.ts';

/** Live records of one instant, by topic and key. */
export type RecordMaps = {
  readonly [Topic in SnapshotTopic]: ReadonlyMap<string, SnapshotRecord<Topic>>;
};

/** A snapshot with what the next one is built from. */
export interface BuiltSnapshot {
  readonly snapshot: Snapshot;
  readonly maps: RecordMaps;
}

/** Topics that a compiled policy is made of. A change of any other one leaves it as it is. */
const POLICY_TOPICS = ['roles', 'bindings'] as const satisfies readonly SnapshotTopic[];

/**
 * Builds the snapshot after a read. What no change concerns is shared with `previous`: its maps, its indexes, and the
 * compiled policy, which costs a walk over every binding.
 */
export function buildSnapshot(read: SnapshotRead, previous?: BuiltSnapshot): BuiltSnapshot {
  const maps = applyRead(read, previous?.maps);
  const isSame = (...topics: readonly SnapshotTopic[]) =>
    topics.every((topic) => maps[topic] === previous?.maps[topic]);
  const kept = <Value>(value: Value | undefined, topics: readonly SnapshotTopic[], make: () => Value): Value =>
    value !== undefined && isSame(...topics) ? value : make();

  const before = previous?.snapshot;
  const roles = kept(before?.roles, ['roles'], () => [...maps.roles.values()]);
  const bindings = kept(before?.bindings, ['bindings'], () => [...maps.bindings.values()]);
  const compiled = kept(before?.policy, POLICY_TOPICS, () => compilePolicy({ roles, bindings }, read.version));
  // The same index, under the version that decisions on this snapshot read.
  const policy: Policy = { ...compiled, version: read.version };
  const snapshot: Snapshot = {
    version: read.version,
    organizations: maps.organizations as Snapshot['organizations'],
    principals: maps.principals as Snapshot['principals'],
    loginSessions: maps.loginSessions as Snapshot['loginSessions'],
    identityProviders: maps.identityProviders as Snapshot['identityProviders'],
    clusters: maps.clusters as Snapshot['clusters'],
    findCluster: kept(before?.findCluster, ['organizations', 'clusters'], () => indexClusterNames(maps)),
    agentCertificates: maps.agentCertificates,
    roles,
    bindings,
    policy,
    permissions: kept(before?.permissions, POLICY_TOPICS, () => createPermissionIndex(policy)),
    authorize: createAuthorizer(policy),
  };
  return { snapshot, maps };
}

/** Applies a read to the records of before. Maps without a change are the same objects. */
function applyRead(read: SnapshotRead, previous: RecordMaps | undefined): RecordMaps {
  const entries = SNAPSHOT_TOPICS.map((topic) => [topic, applyTopic(topic, read, previous?.[topic])]);
  return Object.fromEntries(entries) as RecordMaps;
}

function applyTopic(
  topic: SnapshotTopic,
  { records, updates }: SnapshotRead,
  previous: ReadonlyMap<string, SnapshotRecord> = new Map(),
): ReadonlyMap<string, SnapshotRecord> {
  const whole: SnapshotRecords[SnapshotTopic] | undefined = records[topic];
  if (whole !== undefined) return new Map(whole.map((record) => [keyOfRecord(topic, record), record]));
  const changed: ReadonlyMap<string, SnapshotRecord | undefined> | undefined = updates[topic];
  if (changed === undefined) return previous;
  const next = new Map(previous);
  for (const [key, record] of changed) {
    if (record === undefined) next.delete(key);
    else next.set(key, record);
  }
  return next;
}

function indexClusterNames({ organizations, clusters }: RecordMaps): Snapshot['findCluster'] {
  const index = new Map<string, Map<string, Cluster>>();
  for (const { name } of organizations.values()) index.set(name, new Map());
  for (const cluster of clusters.values()) {
    const organization = organizations.get(cluster.organizationId);
    if (organization !== undefined) index.get(organization.name)?.set(cluster.name, cluster);
  }
  return (organizationName, clusterName) => index.get(organizationName)?.get(clusterName);
}
