import { formatDuration, type GrantId, type Principal, type ReviewId } from '@sallyport/core';
import type { AuthenticationFacts } from '../query.ts';
import { requestFacts } from '../requests/request-facts.ts';
import type { AccessRequest, Review } from './access-request.ts';
import { contentSha256 } from './content-sha256.ts';
import { basisOf, type LifeCycleRecords, namesIn, type RenewedGrant, type RequestBasis } from './facts.ts';
import type { IssuedGrant } from './grant.ts';
import { grantFrom } from './grant-from.ts';
import { policyProblem } from './policy-terms.ts';
import { readDuration } from './read-terms.ts';
import { type Refusal, refuse } from './refusal.ts';
import { progressOn, type ReviewProgress } from './review-progress.ts';
import { reviewerProblem } from './reviewers.ts';
import { isSamePerson } from './same-person.ts';
import { ACCESS_REQUEST_TRANSITIONS, nextState } from './transitions.ts';

/** What a reviewer says. */
export interface ReviewDraft {
  readonly id: ReviewId;
  readonly verdict: 'approve' | 'deny';
  /** Demanded for a denial. */
  readonly reason?: string;
  /** Of the request as the reviewer saw it. Demanded for an approval. */
  readonly contentSha256?: string;
  /** With an approval: a shorter time, in the form of `parseDuration`. Approvals of before were for more, and no longer count. */
  readonly duration?: string;
}

/** What a review is judged on. */
export interface ReviewFacts extends LifeCycleRecords {
  /** Who reviews, as they come: an API key limits them. */
  readonly reviewer: Principal;
  /** How they signed in, for conditions. */
  readonly authentication?: AuthenticationFacts;
  readonly at: Date;
  /** For the grant, if the review makes one. */
  readonly grantId: GrantId;
  /** What the request prolongs, as it is now; demanded of a renewal. */
  readonly renews?: RenewedGrant;
}

/** What becomes of an access request by a review. */
export type ReviewedAccessRequest =
  | {
      readonly outcome: 'approved';
      readonly request: AccessRequest;
      readonly review: Review;
      readonly grant: IssuedGrant;
    }
  | { readonly outcome: 'denied'; readonly request: AccessRequest; readonly review: Review }
  /** It needs more approvals. */
  | {
      readonly outcome: 'stillPending';
      readonly request: AccessRequest;
      readonly review: Review;
      readonly progress: ReviewProgress;
    }
  | Refusal;

/**
 * Takes one reviewer's verdict. An approval binds the content that the reviewer saw: it is refused when the request, its role or its
 * policy is another by now, and approvals of anything else do not count. One denial denies. The last approval that is needed makes the
 * grant.
 */
export function reviewAccessRequest(
  request: AccessRequest,
  draft: ReviewDraft,
  facts: ReviewFacts,
): ReviewedAccessRequest {
  const { at, reviewer } = facts;
  if (nextState(ACCESS_REQUEST_TRANSITIONS, request.state, draft.verdict) === undefined) {
    return refuse('wrongState', `the access request is ${request.state} already`);
  }
  if (at >= request.pendingUntil) return refuse('overdue', 'the access request has expired');
  const basis = basisOf(request, facts);
  if (basis === undefined) return refuse('basisGone', 'what the access request rests on is gone');
  const progress = progressOn(basis, request, facts);
  if (draft.verdict === 'deny') return denied(request, draft, basis, progress, facts);

  const step = progress.step ?? 0;
  const problem = stepProblem(request, step, basis, facts);
  if (problem !== undefined) return problem;
  if (hasApproved(reviewer, request, progress, facts)) {
    return refuse('alreadyReviewed', 'nobody approves the same access request twice');
  }
  if (draft.contentSha256 !== progress.contentSha256) {
    return refuse(
      'contentChanged',
      'the access request is not what was reviewed',
      'Look at it again, and approve what it is now.',
    );
  }
  return approved(request, draft, step, basis, facts);
}

/**
 * Whether somebody could review an access request now, as far as that can be told beforehand: for listings. A condition that reads
 * what only the review tells is taken to hold.
 */
export function mayReview(
  request: AccessRequest,
  facts: LifeCycleRecords & Pick<ReviewFacts, 'reviewer' | 'authentication' | 'at'>,
): boolean {
  if (request.state !== 'pending' || facts.at >= request.pendingUntil) return false;
  const basis = basisOf(request, facts);
  if (basis === undefined) return false;
  const progress = progressOn(basis, request, facts);
  if (progress.step === undefined || hasApproved(facts.reviewer, request, progress, facts)) return false;
  return stepProblem(request, progress.step, basis, facts, ['holds', 'unknown']) === undefined;
}

