import type { AccessRequest, AccessRequestState, GrantState, IssuedGrant, Review } from '@sallyport/authz';
import type { AccessRequestId, GrantId, OrganizationId, PrincipalId, RequestPolicyId, RoleId } from '@sallyport/core';

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
  /** Whether its start is in the audit log; see {@link AccessWrites.markStarted}. */
  readonly isStarted: boolean;
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

/**
 * One page. Counting on through years of history would make every page slower, so `totalCount` stops at
 * `MAX_COUNTED_ACCESS`.
 */
export interface AccessList<Kept> {
  readonly items: readonly Kept[];
  readonly totalCount: number;
}

/** Reading access requests and grants, of history too. */
export interface AccessRows {
  findRequest(organizationId: OrganizationId, id: AccessRequestId): Promise<KeptAccessRequest | undefined>;
  listRequests(
    selection: AccessRequestSelection,
    page: AccessPage<AccessRequestId>,
  ): Promise<AccessList<KeptAccessRequest>>;
  /** Those of some ids that there are, in no order. */
  findRequests(organizationId: OrganizationId, ids: readonly AccessRequestId[]): Promise<readonly KeptAccessRequest[]>;
  findGrant(organizationId: OrganizationId, id: GrantId): Promise<KeptGrant | undefined>;
  /** Likewise. */
  findGrants(organizationId: OrganizationId, ids: readonly GrantId[]): Promise<readonly KeptGrant[]>;
  listGrants(selection: GrantSelection, page: AccessPage<GrantId>): Promise<AccessList<KeptGrant>>;
  /** When the next thing is due: a request that expires, a grant that starts or ends without that being in the records. */
  nextDueAt(): Promise<Date | undefined>;
  /**
   * Calls `listener` after each transaction of this server that made a request, or made or changed a grant: something may be due
   * sooner. Returns the way to stop.
   */
  watch(listener: () => void): () => void;
}

/**
 * Changing access requests and grants within one transaction. What rests on a record that is removed (a role, a principal, a
 * request policy, a cluster, a project, an organization), on a principal that is disabled, or on a namespace that is gone ends in
 * that transaction by itself: the store sees to it, whoever removes it.
 */
export interface AccessWrites {
  /** Reads a request and locks it until the transaction ends: whoever comes second sees what the first one did. */
  lockRequest(organizationId: OrganizationId, id: AccessRequestId): Promise<KeptAccessRequest | undefined>;
  /**
   * Writes a new request.
   * @throws StoreError `ERR_STORE_REFERENCE` when its role, policy or requester, or a cluster or project of its scope, is gone or
   * disabled
   */
  insertRequest(request: AccessRequest, names: KeptAccessRequest['names']): Promise<void>;
  /**
   * Writes what a transition changed of a locked request; its reviews are appended.
   * @throws StoreError `ERR_STORE_CONFLICT` when it has come to another end already
   */
  updateRequest(
    request: AccessRequest,
    newReviews?: readonly { readonly review: Review; readonly reviewerName: string }[],
  ): Promise<void>;
  /** Like {@link AccessWrites.lockRequest}. */
  lockGrant(organizationId: OrganizationId, id: GrantId): Promise<KeptGrant | undefined>;
  /**
   * Writes a new grant. Its start is told by the job of what is due, also when it starts at once.
   * @throws StoreError `ERR_STORE_REFERENCE` when its role or principal, or a cluster or project of its scope, is gone or
   * disabled, `ERR_STORE_CONFLICT` when its request has a grant already
   */
  insertGrant(grant: IssuedGrant, names: KeptGrant['names']): Promise<void>;
  /**
   * Writes how a grant ended, or that it ends sooner.
   * @throws StoreError `ERR_STORE_CONFLICT` when it has ended already
   */
  updateGrant(grant: IssuedGrant): Promise<void>;
  /** Notes that the start of a locked grant is in the audit log. */
  markStarted(id: GrantId): Promise<void>;
  /** How many pending requests a principal has. Locks the principal, so that two new ones are counted one after the other. */
  countPending(requesterId: PrincipalId): Promise<number>;
  /**
   * How often a principal broke the glass since an instant, and whether a follow-up review is overdue at another. Locks the
   * principal, so that two uses at a time are counted one after the other.
   */
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
}
