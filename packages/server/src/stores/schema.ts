import type { Binding, Role } from '@sallyport/authz';
import type {
  AgentId,
  BindingId,
  ClusterId,
  CredentialId,
  IdentityProviderId,
  JoinTokenId,
  LoginSessionId,
  OrganizationId,
  Principal,
  PrincipalId,
  RoleId,
} from '@sallyport/core';
import type { ColumnType, Generated } from 'kysely';
import type { ChangeEntry } from './change-feed.ts';
import type { KeyPhase, KeyPurpose } from './key-contracts.ts';
import type { LocalUserTables } from './local-schema.ts';
import type { LoginTables } from './login-schema.ts';

/** A `jsonb` column: read as the value, written as JSON text, because the two drivers treat arrays differently. */
type Json<Value> = ColumnType<Value, string, string>;
/** A `bigint` column. PGlite reads it as a number, pg as text: pass it through `Number`. */
type BigInt8 = ColumnType<number | string, number, number>;

/** The tables, as Kysely sees them. `migrations/` makes them. */
export interface Database extends LocalUserTables, LoginTables {
  organizations: { id: OrganizationId; name: string };
  principals: {
    id: PrincipalId;
    organization_id: OrganizationId;
    kind: Principal['kind'];
    issuer: string;
    subject_claim: string;
    user_name: string;
    display_name: string;
    email: string | null;
    groups: Json<readonly string[]>;
  };
  identity_providers: {
    id: IdentityProviderId;
    organization_id: OrganizationId;
    name: string;
    display_name: string;
    issuer: string;
    client_id: string;
    client_secret: string | null;
    oauth_scopes: Json<readonly string[]>;
    user_name_claim: string;
    groups_claim: string;
  };
  clusters: {
    id: ClusterId;
    organization_id: OrganizationId;
    name: string;
    labels: Json<Readonly<Record<string, string>>>;
  };
  roles: {
    id: RoleId;
    organization_id: OrganizationId;
    name: string;
    ceiling_groups: Json<readonly string[]>;
    rules: ColumnType<Role['rules'] | null, string | null, string | null>;
    permissions: Json<readonly string[]>;
  };
  bindings: {
    id: BindingId;
    organization_id: OrganizationId;
    role_id: RoleId;
    subjects: Json<Binding['subjects']>;
    scope: Json<Binding['scope']>;
  };
  credentials: {
    id: CredentialId;
    principal_id: PrincipalId;
    login_session_id: LoginSessionId | null;
    cluster_id: ClusterId;
    expires_at: Date;
  };
  join_tokens: {
    id: JoinTokenId;
    cluster_id: ClusterId;
    token_sha256: string;
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
  cluster_inventories: {
    cluster_id: ClusterId;
    kubernetes_version: string;
    node_count: number;
    namespace_count: number;
    observed_at: Date;
  };
  keys: {
    purpose: KeyPurpose;
    key_id: string;
    phase: KeyPhase;
    secret: string;
    certificate_pem: string | null;
    endorsement: string | null;
    created_at: Date;
    signs_from: Date;
    verifies_until: Date | null;
  };
  key_purposes: { purpose: KeyPurpose; version: BigInt8 };
  leases: { name: string; holder: string; epoch: BigInt8; expires_at: Date };
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
  audit_events: {
    seq: Generated<BigInt8>;
    id: string;
    at: Date;
    code: string;
    organization_id: OrganizationId | null;
    cluster_id: ClusterId | null;
    event: Json<Record<string, unknown>>;
  };
  change_head: { single: boolean; seq: BigInt8 };
  change_feed: { seq: BigInt8; at: Date; records: Json<ChangeEntry> };
  settings: { name: string; value: string };
}
