import type { IdentityProviderId, LoginSessionId, PrincipalId } from '@sallyport/core';
import type { PlatformPermission } from '@sallyport/core/api';

/** What makes a login session one of an API key. */
export interface ApiKeyTerms {
  /** Unique among the keys of its service account. */
  readonly name: string;
  /** SHA-256 of the key, lower-case hex. */
  readonly sha256: string;
  /** What the key may be used for at the most. Absent: whatever its service account may do. */
  readonly permissions?: readonly PlatformPermission[];
  /** Addresses that it may be used from. Absent: from everywhere. */
  readonly ipRanges?: readonly string[];
  /** User name of whoever made it. */
  readonly createdBy: string;
}

/** The one login session that a workload token made. */
export interface WorkloadTokenUse {
  readonly loginSessionId: LoginSessionId;
  /** RFC 7638 thumbprint of the key that the access token is bound to. */
  readonly keyThumbprint?: string;
}

/** Workload tokens that were used, within a transaction. */
export interface MachineRows {
  /**
   * Notes the first use of a workload token, by its mark, until the token ends. Yields `undefined` then; for a token that was
   * used before, that first use. Exactly one of any number of concurrent callers is the first.
   */
  useWorkloadToken(mark: string, use: WorkloadTokenUse, expiresAt: Date): Promise<WorkloadTokenUse | undefined>;
}

/** What SCIM keeps beside people and groups, within a transaction. */
export interface ScimRows {
  /** Stores the hash of a new token; the earlier ones of its provider end at `othersEndAt`, unless they end before. */
  putToken(token: {
    readonly sha256: string;
    readonly identityProviderId: IdentityProviderId;
    readonly issuedAt: Date;
    readonly othersEndAt: Date;
  }): Promise<void>;
  /** The provider that a live token belongs to. */
  findToken(sha256: string): Promise<IdentityProviderId | undefined>;
  putProfile(principalId: PrincipalId, profile: Readonly<Record<string, unknown>>): Promise<void>;
  /** Profiles of those who have one. */
  profiles(principalIds: readonly PrincipalId[]): Promise<ReadonlyMap<PrincipalId, Readonly<Record<string, unknown>>>>;
  /**
   * Notes a login of somebody whom SCIM keeps, and the subject that the provider knows them by. Says whether they were there
   * and enabled; whoever disables them waits for this transaction and then finds its login session.
   */
  noteLogin(principalId: PrincipalId, subjectClaim: string, at: Date): Promise<boolean>;
}
