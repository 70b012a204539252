import type { ClusterId, OrganizationId, PrincipalId, ProjectId, RoleId } from '@sallyport/core';

/** Kinds of documents that are principals. */
export type PrincipalKindName = 'User' | 'ServiceAccount' | 'WorkloadIdentity';

/** What documents of one organization name each other by: each lookup answers `undefined` for what is not there. */
export interface Directory {
  readonly organizationId: OrganizationId;
  roleId(name: string): RoleId | undefined;
  projectId(name: string): ProjectId | undefined;
  clusterId(name: string): ClusterId | undefined;
  principalId(kind: PrincipalKindName, name: string): PrincipalId | undefined;
  /** Issuer of an identity provider. */
  issuerOf(identityProvider: string): string | undefined;
  /** Whether the organization itself keeps a group of that name. */
  hasGroup(name: string): boolean;
  /** Makes the error for a reference at `path` to something of `kind` that is not there. */
  missing(path: string, kind: NamedKind, name: string): Error;
}

/** Kinds that documents refer to. */
export type NamedKind = 'Role' | 'Project' | 'Cluster' | 'IdentityProvider' | 'Group' | PrincipalKindName;
