import type { PasskeyId, PrincipalId } from '@sallyport/core';
import type { ColumnType } from 'kysely';
import type { LocalLinkKind } from './local-contracts.ts';

/** PGlite reads a `bigint` as a number, pg as text. */
type BigInt8 = ColumnType<number | string, number, number>;

/** Tables of local users, as Kysely sees them. */
export interface LocalUserTables {
  local_accounts: {
    principal_id: PrincipalId;
    password: string | null;
    must_change_password: boolean;
    totp_secret: string | null;
    totp_last_step: ColumnType<number | string | null, number | null, number | null>;
    created_at: Date;
  };
  local_recovery_codes: { principal_id: PrincipalId; code_sha256: string; used_at: Date | null };
  passkeys: {
    id: PasskeyId;
    principal_id: PrincipalId;
    credential_id: string;
    public_key: string;
    counter: BigInt8;
    transports: ColumnType<readonly string[], string, string>;
    is_synced: boolean;
    display_name: string;
    created_at: Date;
    last_used_at: Date | null;
  };
  local_links: { token_sha256: string; principal_id: PrincipalId; kind: LocalLinkKind; expires_at: Date };
  login_tries: { key_sha256: string; failures: number; last_at: Date; locked_until: Date | null };
  one_time_rows: { kind: string; key_sha256: string; payload: string; expires_at: Date };
}
