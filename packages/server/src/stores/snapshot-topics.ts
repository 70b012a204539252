import type { Binding, Role } from '@sallyport/authz';
import type { Cluster, Principal } from '@sallyport/core';
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import type { AgentCertificate, IdentityProviderRecord, LoginSession, Organization } from './contracts.ts';
import { toLoginSession } from './login-rows.ts';
import {
  toAgentCertificate,
  toBinding,
  toCluster,
  toIdentityProviderRecord,
  toPrincipal,
  toRole,
} from './rows.ts';
import type { Database } from './schema.ts';

/** What snapshots are made of. Each record has a key that no other of its kind ever has: its id, or its serial number. */
export interface SnapshotRecords {
  readonly organizations: readonly Organization[];
  readonly principals: readonly Principal[];
  /** Those that have not expired. */
  readonly loginSessions: readonly LoginSession[];
  readonly identityProviders: readonly IdentityProviderRecord[];
  readonly clusters: readonly Cluster[];
  /** Those that are neither revoked nor expired. */
  readonly agentCertificates: readonly AgentCertificate[];
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

/** Kinds of records whose change is announced by the change feed. */
export type SnapshotTopic = keyof SnapshotRecords;

/** One record of a topic. */
export type SnapshotRecord<Topic extends SnapshotTopic = SnapshotTopic> = SnapshotRecords[Topic][number];

/** Where the records of a topic lie, and how they are read. */
interface TopicSource<Record> {
  readonly table: keyof Database;
  readonly key: 'id' | 'serial';
  /** Rows that do not satisfy this are no records: they ended by themselves. */
  readonly isLive?: (at: Date) => RawBuilder<boolean>;
  toRecord(row: unknown): Record;
}

function topic<Table extends keyof Database, Record>(
  table: Table,
  toRecord: (row: Selectable<Database[Table]>) => Record,
  rest: Partial<Pick<TopicSource<Record>, 'key' | 'isLive'>> = {},
): TopicSource<Record> {
  return { table, key: 'id', toRecord: (row) => toRecord(row as Selectable<Database[Table]>), ...rest };
}

const SOURCES: { readonly [Topic in SnapshotTopic]: TopicSource<SnapshotRecord<Topic>> } = {
  organizations: topic('organizations', (row) => row),
  principals: topic('principals', toPrincipal),
  loginSessions: topic('login_sessions', toLoginSession, { isLive: (at) => sql`expires_at > ${at}` }),
  identityProviders: topic('identity_providers', toIdentityProviderRecord),
  clusters: topic('clusters', toCluster),
  agentCertificates: topic('agent_certificates', toAgentCertificate, {
    key: 'serial',
    isLive: (at) => sql`revoked_at is null and not_after > ${at}`,
  }),
  roles: topic('roles', toRole),
  bindings: topic('bindings', toBinding),
};

/** All topics. */
export const SNAPSHOT_TOPICS = Object.keys(SOURCES) as readonly SnapshotTopic[];

/** Key of a record among those of its topic, as the change feed names it. */
export function keyOfRecord<Topic extends SnapshotTopic>(of: Topic, record: SnapshotRecord<Topic>): string {
  return (record as unknown as Readonly<Record<string, string>>)[SOURCES[of].key] ?? '';
}

/** Reads the live records of a topic: all of them, or those with the given keys as far as they are there. */
export async function loadRecords<Topic extends SnapshotTopic>(
  db: Kysely<Database>,
  of: Topic,
  at: Date,
  keys?: readonly string[],
): Promise<readonly SnapshotRecord<Topic>[]> {
  const { table, key, isLive, toRecord }: TopicSource<SnapshotRecord<Topic>> = SOURCES[of];
  const conditions = [isLive?.(at) ?? sql`true`];
  if (keys !== undefined) conditions.push(sql`${sql.ref(key)} = any(${keys}::text[])`);
  const { rows } = await sql`select * from ${sql.table(table)} where ${sql.join(conditions, sql` and `)}`.execute(db);
  return rows.map(toRecord);
}
