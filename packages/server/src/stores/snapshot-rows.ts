import type { Binding, Role } from '@sallyport/authz';
import type { Cluster, Principal } from '@sallyport/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AgentCertificate, LoginSession, Organization } from './contracts.ts';
import { toAgentCertificate, toBinding, toCluster, toLoginSession, toPrincipal, toRole } from './rows.ts';
import type { Database } from './schema.ts';

/** Kinds of records whose change is announced by the change feed. */
export type SnapshotTopic = keyof SnapshotRecords | 'identityProviders';

/** What snapshots are made of. */
export interface SnapshotRecords {
  readonly organizations: readonly Organization[];
  readonly principals: readonly Principal[];
  /** Those that have not expired. */
  readonly loginSessions: readonly LoginSession[];
  readonly clusters: readonly Cluster[];
  /** Those that are neither revoked nor expired. */
  readonly agentCertificates: readonly AgentCertificate[];
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

/** Records of one instant. */
export interface SnapshotRead {
  /** Number of the last change that they hold. */
  readonly version: number;
  /** Absent: not changed since the version that was asked about. */
  readonly records: Partial<SnapshotRecords>;
}

/** Changes that the feed remembers; a reader further behind reads everything. */
const FEED_LENGTH = 10_000;

type Loaders = {
  readonly [Topic in keyof SnapshotRecords]: (db: Kysely<Database>, at: Date) => Promise<SnapshotRecords[Topic]>;
};

const LOADERS: Loaders = {
  organizations: (db) => db.selectFrom('organizations').select(['id', 'name']).execute(),
  principals: async (db) => (await db.selectFrom('principals').selectAll().execute()).map(toPrincipal),
  loginSessions: async (db, at) =>
    (await db.selectFrom('login_sessions').selectAll().where('expires_at', '>', at).execute()).map(toLoginSession),
  clusters: async (db) => (await db.selectFrom('clusters').selectAll().execute()).map(toCluster),
  agentCertificates: async (db, at) => {
    const live = db.selectFrom('agent_certificates').selectAll().where('revoked_at', 'is', null);
    return (await live.where('not_after', '>', at).execute()).map(toAgentCertificate);
  },
  roles: async (db) => (await db.selectFrom('roles').selectAll().execute()).map(toRole),
  bindings: async (db) => (await db.selectFrom('bindings').selectAll().execute()).map(toBinding),
};

const TOPICS = Object.keys(LOADERS) as (keyof SnapshotRecords)[];

/** Number of the last committed change. One row by its key: cheap enough to ask twice a second. */
export async function readChangeHead(db: Kysely<Database>): Promise<number> {
  const { seq } = await db.selectFrom('change_head').select('seq').executeTakeFirstOrThrow();
  return Number(seq);
}

/**
 * Announces a change, as the last statement of its transaction. The lock on the one head row is held from here to the commit,
 * so numbers appear to readers in order and without gaps.
 */
export async function appendChange(
  db: Transaction<Database>,
  topics: ReadonlySet<SnapshotTopic>,
  at: Date,
): Promise<void> {
  const { seq } = await db
    .updateTable('change_head')
    .set({ seq: sql<number>`seq + 1` })
    .returning('seq')
    .executeTakeFirstOrThrow();
  const number = Number(seq);
  await db
    .insertInto('change_feed')
    .values({ seq: number, at, topics: JSON.stringify([...topics]) })
    .execute();
  if (number % 100 === 0)
    await db
      .deleteFrom('change_feed')
      .where('seq', '<=', number - FEED_LENGTH)
      .execute();
}

/** Reads what changed after `since` (all of it without one), as of one instant. */
export function readSnapshotRecords(db: Kysely<Database>, since: number | undefined, at: Date): Promise<SnapshotRead> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const version = await readChangeHead(tx);
      const records: Record<string, unknown> = {};
      for (const topic of await changedTopics(tx, since, version)) records[topic] = await LOADERS[topic](tx, at);
      return { version, records: records };
    });
}

async function changedTopics(
  db: Kysely<Database>,
  since: number | undefined,
  version: number,
): Promise<readonly (keyof SnapshotRecords)[]> {
  if (since === undefined || since > version) return TOPICS;
  const changes = await db.selectFrom('change_feed').select(['seq', 'topics']).where('seq', '>', since).execute();
  if (changes.length !== version - since) return TOPICS;
  const changed = new Set(changes.flatMap(({ topics }) => topics));
  return TOPICS.filter((topic) => changed.has(topic));
}
