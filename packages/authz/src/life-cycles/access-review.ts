import type {
  AccessReviewId,
  AccessReviewItemId,
  BindingId,
  GrantId,
  OrganizationId,
  PrincipalId,
} from '@sallyport/core';
import type { Reviewers, Subject } from '../policy.ts';
import { type Refusal, refuse } from './refusal.ts';
import { ACCESS_REVIEW_ITEM_TRANSITIONS, ACCESS_REVIEW_TRANSITIONS, nextState } from './transitions.ts';

/** States of an access review. */
export type AccessReviewState = 'open' | 'closed';

/** States of one thing that an access review asks about. All but `pending` are final. */
export type AccessReviewItemState = 'pending' | 'attested' | 'removed' | 'skipped';

/** A campaign that asks whether access is still needed. */
export interface AccessReview {
  readonly id: AccessReviewId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  /** Who answers. */
  readonly reviewers: Reviewers;
  readonly state: AccessReviewState;
  readonly createdAt: Date;
  readonly createdById: PrincipalId;
  /** When it closes unless somebody closes it before. */
  readonly dueAt: Date;
  /** What becomes at the close of what nobody answered: it is left as it is, or removed. */
  readonly unanswered: 'keep' | 'remove';
  /** By is absent when the time closed it. */
  readonly closed?: { readonly at: Date; readonly byId?: PrincipalId };
}

/** One thing that an access review asks about: what a binding gives to one of its subjects, or a grant. */
export interface AccessReviewItem {
  readonly id: AccessReviewItemId;
  readonly reviewId: AccessReviewId;
  readonly about:
    | { readonly kind: 'binding'; readonly id: BindingId; readonly subject: Subject }
    | { readonly kind: 'grant'; readonly id: GrantId };
  /** Whom it gives access to, where it is one principal: nobody answers about their own access. */
  readonly principalId?: PrincipalId;
  readonly state: AccessReviewItemState;
  readonly answer?: { readonly at: Date; readonly byId?: PrincipalId; readonly reason?: string };
}

/** One reviewer's answer. */
export interface AccessReviewAnswer {
  readonly verdict: 'attest' | 'remove';
  readonly reviewerId: PrincipalId;
  /** Demanded for a removal. */
  readonly reason?: string;
  readonly at: Date;
}

/** Answers about one thing. Whether the reviewer is one of those who answer is for the caller to tell. */
export function answerAccessReviewItem(
  review: AccessReview,
  item: AccessReviewItem,
  { verdict, reviewerId, reason, at }: AccessReviewAnswer,
): { readonly outcome: 'answered'; readonly item: AccessReviewItem } | Refusal {
  if (review.state !== 'open' || item.reviewId !== review.id)
    return refuse('wrongState', 'the access review is closed');
  if (at >= review.dueAt) return refuse('overdue', 'the time of the access review is over');
  if (item.principalId === reviewerId) return refuse('ownRequest', 'nobody answers about their own access');
  const state = nextState(ACCESS_REVIEW_ITEM_TRANSITIONS, item.state, verdict);
  if (state === undefined) return refuse('wrongState', `it is ${item.state} already`);
  if (verdict === 'remove' && isBlank(reason)) return refuse('reasonMissing', 'say why the access is to be removed');
  return {
    outcome: 'answered',
    item: { ...item, state, answer: { at, byId: reviewerId, ...(reason !== undefined && { reason }) } },
  };
}

/** Passes over a thing that is no longer what was asked about, or that can't be taken away; the reason is shown. */
export function skipAccessReviewItem(
  item: AccessReviewItem,
  { at, reason, byId }: { readonly at: Date; readonly reason: string; readonly byId?: PrincipalId },
): { readonly outcome: 'skipped'; readonly item: AccessReviewItem } | Refusal {
  const state = nextState(ACCESS_REVIEW_ITEM_TRANSITIONS, item.state, 'skip');
  if (state === undefined) return refuse('wrongState', `it is ${item.state} already`);
  return { outcome: 'skipped', item: { ...item, state, answer: { at, reason, ...(byId !== undefined && { byId }) } } };
}

/** A closed access review with what became of what nobody had answered. */
export interface ClosedAccessReview {
  readonly outcome: 'closed';
  readonly review: AccessReview;
  /** Those that changed by the close. */
  readonly items: readonly AccessReviewItem[];
}

/** What is said of what nobody answered. */
const UNANSWERED = 'nobody answered in time';

/**
 * Closes an access review: by somebody, or by its time once that has come. What is still pending is skipped, or removed where the
 * review says so.
 */
export function closeAccessReview(
  review: AccessReview,
  items: readonly AccessReviewItem[],
  { at, byId }: { readonly at: Date; readonly byId?: PrincipalId },
): ClosedAccessReview | Refusal {
  const state = nextState(ACCESS_REVIEW_TRANSITIONS, review.state, 'close');
  if (state === undefined) return refuse('wrongState', 'the access review is closed already');
  if (byId === undefined && at < review.dueAt) return refuse('notDue', 'the time of the access review is not over');
  const event = review.unanswered === 'remove' ? 'remove' : 'skip';
  const changed = items.flatMap((item): readonly AccessReviewItem[] => {
    const next = nextState(ACCESS_REVIEW_ITEM_TRANSITIONS, item.state, event);
    return next === undefined || item.reviewId !== review.id
      ? []
      : [{ ...item, state: next, answer: { at, reason: UNANSWERED } }];
  });
  return {
    outcome: 'closed',
    review: { ...review, state, closed: { at, ...(byId !== undefined && { byId }) } },
    items: changed,
  };
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}
