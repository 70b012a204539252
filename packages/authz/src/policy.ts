import type { BindingId, ClusterId, OrganizationId, PrincipalId, RoleId } from '@sallyport/core';

/** Verbs × resources × names that a role covers, in the form and with the meaning of a Kubernetes `PolicyRule`. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  /** `pods`, `pods/log`, `*`; a subresource is never implied by its parent. */
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  /** Absent: all namespaces and cluster-scoped objects. Given: only these namespaces. */
  readonly namespaces?: readonly string[];
  /** Paths, with a trailing `*` at the most. */
  readonly nonResourceUrls?: readonly string[];
}

/** Names of roles that only Sallyport itself holds start with this; nobody is told to ask for one. */
export const OWN_ROLE_PREFIX = 'sallyport:';

/** The Kubernetes side of a role: a ceiling that the cluster itself grants, and rules that narrow it. */
export interface Role {
  readonly id: RoleId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  /**
   * Groups to impersonate, each bound in the cluster by the install manifest or its operator, e.g. `sallyport:view`.
   * Empty: the role has no Kubernetes side.
   */
  readonly ceilingGroups: readonly string[];
  /** Absent: the ceiling as it is. Given: only what a rule covers. */
  readonly rules?: readonly Rule[];
  /** What the role allows on Sallyport itself, for example `clusters.create`; the REST contract names them. Empty: nothing. */
  readonly permissions: readonly string[];
}

/** Selects principals. A group is (issuer, name): the same name from two identity providers is two groups. */
export type Subject =
  | { readonly kind: 'principal'; readonly id: PrincipalId }
  | { readonly kind: 'group'; readonly issuer: string; readonly name: string };

/** Role × subjects × scope, standing. */
export interface Binding {
  readonly id: BindingId;
  readonly organizationId: OrganizationId;
  readonly roleId: RoleId;
  readonly subjects: readonly Subject[];
  readonly scope: Scope;
}

/** Clusters that a binding reaches. Absence is never a wildcard: the whole organization is said aloud. */
export type Scope =
  | { readonly kind: 'organization' }
  | { readonly kind: 'clusters'; readonly clusterIds: readonly ClusterId[] };
