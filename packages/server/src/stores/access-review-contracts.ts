import type {
  AccessReview,
  AccessReviewItem,
  AccessReviewItemState,
  AccessReviewState,
  Scope,
  ScopeSpec,
  Subject,
  SubjectSpec,
} from '@sallyport/authz';
import type { AccessReviewId, AccessReviewItemId, OrganizationId, RoleId } from '@sallyport/core';
import type { AccessList, AccessPage } from './access-contracts.ts';

/** An access review as it is kept. */
export interface KeptAccessReview extends AccessReview {
  readonly description?: string;
  readonly scope: Scope;
  readonly about: 'bindings' | 'grants' | 'both';
  readonly roleIds?: readonly RoleId[];
  /** Absent: nobody is reminded but by hand. In milliseconds. */
  readonly remindEveryMs?: number;
  /** Absent: never again. */
  readonly nextReminderAt?: Date;
  /** Names as they were when it started, for what is gone by now. */
  readonly names: {
    readonly createdBy: string;
    readonly scope: ScopeSpec;
    readonly roles?: readonly string[];
    readonly reviewers: 'permitted' | readonly SubjectSpec[];
    readonly closedBy?: string;
  };
}

/** What gives the access of an item, as far as an answer is about it. Anything else of a binding may change. */
export interface AccessReviewBasis {
  readonly roleId: RoleId;
  readonly scope: Scope;
  readonly condition?: string;
}

/** One thing that an access review asks about, as it is kept. */
export interface KeptAccessReviewItem extends AccessReviewItem {
  /** Who has the access by it. */
  readonly subject: Subject;
  readonly basis: AccessReviewBasis;
  /** What it was when the review started, by names. */
  readonly names: {
    readonly binding?: string;
    readonly subject: SubjectSpec;
    readonly role: string;
    readonly scope: ScopeSpec;
    /** When a grant was to end. */
    readonly endsAt?: string;
  };
  readonly answeredByName?: string;
}

/** How many items of a review are in each state. */
export type AccessReviewCounts = Readonly<Record<AccessReviewItemState, number>>;

/** Reading access reviews, closed ones too. */
export interface AccessReviewRows {
  /** By id or by name. */
  find(organizationId: OrganizationId, idOrName: string): Promise<KeptAccessReview | undefined>;
  list(
    selection: { readonly organizationId: OrganizationId; readonly state?: AccessReviewState },
    page: AccessPage<AccessReviewId>,
  ): Promise<AccessList<KeptAccessReview>>;
  counts(ids: readonly AccessReviewId[]): Promise<ReadonlyMap<AccessReviewId, AccessReviewCounts>>;
  listItems(
    selection: { readonly reviewId: AccessReviewId; readonly state?: AccessReviewItemState },
    page: AccessPage<AccessReviewItemId>,
  ): Promise<AccessList<KeptAccessReviewItem>>;
  findItem(reviewId: AccessReviewId, id: AccessReviewItemId): Promise<KeptAccessReviewItem | undefined>;
  /** When the next open review closes by itself, or its reviewers are reminded. */
  nextDueAt(): Promise<Date | undefined>;
  /** Open reviews that are to close or to remind at `at`. */
  listDue(at: Date, limit: number): Promise<readonly KeptAccessReview[]>;
  /** Calls `listener` after each transaction of this server that started a review. Returns the way to stop. */
  watch(listener: () => void): () => void;
}

/** Changing access reviews within one transaction. */
export interface AccessReviewWrites {
  /** How many reviews of an organization are open. */
  countOpen(organizationId: OrganizationId): Promise<number>;
  /**
   * Writes a new review with what it asks about.
   * @throws StoreError `ERR_STORE_NAME_TAKEN`
   */
  insert(review: KeptAccessReview, items: readonly KeptAccessReviewItem[]): Promise<void>;
  /** Reads a review and locks it until the transaction ends. By id or by name. */
  lock(organizationId: OrganizationId, idOrName: string): Promise<KeptAccessReview | undefined>;
  /** Likewise one of its items. */
  lockItem(reviewId: AccessReviewId, id: AccessReviewItemId): Promise<KeptAccessReviewItem | undefined>;
  /** All that nobody has answered, locked. */
  lockPending(reviewId: AccessReviewId): Promise<readonly KeptAccessReviewItem[]>;
  counts(id: AccessReviewId): Promise<AccessReviewCounts>;
  /** Writes state, close and next reminder of a locked review. */
  update(review: KeptAccessReview): Promise<void>;
  /**
   * Writes what became of locked items.
   * @throws StoreError `ERR_STORE_CONFLICT` when one of them has been answered already
   */
  answer(
    items: readonly (Pick<KeptAccessReviewItem, 'id' | 'state' | 'answer'> & { readonly byName?: string })[],
  ): Promise<void>;
}
