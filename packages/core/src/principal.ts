import type { OrganizationId, PrincipalId } from './ids.ts';

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
}