/** Why somebody does not review a step of a request. */
function stepProblem(
  request: AccessRequest,
  step: number,
  { by, requester, role }: RequestBasis,
  facts: LifeCycleRecords & Pick<ReviewFacts, 'reviewer' | 'authentication' | 'at'>,
  enough: readonly string[] = ['holds'],
): Refusal | undefined {
  const { reviewer, authentication, at } = facts;
  const compiled = by.steps[step];
  if (compiled === undefined) return refuse('notReviewer', 'the request policy has no such step');
  const problem = reviewerProblem(compiled.step.reviewers, reviewer, { ...request, requester }, facts);
  if (problem !== undefined || compiled.condition === undefined) return problem;
  const { objects, renewsId, ...asked } = request;
  const values = requestFacts(
    { ...asked, role: role.role.name, hasObjects: objects !== undefined, isRenewal: renewsId !== undefined },
    { requester, reviewer, at, ...(authentication !== undefined && { authentication }) },
    namesIn(facts),
  );
  if (enough.includes(compiled.condition.judge(values))) return undefined;
  return refuse('notReviewer', 'the condition under which this step is reviewed does not hold for you now');
}

/** Any of the reviewers whose turn has come or will come may deny. */
function denied(
  request: AccessRequest,
  draft: ReviewDraft,
  basis: RequestBasis,
  { step: waiting = 0, contentSha256: sha256 }: ReviewProgress,
  facts: ReviewFacts,
): ReviewedAccessRequest {
  const { at, reviewer } = facts;
  const { reason } = draft;
  const problems = basis.by.steps.map((_, step) =>
    step < waiting ? undefined : { step, problem: stepProblem(request, step, basis, facts) },
  );
  const own = problems.find((one) => one !== undefined && one.problem === undefined);
  if (own === undefined) {
    const [first] = problems.flatMap((one) => one?.problem ?? []);
    return first ?? refuse('notReviewer', 'the access request waits for no reviewer');
  }
  if (reason === undefined || reason.trim() === '')
    return refuse('reasonMissing', 'say why the access request is denied');
  const review: Review = {
    ...{ id: draft.id, reviewerId: reviewer.id, verdict: 'deny', step: own.step, reason, at },
    contentSha256: sha256,
  };
  return {
    outcome: 'denied',
    request: {
      ...request,
      state: 'denied',
      reviews: [...request.reviews, review],
      resolution: { at, byId: reviewer.id, reason },
    },
    review,
  };
}

function approved(
  request: AccessRequest,
  draft: ReviewDraft,
  step: number,
  basis: RequestBasis,
  facts: ReviewFacts,
): ReviewedAccessRequest {
  const { at, reviewer, grantId, renews } = facts;
  const { by, role, requester } = basis;
  const durationMs = shortened(request, draft.duration);
  if (typeof durationMs !== 'number') return durationMs;
  const shorter: AccessRequest = { ...request, durationMs };
  // A policy that was changed since may let the requester ask for less than this by now.
  const unfit = policyProblem(by, requester, shorter, request.createdAt, facts);
  if (unfit !== undefined) return refuse('basisGone', unfit.message);
  const review: Review = {
    ...{ id: draft.id, reviewerId: reviewer.id, verdict: 'approve', step, at },
    ...(draft.reason !== undefined && { reason: draft.reason }),
    contentSha256: contentSha256(shorter, role.role, by.policy),
  };
  const reviewed: AccessRequest = { ...shorter, reviews: [...request.reviews, review] };
  const progress = progressOn(basis, reviewed, facts);
  if (progress.step !== undefined) return { outcome: 'stillPending', request: reviewed, review, progress };
  const grant = grantFrom(reviewed, { id: grantId, at, policy: by.policy, ...(renews && { renews }) });
  if ('outcome' in grant) return grant;
  return {
    outcome: 'approved',
    request: { ...reviewed, state: 'approved', resolution: { at, byId: reviewer.id }, grantId },
    review,
    grant,
  };
}

function shortened({ durationMs }: AccessRequest, duration: string | undefined): number | Refusal {
  if (duration === undefined) return durationMs;
  const shorter = readDuration(duration);
  if (typeof shorter !== 'number' || shorter <= durationMs) return shorter;
  const [given, asked] = [formatDuration(shorter), formatDuration(durationMs)];
  return refuse(
    'durationInvalid',
    `${given} is longer than the ${asked} that were asked for: a reviewer only shortens`,
  );
}

/** Whether one of the approvals that count is of this person. */
function hasApproved(
  reviewer: Principal,
  { reviews }: AccessRequest,
  { counting }: ReviewProgress,
  { principals }: LifeCycleRecords,
): boolean {
  return reviews.some(({ id, reviewerId }) => {
    if (!counting.has(id)) return false;
    const other = principals.get(reviewerId);
    return reviewerId === reviewer.id || (other !== undefined && isSamePerson(other, reviewer));
  });
}
