import type { ClusterId, DecisionId, OrganizationId, ReplicaId } from '@sallyport/core';
import type { ColumnType, Generated } from 'kysely';
import type { Json } from './record-schema.ts';

/** A `bigint` column. PGlite reads it as a number, pg as text: pass it through `Number`. */
type BigInt8 = ColumnType<number | string, number, number>;

/** A `bytea` column. PGlite reads a `Uint8Array`, pg a `Buffer`. */
type Bytes = ColumnType<Uint8Array, Uint8Array, Uint8Array>;

/** Tables of the audit log. Migration 0016 says what each is for. */
export interface AuditTables {
  audit_events: {
    seq: Generated<BigInt8>;
    id: string;
    at: Date;
    code: string;
    organization_id: OrganizationId | null;
    cluster_id: ClusterId | null;
    event: Json<Record<string, unknown>>;
    salt: Bytes;
    leaf_hash: Bytes;
    /** See `termsOf`. */
    terms: Generated<string>;
  };
  audit_pending: { seq: BigInt8 };
  audit_log: { log: string; log_index: BigInt8; seq: BigInt8 };
  audit_tiles: { log: string; level: number; tile_index: BigInt8; hashes: Bytes };
  audit_trees: { log: string; size: BigInt8 };
  audit_checkpoints: { log: string; size: BigInt8; at: Date; note: string };
  open_requests: {
    request_id: DecisionId;
    replica_id: ReplicaId;
    organization_id: OrganizationId | null;
    started_at: Date;
  };
  audit_keys: {
    name: string;
    key_id: string;
    public_key: Bytes;
    signs_from: Date;
    signs_until: Date | null;
  };
  audit_witnesses: { witness: string; log: string; size: BigInt8; at: Date | null; failing_since: Date | null };
  replicas: { replica_id: ReplicaId; started_at: Date; expires_at: Date; peer_address: string | null };
}
