import type { SessionRecordingId } from '@sallyport/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Envelope } from './envelope.ts';
import type { RecordingBlobRows, RecordingChunkRow, RecordingToStart, RecordingWrites } from './recording-contracts.ts';
import { commandContext, dataKeyContext, toSize } from './recording-rows.ts';
import type { Database } from './schema.ts';

/** Writes recordings and their chunk rows. `onWritten` is told of what counts once the transaction is committed. */
export function createRecordingWrites({
  db,
  envelope,
  onWritten,
}: {
  readonly db: Transaction<Database>;
  readonly envelope: Envelope;
  readonly onWritten: () => void;
}): RecordingWrites {
  return {
    async start(recording) {
      onWritten();
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('recordings')
        .values(toRow(recording, envelope))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    async addChunks(id, chunks) {
      onWritten();
      return insertChunks(db, id, chunks);
    },
    async end({ id, state, endedAt, reason, exitCode, failure, ports }) {
      onWritten();
      const row = await db
        .updateTable('recordings')
        .set({
          state,
          ended_at: endedAt,
          reason: reason ?? null,
          exit_code: exitCode ?? null,
          failure: failure ?? null,
          ports: ports === undefined ? null : JSON.stringify(ports),
        })
        .where('id', '=', id)
        .where('state', '=', 'recording')
        .returning(['chunk_count', 'bytes', 'stored_bytes', 'head_sha256'])
        .executeTakeFirst();
      return row && toSize(row);
    },
    async forget(id) {
      await db.deleteFrom('deleted_recordings').where('recording_id', '=', id).execute();
    },
  };
}

function toRow(recording: RecordingToStart, envelope: Envelope) {
  const { id, key, command } = recording;
  return {
    id,
    request_id: recording.requestId,
    replica_id: recording.replicaId,
    organization_id: recording.organizationId,
    cluster_id: recording.clusterId,
    cluster_name: recording.clusterName,
    principal_id: recording.principalId,
    user_name: recording.userName,
    kind: recording.kind,
    namespace: recording.namespace,
    pod: recording.pod,
    container: recording.container ?? null,
    command: command === undefined ? null : envelope.seal(JSON.stringify(command), commandContext(id)),
    is_tty: recording.isTty,
    is_required: recording.isRequired,
    has_stdin: recording.hasStdin,
    state: 'recording' as const,
    reason: null,
    exit_code: null,
    failure: null,
    blob_store: key?.blobStore ?? null,
    data_key: key === undefined ? null : envelope.seal(key.dataKey.reveal(), dataKeyContext(id)),
    head_sha256: Buffer.alloc(0),
    ports: null,
    started_at: recording.startedAt,
    ended_at: null,
  };
}

/** Notes chunks that follow on those that are there; says whether the recording is under way. */
async function insertChunks(
  tx: Transaction<Database>,
  id: SessionRecordingId,
  chunks: readonly RecordingChunkRow[],
): Promise<boolean> {
  const last = chunks.at(-1);
  if (last === undefined) return true;
  const open = await tx
    .selectFrom('recordings')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'recording')
    .forUpdate()
    .executeTakeFirst();
  if (open === undefined) return false;
  // Whoever tries again may not know that it went well the first time.
  const added = await tx
    .insertInto('recording_chunks')
    .values(chunks.map((chunk) => toChunkValues(id, chunk)))
    .onConflict((conflict) => conflict.columns(['recording_id', 'number']).doNothing())
    .returning(['bytes', 'stored_bytes'])
    .execute();
  if (added.length === 0) return true;
  await tx
    .updateTable('recordings')
    .set({
      chunk_count: last.number + 1,
      bytes: sql<number>`bytes + ${added.reduce((sum, { bytes }) => sum + bytes, 0)}`,
      stored_bytes: sql<number>`stored_bytes + ${added.reduce((sum, { stored_bytes }) => sum + stored_bytes, 0)}`,
      head_sha256: Buffer.from(last.headSha256, 'hex'),
    })
    .where('id', '=', id)
    .execute();
  return true;
}

function toChunkValues(id: SessionRecordingId, chunk: RecordingChunkRow) {
  return {
    recording_id: id,
    number: chunk.number,
    from_ms: chunk.fromMs,
    to_ms: chunk.toMs,
    bytes: chunk.bytes,
    stored_bytes: chunk.storedBytes,
    head_sha256: Buffer.from(chunk.headSha256, 'hex'),
  };
}

/** Blobs of recordings in the database. */
export function createRecordingBlobRows(db: Kysely<Database>): RecordingBlobRows {
  return {
    async put(key, body) {
      await db
        .insertInto('recording_blobs')
        .values({ key, body })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ body }))
        .execute();
    },
    async get(key) {
      const row = await db.selectFrom('recording_blobs').select('body').where('key', '=', key).executeTakeFirst();
      return row?.body;
    },
    async list(prefix, { limit, after = '' }) {
      const rows = await db
        .selectFrom('recording_blobs')
        .select('key')
        .where(sql<boolean>`starts_with(key, ${prefix})`)
        .where(sql`key collate "C"`, '>', sql<string>`${after} collate "C"`)
        .orderBy(sql`key collate "C"`)
        .limit(limit)
        .execute();
      return rows.map(({ key }) => key);
    },
    async delete(key) {
      await db.deleteFrom('recording_blobs').where('key', '=', key).execute();
    },
  };
}
