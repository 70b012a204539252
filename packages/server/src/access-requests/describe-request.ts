import {
  grantStateAt,
  type IssuedGrant,
  mayFollowUp,
  mayReview,
  type Reviewers,
  reviewProgress,
} from '@sallyport/authz';
import { formatDuration } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { describeScope, describeSubject } from '../resources/definitions/describe-reach.ts';
import type { KeptAccessRequest } from '../stores/access-contracts.ts';
import type { AccessGround } from './ground.ts';
import { nameOf } from './names.ts';
import { holdsOn } from './visibility.ts';

/** An access request in the form in which REST has it; `grant` is the one that it became. */
export function describeRequest(
  ground: AccessGround,
  request: KeptAccessRequest,
  grant: IssuedGrant | undefined,
): AccessRequestResource {
  const { snapshot, at, records } = ground;
  const { id, state, names, objects, startsAt, ticket, resolution, renewsId, followUp } = request;
  const progress = reviewProgress(request, records);
  const isPending = state === 'pending' && at < request.pendingUntil;
  return {
    id,
    // What the clock has decided is so, also before it is written down.
    state: state === 'pending' && !isPending ? 'expired' : state,
    requester: nameOf(snapshot, request.requesterId, names.requester),
    role: snapshot.get('Role', request.roleId)?.name ?? names.role,
    scope: describeScope(request.scope, snapshot),
    ...(objects !== undefined && { objects: objects.map((object) => ({ ...object })) }),
    duration: formatDuration(request.durationMs),
    ...(startsAt !== undefined && { startsAt }),
    reason: request.reason,
    ...(ticket !== undefined && { ticket }),
    policy: snapshot.requestPolicies.get(request.policyId)?.name ?? names.policy,
    suggestedReviewers: request.suggestedReviewerIds.map((reviewer) => nameOf(snapshot, reviewer)),
    createdAt: request.createdAt,
    pendingUntil: request.pendingUntil,
    contentSha256: progress?.contentSha256 ?? '',
    steps: (progress?.steps ?? []).map((step, i) => ({ ...step, reviewers: describeReviewers(ground, request, i) })),
    ...(isPending && progress?.step !== undefined && { step: progress.step }),
    reviews: request.reviews.map((review) => ({
      id: review.id,
      reviewer: nameOf(snapshot, review.reviewerId, request.reviewerNames.get(review.reviewerId)),
      verdict: review.verdict,
      step: review.step,
      ...(review.reason !== undefined && { reason: review.reason }),
      at: review.at,
      counts: state === 'pending' ? (progress?.counting.has(review.id) ?? false) : didCount(request, review),
    })),
    ...(resolution !== undefined && {
      resolvedAt: resolution.at,
      ...(resolution.byId !== undefined && {
        resolvedBy: nameOf(snapshot, resolution.byId, request.reviewerNames.get(resolution.byId)),
      }),
      ...(resolution.reason !== undefined && { resolvedReason: resolution.reason }),
    }),
    ...(grant !== undefined && {
      grant: { id: grant.id, state: grantStateAt(grant, at), startsAt: grant.startsAt, endsAt: grant.endsAt },
    }),
    ...(renewsId !== undefined && { renews: renewsId }),
    isBreakGlass: request.isBreakGlass,
    ...(followUp !== undefined && {
      followUp: {
        state: followUp.state,
        dueAt: followUp.dueAt,
        ...(followUp.reviewerId !== undefined && {
          reviewer: nameOf(snapshot, followUp.reviewerId, request.reviewerNames.get(followUp.reviewerId)),
        }),
        ...(followUp.reason !== undefined && { reason: followUp.reason }),
        ...(followUp.at !== undefined && { at: followUp.at }),
      },
    }),
    may: {
      review: canReview(ground, request),
      cancel: isPending && mayCancel(ground, request),
      followUp: canFollowUp(ground, request),
    },
  };
}

/** Whether the caller could review it now. */
export function canReview({ records, actor, caller, at }: AccessGround, request: KeptAccessRequest): boolean {
  const { authentication } = actor;
  return mayReview(request, { ...records, reviewer: caller, at, ...(authentication && { authentication }) });
}

/** Whether the caller could do its follow-up review now. */
export function canFollowUp({ records, caller, at }: AccessGround, request: KeptAccessRequest): boolean {
  return mayFollowUp(request, { ...records, reviewer: caller, at });
}

/** Whether the caller cancels it while it is pending: their own, or by permission. */
export function mayCancel(
  ground: AccessGround,
  { requesterId, scope }: Pick<KeptAccessRequest, 'requesterId' | 'scope'>,
): boolean {
  return requesterId === ground.caller.id || holdsOn(ground, 'accessRequests.cancel', scope);
}

/** Of what is decided: the verdict that decided it, and approvals of the content that the deciding one was of. */
function didCount({ reviews }: KeptAccessRequest, review: KeptAccessRequest['reviews'][number]): boolean {
  const last = reviews.at(-1);
  return last !== undefined && review.contentSha256 === last.contentSha256;
}

function describeReviewers({ snapshot }: AccessGround, { policyId, organizationId }: KeptAccessRequest, step: number) {
  const reviewers: Reviewers = snapshot.requestPolicies.get(policyId)?.steps[step]?.reviewers ?? [];
  if (reviewers === 'permitted') return ['permitted'];
  return reviewers.map((subject) => {
    const { kind, name } = describeSubject(subject, { organizationId }, snapshot);
    if (kind === 'User') return name;
    return `${kind === 'Group' ? 'group' : kind === 'ServiceAccount' ? 'service account' : 'workload identity'} ${name}`;
  });
}
