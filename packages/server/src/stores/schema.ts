import type {
  AgentId,
  ClusterId,
  CredentialId,
  JoinTokenId,
  LoginSessionId,
  OrganizationId,
  PrincipalId,
  ReplicaId,
} from '@sallyport/core';
import type { ColumnType, Generated } from 'kysely';
import type { AccessReviewTables } from './access-review-schema.ts';
import type { AccessTables } from './access-schema.ts';
import type { AuditTables } from './audit-schema.ts';
import type { AuditSinkTables } from './audit-sink-schema.ts';
import type { ChangeEntry } from './change-feed.ts';
import type { ClusterTables } from './cluster-schema.ts';
import type { CredentialKind } from './credential-contracts.ts';
import type { KeyPhase, KeySetName } from './key-contracts.ts';
import type { LocalUserTables } from './local-schema.ts';
import type { LoginTables } from './login-schema.ts';
import type { MachineTables } from './machine-schema.ts';
import type { NotificationTables } from './notification-schema.ts';
import type { Json, RecordTables } from './record-schema.ts';
import type { RecordingTables } from './recording-schema.ts';
import type { RetentionTables } from './retention-schema.ts';
import type { SessionTables } from './session-schema.ts';
import type { TerminalTables } from './terminal-schema.ts';

/** A `bigint` column. PGlite reads it as a number, pg as text: pass it through `Number`. */
type BigInt8 = ColumnType<number | string, number, number>;

/** The tables, as Kysely sees them. `migrations/` makes them. */
export interface Database
  extends RecordTables,
    AccessTables,
    AccessReviewTables,
    AuditSinkTables,
    AuditTables,
    ClusterTables,
    LocalUserTables,
    LoginTables,
    MachineTables,
    NotificationTables,
    RecordingTables,
    RetentionTables,
    SessionTables,
    TerminalTables {
  credentials: {
    id: CredentialId;
    principal_id: PrincipalId;
    login_session_id: LoginSessionId | null;
    cluster_id: ClusterId;
    kind: Generated<CredentialKind>;
    certificate_serial: string | null;
    created_at: Date;
    expires_at: Date;
    revoked_at: Generated<Date | null>;
  };
  join_tokens: {
    id: JoinTokenId;
    cluster_id: ClusterId;
    token_sha256: string;
    created_at: Generated<Date>;
    expires_at: Date;
    used_at: Date | null;
  };
  agent_certificates: {
    serial: string;
    agent_id: AgentId;
    cluster_id: ClusterId;
    not_after: Date;
    revoked_at: Date | null;
  };
  keys: {
    purpose: KeySetName;
    key_id: string;
    phase: KeyPhase;
    secret: string;
    certificate_pem: string | null;
    endorsement: string | null;
    created_at: Date;
    signs_from: Date;
    verifies_until: Date | null;
  };
  key_purposes: { purpose: KeySetName; version: BigInt8; organization_id: OrganizationId | null };
  leases: { name: string; holder: string; epoch: BigInt8; expires_at: Date };
  limit_shares: {
    key: string;
    replica_id: ReplicaId;
    amount: BigInt8;
    keep: BigInt8;
    want: BigInt8;
    expires_at: Date;
  };
  limit_replicas: { replica_id: ReplicaId; expires_at: Date };
  oauth_rows: {
    model: string;
    id_mark: string;
    payload: string;
    grant_mark: string | null;
    uid_mark: string | null;
    user_code_mark: string | null;
    consumed_at: Date | null;
    expires_at: Date | null;
  };
  change_head: { single: boolean; seq: BigInt8 };
  change_feed: { seq: BigInt8; at: Date; records: Json<ChangeEntry>; policy_of: Json<readonly string[]> };
  settings: { name: string; value: string };
}
