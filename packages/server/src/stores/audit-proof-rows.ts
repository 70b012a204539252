import { noteKeyId, type TilePosition } from '@sallyport/audit/proof';
import { type Kysely, sql } from 'kysely';
import type { AuditProofRows, AuditProofWrites, StoredCheckpoint } from './audit-proof-contracts.ts';
import type { Database } from './schema.ts';

/** Reads the tables of the proof. */
export function createAuditProofRows(db: Kysely<Database>): AuditProofRows {
  return {
    async keys() {
      const rows = await db.selectFrom('audit_keys').selectAll().orderBy('signs_from').orderBy('key_id').execute();
      return rows.map(({ name, public_key, signs_from, signs_until }) => ({
        name,
        publicKey: new Uint8Array(public_key),
        signsFrom: signs_from,
        ...(signs_until !== null && { signsUntil: signs_until }),
      }));
    },
    async logs() {
      const rows = await db.selectFrom('audit_checkpoints').select('log').distinct().orderBy('log').execute();
      return rows.map(({ log }) => log);
    },
    async newestCheckpoint(log) {
      const query = db.selectFrom('audit_checkpoints').select(['size', 'at', 'note']).where('log', '=', log);
      const row = await query.orderBy('size', 'desc').limit(1).executeTakeFirst();
      return row && toCheckpoint(row);
    },
    async checkpoints(log, { after, upTo, limit }) {
      const { rows } = await sql<CheckpointRow>`
        select size, at, note from audit_checkpoints
        where log = ${log} and size > ${after} and size <= ${upTo}
          and (size = ${upTo} or not exists (
            select from audit_checkpoints later
            where later.log = audit_checkpoints.log and later.size > audit_checkpoints.size and later.size <= ${upTo}
              and date_trunc('hour', later.at) = date_trunc('hour', audit_checkpoints.at)
          ))
        order by size limit ${limit}`.execute(db);
      return rows.map(toCheckpoint);
    },
    async tiles(log, positions) {
      if (positions.length === 0) return [];
      const rows = await db
        .selectFrom('audit_tiles')
        .select(['level', 'tile_index', 'hashes'])
        .where('log', '=', log)
        .where(({ or, and, eb }) =>
          or(
            positions.map(({ level, index }: TilePosition) =>
              and([eb('level', '=', level), eb('tile_index', '=', index)]),
            ),
          ),
        )
        .execute();
      return rows.map(({ level, tile_index, hashes }) => ({
        level,
        index: Number(tile_index),
        hashes: new Uint8Array(hashes),
      }));
    },
    async placeOf(log, eventId) {
      const row = await db
        .selectFrom('audit_events')
        .innerJoin('audit_log', 'audit_log.seq', 'audit_events.seq')
        .select(['audit_log.log_index', 'audit_events.salt', 'audit_events.event'])
        .where('audit_events.id', '=', eventId)
        .where('audit_log.log', '=', log)
        .executeTakeFirst();
      return row && { log, index: Number(row.log_index), salt: new Uint8Array(row.salt), event: row.event };
    },
    async entries(log, from, to) {
      const rows = await db
        .selectFrom('audit_log')
        .leftJoin('audit_events', 'audit_events.seq', 'audit_log.seq')
        .select(['audit_log.log_index', 'audit_events.salt', 'audit_events.event'])
        .where('audit_log.log', '=', log)
        .where('audit_log.log_index', '>=', from)
        .where('audit_log.log_index', '<', to)
        .orderBy('audit_log.log_index')
        .execute();
      return rows.map(({ log_index, salt, event }) => ({
        index: Number(log_index),
        ...(salt !== null && event !== null && { salt: new Uint8Array(salt), event }),
      }));
    },
    async witnessed() {
      const rows = await db.selectFrom('audit_witnesses').selectAll().execute();
      return rows.map(({ witness, log, size, at, failing_since }) => ({
        witness,
        log,
        size: Number(size),
        ...(at !== null && { at }),
        ...(failing_since !== null && { failingSince: failing_since }),
      }));
    },
  };
}

/** Writes the tables of the proof, inside a transaction. */
export function createAuditProofWrites(db: Kysely<Database>, now: () => number): AuditProofWrites {
  return {
    async putCheckpoint({ log, size, note, key }) {
      const at = new Date(now());
      const keyId = noteKeyId(key);
      await db
        .insertInto('audit_keys')
        .values({ key_id: keyId, name: key.name, public_key: key.publicKey, signs_from: at, signs_until: null })
        .onConflict((conflict) => conflict.columns(['name', 'key_id']).doNothing())
        .execute();
      // Written where it is not so already, which is nearly always.
      await sql`
        update audit_keys set signs_until = case when name = ${key.name} and key_id = ${keyId} then null else ${at}::timestamptz end
        where (signs_until is null) is distinct from (name = ${key.name} and key_id = ${keyId})`.execute(db);
      await db
        .insertInto('audit_checkpoints')
        .values({ log, size, at, note })
        .onConflict((conflict) => conflict.columns(['log', 'size']).doNothing())
        .execute();
    },
    async putWitnessed({ witness, log, size, at, failingSince }) {
      const values = { size, at: at ?? null, failing_since: failingSince ?? null };
      await db
        .insertInto('audit_witnesses')
        .values({ witness, log, ...values })
        .onConflict((conflict) => conflict.columns(['witness', 'log']).doUpdateSet(values))
        .execute();
    },
    async pruneCheckpoints(log, before, limit) {
      const { rows } = await sql`
        delete from audit_checkpoints where log = ${log} and size in (
          select size from audit_checkpoints as one
          where log = ${log} and at < ${before} and ${IS_NOT_LAST_OF_ITS_HOUR}
            and not exists (select from audit_witnesses as witness where witness.log = one.log and witness.size = one.size)
            and not exists (
              select from legal_holds as hold where hold.organization_id = one.log and hold.released_at is null)
          order by size limit ${limit})
        returning size`.execute(db);
      return rows.length;
    },
  };
}

/** Whether the checkpoint `one` has a later one in its hour. */
const IS_NOT_LAST_OF_ITS_HOUR = sql<boolean>`exists (
  select from audit_checkpoints as later
  where later.log = one.log and later.size > one.size and date_trunc('hour', later.at) = date_trunc('hour', one.at))`;

interface CheckpointRow {
  readonly size: number | string;
  readonly at: Date;
  readonly note: string;
}

function toCheckpoint({ size, at, note }: CheckpointRow): StoredCheckpoint {
  return { size: Number(size), at, note };
}
