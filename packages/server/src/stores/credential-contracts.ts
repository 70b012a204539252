import type { ClusterId, CredentialId, LoginSessionId, OrganizationId, PrincipalId } from '@sallyport/core';
import type { CREDENTIAL_KINDS } from '@sallyport/core/api';

/** In which form a kube credential was given out. */
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** A kube credential that was minted, without its token or key, which is kept nowhere. */
export interface MintedCredential {
  readonly id: CredentialId;
  readonly principalId: PrincipalId;
  readonly loginSessionId?: LoginSessionId;
  readonly clusterId: ClusterId;
  readonly kind: CredentialKind;
  /** Of a client certificate: its serial number, 32 digits of lower-case hex. */
  readonly certificateSerial?: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** A credential that was revoked before its end; snapshots hold it until then. */
export interface RevokedCredential {
  readonly id: CredentialId;
}

/** Which credentials: those of one principal, or one of them. */
export interface CredentialSelection {
  readonly organizationId: OrganizationId;
  readonly principalId?: PrincipalId;
  readonly id?: CredentialId;
}

/** Reading minted credentials. */
export interface CredentialRows {
  /** Those that live at `at`, newest first, from behind `after`. */
  list(
    selection: CredentialSelection,
    page: { readonly at: Date; readonly limit: number; readonly after?: CredentialId },
  ): Promise<{ readonly items: readonly MintedCredential[]; readonly totalCount: number }>;
  /** Forgets those that expired before `at`; returns how many. */
  sweep(at: Date): Promise<number>;
}

/** Writing minted credentials within one transaction. */
export interface CredentialWrites {
  /** Records a minted kube credential, for listing and revoking. */
  putCredential(credential: Omit<MintedCredential, 'createdAt'>): Promise<void>;
  /** Revokes those that live still; yields which. */
  revokeCredentials(selection: CredentialSelection): Promise<readonly MintedCredential[]>;
}
