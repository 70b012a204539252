import type { Principal, ReviewId } from '@sallyport/core';
import type { AccessRequest, Review } from './access-request.ts';
import { contentSha256 } from './content-sha256.ts';
import { basisOf, type LifeCycleRecords, type RequestBasis } from './facts.ts';
import { reviewerProblem } from './reviewers.ts';
import { isSamePerson } from './same-person.ts';

/** How far the review of an access request is. */
export interface ReviewProgress {
  /** Of the request as it is now. */
  readonly contentSha256: string;
  /** The steps in order, with the approvals that each needs and has. */
  readonly steps: readonly { readonly name?: string; readonly approvals: number; readonly given: number }[];
  /** Index of the step that waits for approvals; absent when none does. */
  readonly step?: number;
  /** The approvals that count. */
  readonly counting: ReadonlySet<ReviewId>;
}

/**
 * Counts the approvals of an access request, as its role and its request policy are now; `undefined` once what it rests on is gone.
 * An approval counts when it was given for the step whose turn it was, for the very content that the request has now, by somebody
 * who is still there and still one of the reviewers of that step. A person counts once in all, under whatever accounts.
 */
export function reviewProgress(request: AccessRequest, records: LifeCycleRecords): ReviewProgress | undefined {
  const basis = basisOf(request, records);
  return basis && progressOn(basis, request, records);
}

/** The same on what the request rests on. */
export function progressOn(basis: RequestBasis, request: AccessRequest, records: LifeCycleRecords): ReviewProgress {
  const { by, role } = basis;
  const sha256 = contentSha256(request, role.role, by.policy);
  const given = by.steps.map(() => 0);
  const counting = new Set<ReviewId>();
  const people: Principal[] = [];
  const waiting = () => by.steps.findIndex(({ step }, i) => (given[i] ?? 0) < step.approvals);
  for (const review of request.reviews) {
    const step = waiting();
    if (review.verdict !== 'approve' || review.step !== step || review.contentSha256 !== sha256) continue;
    const reviewer = liveReviewer(review, basis, request, records);
    if (reviewer === undefined || people.some((one) => isSamePerson(one, reviewer))) continue;
    given[step] = (given[step] ?? 0) + 1;
    counting.add(review.id);
    people.push(reviewer);
  }
  const step = waiting();
  return {
    contentSha256: sha256,
    steps: by.steps.map(({ step: { name, approvals } }, i) => ({
      ...(name !== undefined && { name }),
      approvals,
      given: given[i] ?? 0,
    })),
    ...(step >= 0 && { step }),
    counting,
  };
}

/** Who gave a review, while they would still be taken as a reviewer of its step. */
function liveReviewer(
  { reviewerId, step }: Review,
  { by, requester }: RequestBasis,
  { scope, organizationId }: AccessRequest,
  records: LifeCycleRecords,
): Principal | undefined {
  const reviewer = records.principals.get(reviewerId);
  const reviewers = by.steps[step]?.step.reviewers;
  if (reviewer === undefined || reviewers === undefined) return undefined;
  return reviewerProblem(reviewers, reviewer, { organizationId, requester, scope }, records) === undefined
    ? reviewer
    : undefined;
}
