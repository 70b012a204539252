import type { IssuedGrant } from '@sallyport/authz';
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { toGrant } from './access-rows.ts';
import type { AccessTables } from './access-schema.ts';
import type { AgentCertificate, LoginSession } from './contracts.ts';
import type { RevokedCredential } from './credential-contracts.ts';
import { toLoginSession } from './login-rows.ts';
import { RECORD_SOURCES } from './record-sources.ts';
import type { RecordKind, RecordOf } from './records.ts';
import { toAgentCertificate } from './rows.ts';
import type { Database } from './schema.ts';
import type { TerminatedSession } from './session-contracts.ts';

/** How long an ended grant is remembered, in milliseconds: longer than any replica takes to hear of its end. */
export const ENDED_GRANT_MEMORY_MS = 600_000;

/**
 * How long a session that somebody ended is remembered, in milliseconds: longer than a stream goes on whose server has lost its
 * database, and can't be told.
 */
export const TERMINATED_SESSION_MEMORY_MS = 3_600_000;

/** What snapshots are made of. Each record has a key that no other of its kind ever has: its id, or its serial number. */
export interface SnapshotRecords {
  /** Exactly one. */
  readonly installation: readonly RecordOf['Installation'][];
  readonly organizations: readonly RecordOf['Organization'][];
  readonly projects: readonly RecordOf['Project'][];
  readonly clusters: readonly RecordOf['Cluster'][];
  readonly identityProviders: readonly RecordOf['IdentityProvider'][];
  readonly principals: readonly RecordOf['Principal'][];
  readonly groups: readonly RecordOf['Group'][];
  readonly roles: readonly RecordOf['Role'][];
  readonly bindings: readonly RecordOf['Binding'][];
  readonly accessPolicies: readonly RecordOf['AccessPolicy'][];
  readonly requestPolicies: readonly RecordOf['RequestPolicy'][];
  /** Those that have not ended, and those that ended in the last few minutes. */
  readonly grants: readonly IssuedGrant[];
  readonly notificationChannels: readonly RecordOf['NotificationChannel'][];
  readonly auditSinks: readonly RecordOf['AuditSink'][];
  /** Those that have not expired. */
  readonly loginSessions: readonly LoginSession[];
  /** Those that would live still. */
  readonly revokedCredentials: readonly RevokedCredential[];
  /** Those that somebody ended within the last hour. */
  readonly terminatedSessions: readonly TerminatedSession[];
  /** Those that are neither revoked nor expired. */
  readonly agentCertificates: readonly AgentCertificate[];
}

/** Kinds of records whose change is announced by the change feed. */
export type SnapshotTopic = keyof SnapshotRecords;

/** One record of a topic. */
export type SnapshotRecord<Topic extends SnapshotTopic = SnapshotTopic> = SnapshotRecords[Topic][number];

/** Where the records of a topic lie, and how they are read. */
interface TopicSource<Record> {
  readonly from: RawBuilder<unknown>;
  readonly key: 'id' | 'serial';
  /** Rows that do not satisfy this are no records: they ended by themselves. */
  readonly isLive?: (at: Date) => RawBuilder<unknown>;
  toRecord(row: unknown): Record;
}

function managed<Kind extends RecordKind>(kind: Kind): TopicSource<RecordOf[Kind]> {
  const { table, from = sql.table(table), toRecord } = RECORD_SOURCES[kind];
  return { from, key: 'id', toRecord };
}

const SOURCES: { readonly [Topic in SnapshotTopic]: TopicSource<SnapshotRecord<Topic>> } = {
  installation: managed('Installation'),
  organizations: managed('Organization'),
  projects: managed('Project'),
  clusters: managed('Cluster'),
  identityProviders: managed('IdentityProvider'),
  principals: managed('Principal'),
  groups: managed('Group'),
  roles: managed('Role'),
  bindings: managed('Binding'),
  accessPolicies: managed('AccessPolicy'),
  requestPolicies: managed('RequestPolicy'),
  grants: {
    from: sql.table('grants'),
    key: 'id',
    // How a grant ended is told with what its end takes along, so it is read once more than it counts.
    isLive: (at) => {
      const since = new Date(at.getTime() - ENDED_GRANT_MEMORY_MS);
      return sql`((ended_at is null and ends_at > ${since}) or ended_at > ${since})`;
    },
    toRecord: (row) => toGrant(row as Selectable<AccessTables['grants']>),
  },
  notificationChannels: managed('NotificationChannel'),
  auditSinks: managed('AuditSink'),
  loginSessions: {
    from: sql.table('login_sessions'),
    key: 'id',
    isLive: (at) => sql`expires_at > ${at}`,
    toRecord: toLoginSession,
  },
  revokedCredentials: {
    from: sql.table('credentials'),
    key: 'id',
    isLive: (at) => sql`revoked_at is not null and expires_at > ${at}`,
    toRecord: (row) => ({ id: (row as { readonly id: RevokedCredential['id'] }).id }),
  },
  terminatedSessions: {
    from: sql.table('terminated_sessions'),
    key: 'id',
    isLive: (at) => sql`terminated_at > ${new Date(at.getTime() - TERMINATED_SESSION_MEMORY_MS)}`,
    toRecord(row) {
      const found = row as Selectable<Database['terminated_sessions']>;
      const { id, reason, terminated_by: terminatedBy, terminated_at: terminatedAt } = found;
      return { id, reason, terminatedBy, terminatedAt };
    },
  },
  agentCertificates: {
    from: sql.table('agent_certificates'),
    key: 'serial',
    isLive: (at) => sql`revoked_at is null and not_after > ${at}`,
    toRecord: toAgentCertificate,
  },
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
  const { from, key, isLive, toRecord }: TopicSource<SnapshotRecord<Topic>> = SOURCES[of];
  const conditions = [isLive?.(at) ?? sql`true`];
  if (keys !== undefined) conditions.push(sql`${sql.ref(key)} = any(${keys}::text[])`);
  const { rows } = await sql`select * from ${from} where ${sql.join(conditions, sql` and `)}`.execute(db);
  return rows.map(toRecord);
}
