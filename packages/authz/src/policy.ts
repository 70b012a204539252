import type {
  BindingId,
  ClusterId,
  LabelSelector,
  OrganizationId,
  PrincipalId,
  ProjectId,
  RoleId,
} from '@sallyport/core';

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

/**
 * Selects principals. A group is (issuer, name): the same name from two identity providers is two groups. Groups that the
 * organization keeps itself have the issuer `LOCAL_ISSUER`; a service account is a principal like any other.
 */
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

/**
 * What a binding reaches. Absence is never a wildcard: the whole organization is said aloud, an empty list or selector
 * reaches nothing, and so does a kind that this version does not know.
 */
export type Scope =
  /** The installation above all organizations, and nothing inside any of them. */
  | { readonly kind: 'installation' }
  | ({ readonly kind: 'organization' } & NamespaceNarrowing)
  /** Projects with their own clusters, and the use (not the administration) of clusters shared with them. */
  | ({ readonly kind: 'projects'; readonly projectIds: readonly ProjectId[] } & NamespaceNarrowing)
  | ({ readonly kind: 'clusters'; readonly clusterIds: readonly ClusterId[] } & NamespaceNarrowing)
  /** Clusters of the organization by their labels. */
  | ({ readonly kind: 'clusterSelector'; readonly selector: LabelSelector } & NamespaceNarrowing);

/** Narrows a scope to namespaces of the clusters that it reaches. */
export interface NamespaceNarrowing {
  /**
   * Given: the Kubernetes side is limited to these namespaces, never to cluster-scoped requests, and of the platform
   * permissions only those that are about using a cluster count. Absent: whole clusters.
   */
  readonly namespaces?: NamespaceSelection;
}

/** Namespaces by name, or by labels as the cluster's inventory last saw them. */
export type NamespaceSelection =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'selector'; readonly selector: LabelSelector };
