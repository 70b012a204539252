import type { Authorizer, IssuedGrant, PermissionIndex, Policy } from '@sallyport/authz';
import type {
  AuditSinkId,
  ClusterId,
  CredentialId,
  DecisionId,
  GrantId,
  GroupId,
  IdentityProviderId,
  LoginSessionId,
  NotificationChannelId,
  OrganizationId,
  PrincipalId,
  ProjectId,
  RequestPolicyId,
} from '@sallyport/core';
import type { AgentCertificate, LoginSession } from './stores/contracts.ts';
import type { RevokedCredential } from './stores/credential-contracts.ts';
import type {
  AccessPolicyRecord,
  AuditSinkRecord,
  BindingRecord,
  ClusterRecord,
  GroupRecord,
  IdentityProviderRecord,
  InstallationRecord,
  NotificationChannelRecord,
  OrganizationRecord,
  PrincipalRecord,
  ProjectRecord,
  RecordReader,
  RequestPolicyRecord,
  RoleRecord,
} from './stores/records.ts';
import type { TerminatedSession } from './stores/session-contracts.ts';

/**
 * The immutable whole that every decision reads: who and what is live, and the compiled policy. A record that is missing
 * here is a revoked one. A record that did not change is the same object in the next snapshot.
 */
export interface Snapshot extends RecordReader {
  /** Grows with each change; every decision names it. */
  readonly version: number;
  readonly installation: InstallationRecord;
  readonly organizations: ReadonlyMap<OrganizationId, OrganizationRecord>;
  readonly projects: ReadonlyMap<ProjectId, ProjectRecord>;
  /** With their settings in the form in which they act. */
  readonly clusters: ReadonlyMap<ClusterId, ClusterRecord>;
  readonly identityProviders: ReadonlyMap<IdentityProviderId, IdentityProviderRecord>;
  /** With the groups that are kept here, in `localGroups` and, where SCIM keeps them, in `groups`. */
  readonly principals: ReadonlyMap<PrincipalId, PrincipalRecord>;
  readonly groups: ReadonlyMap<GroupId, GroupRecord>;
  readonly loginSessions: ReadonlyMap<LoginSessionId, LoginSession>;
  /** Kube credentials that were revoked before their end. */
  readonly revokedCredentials: ReadonlyMap<CredentialId, RevokedCredential>;
  /** Sessions that somebody ended, by the request that opened them. */
  readonly terminatedSessions: ReadonlyMap<DecisionId, TerminatedSession>;
  /** Live (not revoked) agent certificates by serial. */
  readonly agentCertificates: ReadonlyMap<string, AgentCertificate>;
  readonly roles: readonly RoleRecord[];
  readonly bindings: readonly BindingRecord[];
  readonly accessPolicies: readonly AccessPolicyRecord[];
  readonly notificationChannels: ReadonlyMap<NotificationChannelId, NotificationChannelRecord>;
  readonly auditSinks: ReadonlyMap<AuditSinkId, AuditSinkRecord>;
  readonly requestPolicies: ReadonlyMap<RequestPolicyId, RequestPolicyRecord>;
  /** Those that have not ended, also those that have not started. */
  readonly grants: ReadonlyMap<GrantId, IssuedGrant>;
  /** Those that ended in the last few minutes, with their end where it is in the records: for explanations alone. */
  readonly endedGrants: ReadonlyMap<GrantId, IssuedGrant>;
  /** By organization name, then by cluster name. */
  findCluster(organizationName: string, clusterName: string): ClusterRecord | undefined;
  /** Roles, bindings and access policies, compiled. */
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
  /**
   * Calls `listener` after each change, with the new snapshot; also when a grant starts or ends by the clock, which leaves the
   * version as it is. Returns the way to stop.
   */
  onChange(listener: (snapshot: Snapshot) => void): () => void;
  close(): Promise<void>;
}
