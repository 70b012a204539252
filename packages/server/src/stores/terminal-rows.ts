import type { Clock, TerminalId } from '@sallyport/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './schema.ts';
import type { TerminalRows, TerminalsOf, TerminalWrites } from './terminal-contracts.ts';

/** What is read of terminals. */
export function createTerminalRows(db: Kysely<Database>): TerminalRows {
  return {
    async open(of) {
      const rows = await openOf(db, of).selectAll('terminals').orderBy('started_at').orderBy('id').execute();
      return rows.map((row) => ({
        id: row.id,
        replicaId: row.replica_id,
        principalId: row.principal_id,
        clusterName: row.cluster_name,
        startedAt: row.started_at,
        expiresAt: row.expires_at,
        isEndAsked: row.end_asked_at !== null,
      }));
    },
    async ended({ principalId, replicaId, since, limit }) {
      const { rows } = await sql<{ id: TerminalId; cluster_name: string; ended_at: Date; reason: string }>`
        select * from (
          select id, cluster_name, coalesce(ended_at, replicas.expires_at) as ended_at, coalesce(reason, 'interrupted') as reason
          from terminals left join replicas using (replica_id)
          where principal_id = ${principalId} and (
            ended_at is not null or (replica_id <> ${replicaId} and replicas.expires_at <= clock_timestamp()))
        ) ends where ended_at > ${since} order by ended_at desc, id desc limit ${limit}`.execute(db);
      return rows.map((row) => ({
        id: row.id,
        clusterName: row.cluster_name,
        endedAt: row.ended_at,
        reason: row.reason,
      }));
    },
    async toEnd(replicaId) {
      const rows = await db
        .selectFrom('terminals')
        .select('id')
        .where('replica_id', '=', replicaId)
        .where('end_asked_at', 'is not', null)
        .where('ended_at', 'is', null)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

/** Terminals, within one transaction. */
export function createTerminalWrites({
  db,
  clock,
}: {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
}): TerminalWrites {
  return {
    async open({ id, replicaId, principalId, clusterName, startedAt, expiresAt }, maxOpen) {
      // One after the other: each has to see the one before.
      await db.selectFrom('principals').select('id').where('id', '=', principalId).forNoKeyUpdate().execute();
      const { count } = await openOf(db, { principalId, replicaId })
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= maxOpen) return Number(count);
      await db
        .insertInto('terminals')
        .values({
          id,
          replica_id: replicaId,
          principal_id: principalId,
          cluster_name: clusterName,
          started_at: startedAt,
          expires_at: expiresAt,
          end_asked_at: null,
          ended_at: null,
          reason: null,
        })
        .execute();
      return Number(count);
    },
    async askEnd(id, of) {
      const found = openOf(db, of).select('id').where('id', '=', id);
      const { numUpdatedRows } = await db
        .updateTable('terminals')
        .set({ end_asked_at: new Date(clock.now()) })
        .where('id', 'in', found)
        .where('end_asked_at', 'is', null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    async end({ id, endedAt, reason }) {
      await db
        .updateTable('terminals')
        .set({ ended_at: endedAt, reason })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .execute();
    },
  };
}

/** Terminals of a principal that are open on servers that live. */
function openOf(db: Kysely<Database>, { principalId, replicaId }: TerminalsOf) {
  return db
    .selectFrom('terminals')
    .where('principal_id', '=', principalId)
    .where('ended_at', 'is', null)
    .where(({ or, eb, exists, selectFrom }) =>
      or([
        eb('replica_id', '=', replicaId),
        exists(
          selectFrom('replicas')
            .select('replicas.replica_id')
            .whereRef('replicas.replica_id', '=', 'terminals.replica_id')
            .where('replicas.expires_at', '>', sql<Date>`clock_timestamp()`),
        ),
      ]),
    );
}
