import type { OrganizationId, Principal } from '@sallyport/core';
import { placesOf, reachesPlace } from '../authority/place.ts';
import { showWord } from '../describe.ts';
import type { Reviewers, Scope, Subject } from '../policy.ts';
import { indexBySubject } from '../subject-index.ts';
import type { LifeCycleRecords } from './facts.ts';
import { type Refusal, refuse } from './refusal.ts';
import { isSamePerson } from './same-person.ts';

/** Permission that reviews where a request policy leaves it to whoever is permitted. */
const REVIEW_PERMISSION = 'accessRequests.review';

/** What is reviewed. */
export interface ReviewedMatter {
  readonly organizationId: OrganizationId;
  /** Absent when whoever asked for it is not there any more. */
  readonly requester: Principal | undefined;
  readonly scope: Scope;
  /** Permission that selects whoever is `permitted`. Absent: `accessRequests.review`. */
  readonly permission?: string;
}

/**
 * Why somebody does not review what somebody else asks for; `undefined` when they do, conditions apart. Nobody reviews their own
 * request, under whatever account of theirs; a reviewer is a person who is there now, or a service account that is named itself;
 * and is one of those who are selected, by what stands: what is granted for a while approves nothing.
 */
export function reviewerProblem(
  reviewers: Reviewers,
  reviewer: Principal,
  about: ReviewedMatter,
  records: LifeCycleRecords,
): Refusal | undefined {
  const name = showWord(reviewer.userName);
  const live = records.principals.get(reviewer.id);
  if (live === undefined || live.isDisabled || reviewer.isDisabled) {
    return refuse('notReviewer', `${name} is nobody who reviews`);
  }
  if (live.organizationId !== about.organizationId) return refuse('notReviewer', `${name} is of another organization`);
  if (about.requester !== undefined && isSamePerson(live, about.requester)) {
    return refuse('ownRequest', 'nobody reviews what they ask for themselves, under whatever account');
  }
  if (live.kind !== 'user' && !namesItself(reviewers, live)) {
    return refuse('notReviewer', `${name} is no person, and the request policy does not name it as a reviewer`);
  }
  const isSelected = reviewers === 'permitted' ? isPermitted(reviewer, about, records) : isAmong(reviewers, live);
  return isSelected ? undefined : refuse('notReviewer', `${name} is none of the reviewers of this step`);
}

function namesItself(reviewers: Reviewers, { id, kind }: Principal): boolean {
  return (
    kind === 'serviceAccount' &&
    reviewers !== 'permitted' &&
    reviewers.some((subject) => subject.kind === 'principal' && subject.id === id)
  );
}

/** Whether subjects select a principal. */
export function isAmong(subjects: readonly Subject[], principal: Principal): boolean {
  const { organizationId } = principal;
  return indexBySubject([{ organizationId, subjects, order: 0 }]).of(principal).length > 0;
}

/** Whether somebody holds the permission to review on all of a scope, at all times. */
function isPermitted(
  reviewer: Principal,
  { scope, permission = REVIEW_PERMISSION }: ReviewedMatter,
  { policy, clusters }: LifeCycleRecords,
): boolean {
  const holding = policy
    .bindingsOf(reviewer)
    .filter(
      ({ compiledRole, condition, scope: held }) =>
        compiledRole.permissions.has(permission) && condition === undefined && !held.isNarrowed,
    );
  const places = placesOf(scope, clusters);
  return places.length > 0 && places.every((place) => holding.some((binding) => reachesPlace(binding, place, false)));
}
