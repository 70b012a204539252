import type { Authorizer, Binding, PermissionIndex, Policy, Role } from '@sallyport/authz';
import type {
  Cluster,
  ClusterId,
  IdentityProviderId,
  LoginSessionId,
  OrganizationId,
  Principal,
  PrincipalId,
} from '@sallyport/core';
import type { AgentCertificate, IdentityProviderRecord, LoginSession, Organization } from './stores/contracts.ts';

/**
 * The immutable whole that every decision reads: who and what is live, and the compiled policy. A record that is missing
 * here is a revoked one.
 */
export interface Snapshot {
  /** Grows with each change; every decision names it. */
  readonly version: number;
  readonly organizations: ReadonlyMap<OrganizationId, Organization>;
  readonly principals: ReadonlyMap<PrincipalId, Principal>;
  readonly loginSessions: ReadonlyMap<LoginSessionId, LoginSession>;
  readonly identityProviders: ReadonlyMap<IdentityProviderId, IdentityProviderRecord>;
  readonly clusters: ReadonlyMap<ClusterId, Cluster>;
  /** By organization name, then by cluster name. */
  findCluster(organizationName: string, clusterName: string): Cluster | undefined;
  /** Live (not revoked) agent certificates by serial. */
  readonly agentCertificates: ReadonlyMap<string, AgentCertificate>;
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  /** Roles and bindings, compiled. */
  readonly policy: Policy;
  /** What roles allow on Sallyport itself. */
  readonly permissions: PermissionIndex;
  /** What roles allow on clusters. */
  readonly authorize: Authorizer;
}

/** Where the current snapshot comes from. */
export interface SnapshotSource {
  current(): Snapshot;
  /** `false` once the change feed has not answered for longer than the freshness lease (2 s): make no new decisions. */
  isFresh(): boolean;
  /** Reads the database again; resolves with a snapshot that holds everything committed before the call. */
  refresh(): Promise<Snapshot>;
  /** Calls `listener` after each change, with the new snapshot. Returns the way to stop. */
  onChange(listener: (snapshot: Snapshot) => void): () => void;
  close(): Promise<void>;
}
