import type { AccessRequest, AccessRequestState, GrantState, IssuedGrant, Review } from '@sallyport/authz';
import type {
  AccessRequestId,
  ClusterId,
  GrantId,
  OrganizationId,
  PrincipalId,
  RequestPolicyId,
  RoleId,
} from '@sallyport/core';

/** An access request as it is kept. */
export interface KeptAccessRequest extends AccessRequest {
  /** Names as they were when it was made, for what is gone by now. */
  readonly names: { readonly requester: string; readonly role: string; readonly policy: string };
  /** Names of the reviewers as they were, by id. */
  readonly reviewerNames: ReadonlyMap<PrincipalId, string>;
  readonly resourceVersion: number;
}

/** A grant as it is kept. */
export interface KeptGrant extends IssuedGrant {
  readonly names: { readonly principal: string; readonly role: string };
  readonly resourceVersion: number;
}

/** Which access requests. Parts are joined by "and". */
export interface AccessRequestSelection {
  readonly organizationId: OrganizationId;
  readonly states?: readonly AccessRequestState[];
  readonly requesterId?: PrincipalId;
  readonly roleId?: RoleId;
  /** Of one of these policies, or made by this principal: what somebody may see without a permission. */
  readonly visibleTo?: { readonly principalId: PrincipalId; readonly policyIds: readonly RequestPolicyId[] };
  readonly isFollowUpDue?: boolean;
}

/** Which grants. Parts are joined by "and". */
export interface GrantSelection {
  readonly organizationId: OrganizationId;
  readonly states?: readonly GrantState[];
  readonly principalId?: PrincipalId;
  readonly roleId?: RoleId;
}

/** One page of a listing, newest first, from behind `after`. */
export interface AccessPage<Id extends string> {
  readonly at: Date;
  readonly limit: number;
  readonly after?: Id;
}

/** Reading access requests and grants, of history too. */
export interface AccessRows {
  findRequest(organizationId: OrganizationId, id: AccessRequestId): Promise<KeptAccessRequest | undefined>;
  listRequests(
    selection: AccessRequestSelection,
    page: AccessPage<AccessRequestId>,
  ): Promise<{ readonly items: readonly KeptAccessRequest[]; readonly totalCount: number }>;
  findGrant(organizationId: OrganizationId, id: GrantId): Promise<KeptGrant | undefined>;
  listGrants(
    selection: GrantSelection,
    page: AccessPage<GrantId>,
  ): Promise<{ readonly items: readonly KeptGrant[]; readonly totalCount: number }>;
  /** When the next thing is due: a request that expires, a grant that starts or ends without that being in the records. */
  nextDueAt(): Promise<Date | undefined>;
}

/** What is gone, and takes pending requests and live grants with it. */
export type GoneBasis =
  | { readonly kind: 'role'; readonly id: RoleId }
  | { readonly kind: 'principal'; readonly id: PrincipalId }
  | { readonly kind: 'requestPolicy'; readonly id: RequestPolicyId }
  | { readonly kind: 'cluster'; readonly id: ClusterId }
  | { readonly kind: 'namespaces'; readonly clusterId: ClusterId; readonly names: readonly string[] };

/** Changing access requests and grants within one transaction. */
export interface AccessWrites {
  /** Reads a request and locks it until the transaction ends: whoever comes second sees what the first one did. */
  lockRequest(organizationId: OrganizationId, id: AccessRequestId): Promise<KeptAccessRequest | undefined>;
  /** Writes a new request. */
  insertRequest(request: AccessRequest, names: KeptAccessRequest['names']): Promise<void>;
  /** Writes what a transition changed of a locked request; its reviews are appended. */
  updateRequest(
    request: AccessRequest,
    newReviews?: readonly { readonly review: Review; readonly reviewerName: string }[],
  ): Promise<void>;
  lockGrant(organizationId: OrganizationId, id: GrantId): Promise<KeptGrant | undefined>;
  insertGrant(grant: IssuedGrant, names: KeptGrant['names']): Promise<void>;
  updateGrant(grant: IssuedGrant): Promise<void>;
  /** How often a principal broke the glass since an instant, and whether a follow-up review is overdue at another. */
  breakGlassUses(
    principalId: PrincipalId,
    since: Date,
    at: Date,
  ): Promise<{ readonly count: number; readonly hasOverdueFollowUp: boolean }>;
  /** Requests that have expired, and grants that have started or ended, at `at` without that being in the records; locked. */
  takeDue(
    at: Date,
    limit: number,
  ): Promise<{ readonly requests: readonly KeptAccessRequest[]; readonly grants: readonly KeptGrant[] }>;
  /** Pending requests and live grants that rest on what is gone; locked. */
  takeResting(
    basis: GoneBasis,
  ): Promise<{ readonly requests: readonly KeptAccessRequest[]; readonly grants: readonly KeptGrant[] }>;
}
