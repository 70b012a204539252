import type { AccessSettings } from './access-settings.ts';
import type { OrganizationId, PrincipalId } from './ids.ts';

/**
 * Issuer of what an organization itself vouches for: local users, service accounts, workload identities, and the groups that
 * it keeps. No identity provider can have it, since theirs is a URL.
 */
export const LOCAL_ISSUER = 'sallyport:local';

/** An authenticated identity that makes requests. Keyed by issuer and subject claim, never by e-mail. */
export interface Principal {
  readonly id: PrincipalId;
  readonly organizationId: OrganizationId;
  readonly kind: 'user' | 'serviceAccount' | 'workload' | 'system';
  /** `iss` of the identity provider that vouches for it. */
  readonly issuer: string;
  /** The provider's stable subject claim. */
  readonly subjectClaim: string;
  /** What clusters see as the user name, from the configured user-name claim. */
  readonly userName: string;
  readonly displayName: string;
  readonly email?: string;
  /** Groups that the provider states, as of its last answer. Never Kubernetes groups. */
  readonly groups: readonly string[];
  /**
   * Names of the groups of the organization itself that it is a member of: groups of {@link LOCAL_ISSUER}, whoever vouches
   * for the member. Absent: none.
   */
  readonly localGroups?: readonly string[];
  /** A disabled principal is nobody: every decision about it is a denial, whatever its provider says. */
  readonly isDisabled?: boolean;
  /**
   * Platform permissions that this use of the principal is limited to, for example by the API key that it came with. Absent:
   * whatever its roles give.
   */
  readonly permissionLimit?: readonly string[];
  /** Settings of this principal alone. */
  readonly settings?: AccessSettings;
}
