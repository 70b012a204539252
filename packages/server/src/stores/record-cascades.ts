import { type Kysely, sql } from 'kysely';
import type { ChangeSet } from './change-feed.ts';
import type { RecordKind } from './records.ts';
import type { Database } from './schema.ts';
import { SNAPSHOT_TOPICS, type SnapshotTopic } from './snapshot-topics.ts';

/** Rows that a deletion takes along or changes, by the column that refers to what is deleted. */
interface Cascade {
  readonly topic: SnapshotTopic;
  readonly table: keyof Database;
  readonly key: string;
  readonly refersBy: string;
}

/** What snapshots must hear of when a record is deleted. The foreign keys of the schema do the deleting. */
const CASCADES: { readonly [Kind in RecordKind]?: readonly Cascade[] } = {
  Project: [{ topic: 'clusters', table: 'cluster_shares', key: 'cluster_id', refersBy: 'project_id' }],
  Cluster: [{ topic: 'agentCertificates', table: 'agent_certificates', key: 'serial', refersBy: 'cluster_id' }],
  Principal: [
    { topic: 'loginSessions', table: 'login_sessions', key: 'id', refersBy: 'principal_id' },
    { topic: 'groups', table: 'group_members', key: 'group_id', refersBy: 'principal_id' },
    { topic: 'notificationChannels', table: 'notification_channels', key: 'id', refersBy: 'reviews_as_id' },
  ],
  Role: [{ topic: 'bindings', table: 'bindings', key: 'id', refersBy: 'role_id' }],
  IdentityProvider: [{ topic: 'groups', table: 'groups', key: 'id', refersBy: 'identity_provider_id' }],
};

/** Notes what a deletion of a record takes along. The record must be locked. */
export async function collectCascades(
  db: Kysely<Database>,
  kind: RecordKind,
  id: string,
  changes: ChangeSet,
): Promise<void> {
  if (kind === 'Organization') for (const topic of SNAPSHOT_TOPICS) changes.addAll(topic);
  for (const { topic, table, key, refersBy } of CASCADES[kind] ?? []) {
    const { rows } = await sql<{ key: string }>`
      select ${sql.ref(key)} as key from ${sql.table(table)} where ${sql.ref(refersBy)} = ${id}`.execute(db);
    changes.add(topic, ...rows.map((row) => row.key));
  }
}
