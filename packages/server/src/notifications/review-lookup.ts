import { type AccessRequest, mayReview, reviewerProblem, reviewProgress } from '@sallyport/authz';
import type { Snapshot } from '../snapshot.ts';
import type { PrincipalRecord } from '../stores/records.ts';

/** Hash over all that an approval of a request binds now; `undefined` when what it rests on is gone. */
export function contentSha256Of(request: AccessRequest, snapshot: Snapshot): string | undefined {
  return reviewProgress(request, snapshot)?.contentSha256;
}

/** People who may review a request at an instant, or follow an emergency use up that waits for that. */
export function reviewersOf(request: AccessRequest, snapshot: Snapshot, at: Date): readonly PrincipalRecord[] {
  const isToFollowUp = request.followUp?.state === 'due';
  if (request.state !== 'pending' && !isToFollowUp) return [];
  const people = snapshot
    .list('Principal', request.organizationId)
    .filter(({ kind, isDisabled }) => kind === 'user' && !isDisabled);
  if (isToFollowUp) return people.filter((person) => mayFollowUp(request, person, snapshot));
  const { policy, clusters, principals, projects } = snapshot;
  return people.filter((reviewer) => mayReview(request, { policy, clusters, principals, projects, reviewer, at }));
}

function mayFollowUp(request: AccessRequest, reviewer: PrincipalRecord, snapshot: Snapshot): boolean {
  const reviewers = snapshot.requestPolicies.get(request.policyId)?.breakGlass?.reviewers;
  if (reviewers === undefined) return false;
  const { organizationId, requesterId, scope } = request;
  const requester = snapshot.principals.get(requesterId);
  return reviewerProblem(reviewers, reviewer, { organizationId, requester, scope }, snapshot) === undefined;
}
