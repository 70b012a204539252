import type { ClusterId, CredentialId, LoginSessionId, OrganizationId, PrincipalId } from '../ids.ts';
import type { Impersonation } from '../impersonation.ts';

/** What a kube credential says: who, by which login session, for which cluster. Never what may be done. */
export interface KubeCredentialClaims {
  readonly credentialId: CredentialId;
  readonly principalId: PrincipalId;
  /** Absent for credentials of service accounts. */
  readonly loginSessionId?: LoginSessionId;
  readonly organizationId: OrganizationId;
  readonly clusterId: ClusterId;
}

/** A kube credential whose signature, issuer, audience and life were checked. Whether session and principal are live was not. */
export interface VerifiedCredential extends KubeCredentialClaims {
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** What kind of request a capability covers. `connect` is every upgrade. */
export type ActionClass = 'read' | 'write' | 'connect';

/** What a capability states: this agent's cluster may be spoken to as this identity, for this class, until then. */
export interface CapabilityClaims {
  readonly clusterId: ClusterId;
  readonly principalId: PrincipalId;
  readonly loginSessionId?: LoginSessionId;
  readonly impersonation: Impersonation;
  readonly actionClass: ActionClass;
  /** Version of the snapshot at the decision that it was signed for. Requests that reuse it are decided on later ones. */
  readonly snapshotVersion: number;
}

/** A capability that the agent verified. */
export interface VerifiedCapability extends CapabilityClaims {
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}
