import type { ClusterId, Secret, SessionRecordingId } from '@sallyport/core';
import { type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely';
import type { Envelope } from './envelope.ts';
import type {
  RecordingChunkRow,
  RecordingKey,
  RecordingRows,
  RecordingSelection,
  RecordingSize,
  SessionRecording,
} from './recording-contracts.ts';
import type { Database } from './schema.ts';

type Row = Selectable<Database['recordings']>;

/** What the command of a recording is sealed for. */
export function commandContext(id: SessionRecordingId): string {
  return `recording command ${id}`;
}

/** What the data key of a recording is sealed for. */
export function dataKeyContext(id: SessionRecordingId): string {
  return `recording key ${id}`;
}

/** Reads recordings and their chunks. */
export function createRecordingReads(db: Kysely<Database>, envelope: Envelope): Omit<RecordingRows, 'watch' | 'blobs'> {
  return {
    async list(selection, { limit, after }) {
      const selected = db.selectFrom('recordings').where((where) => selects(where, selection));
      const { count } = await selected
        .select((select) => select.fn.countAll<number | string>().as('count'))
        .executeTakeFirstOrThrow();
      let page = selected.selectAll().orderBy('id', 'desc').limit(limit);
      if (after !== undefined) page = page.where('id', '<', after);
      const rows = await page.execute();
      return { items: rows.map((row) => toRecording(row, envelope)), totalCount: Number(count) };
    },
    async find(organizationId, id) {
      const row = await db
        .selectFrom('recordings')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row && toRecording(row, envelope);
    },
    async key(id): Promise<RecordingKey | undefined> {
      const row = await db
        .selectFrom('recordings')
        .select(['blob_store', 'data_key'])
        .where('id', '=', id)
        .executeTakeFirst();
      if (row?.blob_store == null || row.data_key === null) return undefined;
      const dataKey: Secret = envelope.open(row.data_key, dataKeyContext(id));
      return { blobStore: row.blob_store, dataKey };
    },
    async chunks(id, from, limit) {
      const rows = await db
        .selectFrom('recording_chunks')
        .selectAll()
        .where('recording_id', '=', id)
        .where('number', '>=', from)
        .orderBy('number')
        .limit(limit)
        .execute();
      return rows.map(toChunkRow);
    },
    async abandoned(limit) {
      const rows = await db
        .selectFrom('recordings')
        .selectAll()
        .where('state', '=', 'recording')
        .where(
          sql<boolean>`not exists (
            select from replicas
            where replicas.replica_id = recordings.replica_id and replicas.expires_at > clock_timestamp())`,
        )
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row) => toRecording(row, envelope));
    },
    async deleted(limit, after) {
      let query = db.selectFrom('deleted_recordings').selectAll().orderBy('recording_id').limit(limit);
      if (after !== undefined) query = query.where('recording_id', '>', after);
      const rows = await query.execute();
      return rows.map(({ recording_id, blob_store }) => ({ id: recording_id, blobStore: blob_store }));
    },
  };
}

/** What a selection demands of a row. */
export function selects(where: ExpressionBuilder<Database, 'recordings'>, selection: RecordingSelection) {
  const { organizationId, sight, clusterIds, principalId, kind, state, namespace, pod, since, until } = selection;
  const terms = [where('organization_id', '=', organizationId)];
  type Term = (typeof terms)[number];
  // Kysely writes `in ()` for an empty list, which is no SQL.
  const ofClusters = (ids: readonly ClusterId[]) => sql<boolean>`cluster_id = any(${ids}::text[])` as unknown as Term;
  if (sight !== undefined) {
    const own = where('principal_id', '=', sight.principalId);
    // Most people see their own alone: without an alternative, the index of these finds them.
    terms.push(sight.clusterIds.length === 0 ? own : where.or([ofClusters(sight.clusterIds), own]));
  }
  if (clusterIds !== undefined) terms.push(ofClusters(clusterIds));
  if (principalId !== undefined) terms.push(where('principal_id', '=', principalId));
  if (kind !== undefined) terms.push(where('kind', '=', kind));
  if (state !== undefined) terms.push(where('state', '=', state));
  if (namespace !== undefined) terms.push(where('namespace', '=', namespace));
  if (pod !== undefined) terms.push(where('pod', '=', pod));
  if (since !== undefined) terms.push(where('started_at', '>=', since));
  if (until !== undefined) terms.push(where('started_at', '<', until));
  return where.and(terms);
}

/** A recording as its row tells it. */
export function toRecording(row: Row, envelope: Envelope): SessionRecording {
  const command = row.command === null ? undefined : openCommand(row.id, row.command, envelope);
  return {
    id: row.id,
    requestId: row.request_id,
    replicaId: row.replica_id,
    organizationId: row.organization_id,
    clusterId: row.cluster_id,
    clusterName: row.cluster_name,
    principalId: row.principal_id,
    userName: row.user_name,
    kind: row.kind,
    namespace: row.namespace,
    pod: row.pod,
    ...(row.container !== null && { container: row.container }),
    ...(command && { command }),
    isTty: row.is_tty,
    isRequired: row.is_required,
    hasStdin: row.has_stdin,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.exit_code !== null && { exitCode: row.exit_code }),
    ...(row.failure !== null && { failure: row.failure }),
    startedAt: row.started_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...toSize(row),
    ...(row.ports !== null && { ports: row.ports }),
  };
}

/** What is stored, of the columns that say so. */
export function toSize(row: Pick<Row, 'chunk_count' | 'bytes' | 'stored_bytes' | 'head_sha256'>): RecordingSize {
  return {
    chunkCount: row.chunk_count,
    bytes: Number(row.bytes),
    storedBytes: Number(row.stored_bytes),
    headSha256: Buffer.from(row.head_sha256).toString('hex'),
  };
}

function openCommand(id: SessionRecordingId, sealed: string, envelope: Envelope): readonly string[] {
  return JSON.parse(envelope.open(sealed, commandContext(id)).reveal()) as readonly string[];
}

function toChunkRow(row: Selectable<Database['recording_chunks']>): RecordingChunkRow {
  return {
    number: row.number,
    fromMs: Number(row.from_ms),
    toMs: Number(row.to_ms),
    bytes: row.bytes,
    storedBytes: row.stored_bytes,
    headSha256: Buffer.from(row.head_sha256).toString('hex'),
  };
}
