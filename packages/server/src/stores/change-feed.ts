import { type Kysely, sql, type Transaction } from 'kysely';
import { standby } from './errors.ts';
import type { Database } from './schema.ts';
import {
  keyOfRecord,
  loadRecords,
  SNAPSHOT_TOPICS,
  type SnapshotRecord,
  type SnapshotRecords,
  type SnapshotTopic,
} from './snapshot-topics.ts';

/** Records of one instant. */
export interface SnapshotRead {
  /** Number of the last change that they hold. */
  readonly version: number;
  /** When that change was made; absent where the feed no longer knows. */
  readonly changedAt?: Date;
  /** Topics that were read in whole: what a reader held of them is replaced. */
  readonly records: Partial<SnapshotRecords>;
  /** Of other topics, the records that changed, by key; `undefined` for one that is gone. */
  readonly updates: SnapshotUpdates;
}

/** Changed records by topic and key. */
export type SnapshotUpdates = {
  readonly [Topic in SnapshotTopic]?: ReadonlyMap<string, SnapshotRecord<Topic> | undefined>;
};

/** What one transaction changed of what snapshots are made of. */
export interface ChangeSet {
  /** Notes records that were written or deleted, by key. */
  add(topic: SnapshotTopic, ...keys: readonly string[]): void;
  /** Notes that any record of the topic may have changed. */
  addAll(topic: SnapshotTopic): void;
  /**
   * Notes that what decisions are made of has changed, in one organization or, without one, above them all; see
   * `RecordWriter.hasPolicyChangedSince`.
   */
  addPolicyChange(organizationId?: string): void;
  /** Organizations noted so; {@link ABOVE_ORGANIZATIONS} among them. */
  readonly policyOf: readonly string[];
  /** The form in which the feed keeps it. */
  readonly entry: ChangeEntry;
}

/** One entry of the change feed: keys by topic, or `all` of a topic. */
export type ChangeEntry = { readonly [Topic in SnapshotTopic]?: readonly string[] | 'all' };

/** Channel on which PostgreSQL tells the number of each change when it is committed. */
export const CHANGE_CHANNEL = 'sallyport_changes';

/** Stands in a change for what is above all organizations. */
export const ABOVE_ORGANIZATIONS = '*';

/** Changes that the feed remembers; a reader further behind reads everything. */
const FEED_LENGTH = 10_000;

/** Makes an empty {@link ChangeSet}. */
export function createChangeSet(): ChangeSet {
  const keysByTopic = new Map<SnapshotTopic, Set<string> | 'all'>();
  const policyOf = new Set<string>();
  return {
    add(topic, ...keys) {
      if (keys.length === 0) return;
      const known = keysByTopic.get(topic) ?? new Set();
      keysByTopic.set(topic, known);
      if (known !== 'all') for (const key of keys) known.add(key);
    },
    addAll: (topic) => void keysByTopic.set(topic, 'all'),
    addPolicyChange: (organizationId = ABOVE_ORGANIZATIONS) => void policyOf.add(organizationId),
    get policyOf() {
      return [...policyOf];
    },
    get entry() {
      return Object.fromEntries([...keysByTopic].map(([topic, keys]) => [topic, keys === 'all' ? keys : [...keys]]));
    },
  };
}

/** Asks for the head of the feed, one row by its key: cheap enough to ask twice a second. See {@link headOf}. */
export const HEAD_STATEMENT = 'select seq, pg_is_in_recovery() as is_standby from change_head';

/** The answer to {@link HEAD_STATEMENT}. */
export interface HeadRow {
  readonly seq: number | string;
  readonly is_standby: boolean;
}

/**
 * Number of the last committed change.
 * @throws StoreError `ERR_STORE_STANDBY`: a standby may lag behind, and does not know what was taken away meanwhile
 */
export function headOf(row: HeadRow | undefined): number {
  if (row?.is_standby) throw standby();
  return Number(row?.seq);
}

/** Number of the last committed change. @throws as {@link headOf} */
export async function readChangeHead(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql.raw<HeadRow>(HEAD_STATEMENT).execute(db);
  return headOf(rows[0]);
}

/**
 * Announces a change, as the last statement of its transaction, and yields its number. The lock on the one head row is held
 * from here to the commit, so numbers appear to readers in order and without gaps.
 */
export async function appendChange(
  db: Transaction<Database>,
  { entry, policyOf }: Pick<ChangeSet, 'entry' | 'policyOf'>,
  at: Date,
): Promise<number> {
  const { rows } = await sql<{ seq: number | string }>`
    with head as (update change_head set seq = seq + 1 returning seq),
      entry as (insert into change_feed (seq, at, records, policy_of)
        select seq, ${at}::timestamptz, ${JSON.stringify(entry)}::jsonb, ${JSON.stringify(policyOf)}::jsonb from head returning seq)
    select seq, pg_notify(${CHANGE_CHANNEL}, seq::text) from entry`.execute(db);
  const seq = Number(rows[0]?.seq);
  if (seq % 100 === 0)
    await db
      .deleteFrom('change_feed')
      .where('seq', '<=', seq - FEED_LENGTH)
      .execute();
  return seq;
}

/** Reads what changed after `since` (all of it without one), as of one instant. */
export function readSnapshotRecords(db: Kysely<Database>, since: number | undefined, at: Date): Promise<SnapshotRead> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const version = await readChangeHead(tx);
      const changedAt = await readChangeTime(tx, version);
      const changed = await changedKeys(tx, since, version);
      const records: Partial<Record<SnapshotTopic, unknown>> = {};
      const updates: Partial<Record<SnapshotTopic, unknown>> = {};
      for (const topic of SNAPSHOT_TOPICS) {
        const keys = changed === 'all' ? changed : changed.get(topic);
        if (keys === 'all') records[topic] = await loadRecords(tx, topic, at);
        else if (keys !== undefined) updates[topic] = await loadUpdates(tx, topic, at, [...keys]);
      }
      return {
        version,
        ...(changedAt && { changedAt }),
        records: records as Partial<SnapshotRecords>,
        updates: updates as SnapshotUpdates,
      };
    });
}

/** When a change was made; `undefined` where the feed does not know it, or no longer. */
export async function readChangeTime(db: Kysely<Database>, seq: number): Promise<Date | undefined> {
  return (await db.selectFrom('change_feed').select('at').where('seq', '=', seq).executeTakeFirst())?.at;
}

async function loadUpdates(
  db: Kysely<Database>,
  topic: SnapshotTopic,
  at: Date,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SnapshotRecord | undefined>> {
  const updates = new Map<string, SnapshotRecord | undefined>(keys.map((key) => [key, undefined]));
  for (const record of await loadRecords(db, topic, at, keys)) updates.set(keyOfRecord(topic, record), record);
  return updates;
}

async function changedKeys(
  db: Kysely<Database>,
  since: number | undefined,
  version: number,
): Promise<'all' | ReadonlyMap<SnapshotTopic, ReadonlySet<string> | 'all'>> {
  if (since === undefined || since > version) return 'all';
  const entries = await db.selectFrom('change_feed').select('records').where('seq', '>', since).execute();
  if (entries.length !== version - since) return 'all';
  const changed = new Map<SnapshotTopic, Set<string> | 'all'>();
  for (const { records } of entries) {
    for (const [topic, keys] of Object.entries(records) as [SnapshotTopic, readonly string[] | 'all'][]) {
      const known = changed.get(topic) ?? new Set();
      if (known === 'all' || keys === 'all') changed.set(topic, 'all');
      else changed.set(topic, new Set([...known, ...keys]));
    }
  }
  return changed;
}
