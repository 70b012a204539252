import { isAmong, isSamePerson, type Refusal, reviewerProblem, type Subject } from '@sallyport/authz';
import type { Principal } from '@sallyport/core';
import type { PlatformPermission } from '@sallyport/core/api';
import type { AccessGround } from '../access-requests/ground.ts';
import { holdsOn, holdsSomewhere } from '../access-requests/visibility.ts';
import type { KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';

/** Permission that takes away what an item is about, without any review. */
export const REMOVAL_PERMISSIONS = {
  binding: 'bindings.update',
  grant: 'grants.revoke',
} as const satisfies Readonly<Record<KeptAccessReviewItem['about']['kind'], PlatformPermission>>;

/** Somebody who answers, with what there is to know of them for every item. */
export interface Answerer {
  /** Why they don't answer about an item; `undefined` when they do. */
  problemOf(item: Pick<KeptAccessReviewItem, 'about' | 'subject' | 'basis'>): Refusal | undefined;
}

/**
 * Tells what the caller answers in a review: as one of its reviewers, and never about access of their own, be it another account
 * of theirs or a group that one of their accounts is in.
 */
export function answererIn(ground: AccessGround, { reviewers, organizationId }: KeptAccessReview): Answerer {
  const { snapshot, caller, records } = ground;
  const accounts = snapshot
    .list('Principal', organizationId)
    .filter((principal) => isSamePerson(principal, caller))
    .map(({ id }) => snapshot.principals.get(id))
    .filter((principal) => principal !== undefined);
  return {
    problemOf({ about, subject, basis: { scope } }) {
      if (accounts.some((account) => isSelected(subject, account))) return OWN_ACCESS;
      const permission = REMOVAL_PERMISSIONS[about.kind];
      const problem = reviewerProblem(
        reviewers,
        caller,
        { organizationId, requester: undefined, scope, permission },
        records,
      );
      return problem && { ...problem, message: 'you are none of those who answer about it' };
    },
  };
}

const OWN_ACCESS: Refusal = {
  outcome: 'refused',
  code: 'ownRequest',
  kind: 'reviewRefused',
  message: 'nobody answers about their own access, under whatever account',
  nextStep: 'Leave it to another reviewer.',
};

function isSelected(subject: Subject, account: Principal): boolean {
  return isAmong([subject], account);
}

/** Whether the caller answers in a review at all, be it that nothing of it waits for them. */
export function isReviewerIn(ground: AccessGround, { reviewers }: Pick<KeptAccessReview, 'reviewers'>): boolean {
  if (reviewers !== 'permitted') return isAmong(reviewers, ground.caller);
  return Object.values(REMOVAL_PERMISSIONS).some((permission) => holdsSomewhere(ground, permission));
}

/** Whether the caller sees all of a review by permission. */
export function seesAll(ground: AccessGround, { scope }: Pick<KeptAccessReview, 'scope'>): boolean {
  return holdsOn(ground, 'accessReviews.read', scope);
}

/** Whether the caller may know of a review. */
export function maySeeReview(ground: AccessGround, review: KeptAccessReview): boolean {
  return isReviewerIn(ground, review) || seesAll(ground, review);
}
