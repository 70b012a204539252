import type {
  AccessLimits,
  AccessPolicyId,
  BindingId,
  ClusterId,
  GrantId,
  LabelSelector,
  OrganizationId,
  PrincipalId,
  Privilege,
  ProjectId,
  RequestPolicyId,
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
  /**
   * Given: only objects with these labels. Of use for get, list and watch alone, whose answers are filtered; what is yet to be
   * written has no labels to go by.
   */
  readonly labelSelector?: LabelSelector;
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
  /** Dangerous actions that it may do, on top of ceiling and rules. Absent: none, whatever a wildcard says. */
  readonly privileges?: readonly Privilege[];
  /**
   * Whether a list or watch that reaches further than the role is answered with the part that the role covers. Absent: it is
   * refused.
   */
  readonly filterLists?: boolean;
  /** How much one principal may use under this role. Absent: as much as there is. */
  readonly limits?: AccessLimits;
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
  /** CEL: the binding counts only while it is true. Absent: always. */
  readonly condition?: string;
}

/** One Kubernetes object, with its subresources. */
export interface GrantedObject {
  /** Absent: the core group. */
  readonly apiGroup?: string;
  /** Plural, as in RBAC: `pods`. */
  readonly resource: string;
  /** Absent: an object of the cluster. */
  readonly namespace?: string;
  readonly name: string;
}

/** Role × principal × scope × time. Counts beside bindings and like one, from its start until just before its end. */
export interface Grant {
  readonly id: GrantId;
  readonly organizationId: OrganizationId;
  readonly principalId: PrincipalId;
  readonly roleId: RoleId;
  readonly scope: Scope;
  /** Given: only requests that name one of these. */
  readonly objects?: readonly GrantedObject[];
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** Who reviews: whoever holds `accessRequests.review` on all that is asked for, or these. */
export type Reviewers = 'permitted' | readonly Subject[];

/** One step of a review. */
export interface ReviewStep {
  readonly name?: string;
  readonly reviewers: Reviewers;
  /** Approvals by different people, at least 1. */
  readonly approvals: number;
  /** CEL over the reviewer and the request: a review is taken only while it is true. Absent: always. */
  readonly condition?: string;
}

/** What is requestable: who may ask for which roles where and for how long, and who reviews. */
export interface RequestPolicy {
  readonly id: RequestPolicyId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  /** Who may ask. An empty list is nobody. */
  readonly requesters: 'everyone' | readonly Subject[];
  readonly roleIds: readonly RoleId[];
  /** Where at most. */
  readonly scope: Scope;
  /** Longest life of one grant, in milliseconds. */
  readonly maxDurationMs: number;
  /** The same with all its renewals. */
  readonly maxTotalDurationMs: number;
  /** How far ahead a grant may be scheduled, in milliseconds. */
  readonly maxStartDelayMs: number;
  /** How long a request waits for its reviews, in milliseconds. */
  readonly pendingForMs: number;
  /** Given: a ticket id must be named, and match this whole (RE2). */
  readonly ticketPattern?: string;
  /** CEL: the policy counts only while it is true. Absent: always. */
  readonly condition?: string;
  /** One after the other; at least one. */
  readonly steps: readonly ReviewStep[];
  /** CEL: what it is true for is approved at once. Absent: nothing. */
  readonly autoApprove?: string;
  /** Given: the roles may be taken at once, and every use is reviewed afterwards. */
  readonly breakGlass?: {
    readonly maxDurationMs: number;
    /** How often one person may do so in 24 hours. */
    readonly maxPerDay: number;
    /** When the follow-up review is overdue, in milliseconds after the use. */
    readonly followUpWithinMs: number;
    readonly reviewers: Reviewers;
  };
}

/** What nobody may do, and what is demanded of those who may. */
export interface AccessPolicy {
  readonly id: AccessPolicyId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  /** Whom it is about. An empty list is nobody. */
  readonly subjects: 'everyone' | readonly Subject[];
  readonly scope: Scope;
  readonly deny?: readonly DenyStatement[];
  readonly require?: readonly RequireStatement[];
  /** How much each of the subjects may use, whatever their roles say. */
  readonly limits?: AccessLimits;
}

/** Refuses what its rules cover, or the privileges that it names. */
export interface DenyStatement {
  readonly rules?: readonly Rule[];
  readonly privileges?: readonly Privilege[];
  /** CEL: refuses only while it is true. One that can't be evaluated refuses. Absent: always. */
  readonly condition?: string;
  /** Why, for whoever is refused. */
  readonly message?: string;
}

/** Demands something of requests that its rules cover and that are allowed. */
export interface RequireStatement {
  readonly rules: readonly Rule[];
  /** CEL: demands only while it is true. One that can't be evaluated demands. Absent: always. */
  readonly condition?: string;
  readonly obligations: readonly ('record' | 'maskSecrets')[];
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
