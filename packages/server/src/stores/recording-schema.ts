import type {
  ClusterId,
  DecisionId,
  OrganizationId,
  PrincipalId,
  ReplicaId,
  SessionRecordingId,
} from '@sallyport/core';
import type { ColumnType, Generated } from 'kysely';
import type { Json } from './record-schema.ts';
import type { ForwardedPort, RecordingKind, RecordingState } from './recording-contracts.ts';

/** A `bigint` column; see `schema.ts`. */
type BigInt8 = ColumnType<number | string, number, number>;
/** A `bytea` column. */
type Bytes = ColumnType<Uint8Array, Uint8Array, Uint8Array>;

/** The tables of session recordings. */
export interface RecordingTables {
  recordings: {
    id: SessionRecordingId;
    request_id: DecisionId;
    replica_id: ReplicaId;
    organization_id: OrganizationId;
    cluster_id: ClusterId;
    cluster_name: string;
    principal_id: PrincipalId;
    user_name: string;
    kind: RecordingKind;
    namespace: string;
    pod: string;
    container: string | null;
    /** Sealed: command lines hold passwords now and then. */
    command: string | null;
    is_tty: boolean;
    is_required: boolean;
    has_stdin: boolean;
    state: RecordingState;
    reason: string | null;
    exit_code: number | null;
    failure: string | null;
    blob_store: string | null;
    /** Sealed. */
    data_key: string | null;
    chunk_count: Generated<number>;
    /** Chunks that can be searched. */
    indexed_count: Generated<number>;
    bytes: ColumnType<number | string, number | undefined, number>;
    stored_bytes: ColumnType<number | string, number | undefined, number>;
    head_sha256: Bytes;
    ports: Json<readonly ForwardedPort[]> | null;
    started_at: Date;
    ended_at: Date | null;
  };
  recording_chunks: {
    recording_id: SessionRecordingId;
    number: number;
    from_ms: BigInt8;
    to_ms: BigInt8;
    bytes: number;
    stored_bytes: number;
    head_sha256: Bytes;
  };
  recording_blobs: { key: string; body: Bytes };
  deleted_recordings: { recording_id: SessionRecordingId; blob_store: string };
}
