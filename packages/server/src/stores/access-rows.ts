import type { AccessRequest, IssuedGrant, Review } from '@sallyport/authz';
import type { Insertable, Selectable } from 'kysely';
import type { KeptAccessRequest, KeptGrant } from './access-contracts.ts';
import type { AccessTables } from './access-schema.ts';

/** A row of the access requests. */
export type RequestRow = Selectable<AccessTables['access_requests']>;
/** A row of the reviews of access requests. */
export type ReviewRow = Selectable<AccessTables['access_request_reviews']>;
/** A row of the grants. */
export type GrantRow = Selectable<AccessTables['grants']>;

/** Reads a row of the grants. */
export function toGrant(row: GrantRow): IssuedGrant {
  return {
    id: row.id,
    organizationId: row.organization_id,
    principalId: row.principal_id,
    roleId: row.role_id,
    scope: row.scope,
    ...(row.objects !== null && { objects: row.objects }),
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    reason: row.reason,
    createdAt: row.created_at,
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(row.renews_id !== null && { renewsId: row.renews_id }),
    isBreakGlass: row.is_break_glass,
    ...(row.ended_at !== null &&
      row.ended_state !== null && {
        end: {
          at: row.ended_at,
          state: row.ended_state,
          ...(row.ended_by !== null && { byId: row.ended_by }),
          ...(row.ended_reason !== null && { reason: row.ended_reason }),
        },
      }),
  };
}

/** Reads a row of the grants with what only the records say of it. */
export function toKeptGrant(row: GrantRow): KeptGrant {
  return { ...toGrant(row), names: row.names, isStarted: row.is_started, resourceVersion: row.resource_version };
}

/** How a grant is written when it is new. */
export function fromGrant(grant: IssuedGrant, names: KeptGrant['names']): Insertable<AccessTables['grants']> {
  return {
    id: grant.id,
    organization_id: grant.organizationId,
    principal_id: grant.principalId,
    role_id: grant.roleId,
    scope: JSON.stringify(grant.scope),
    objects: grant.objects === undefined ? null : JSON.stringify(grant.objects),
    reason: grant.reason,
    created_at: grant.createdAt,
    starts_at: grant.startsAt,
    request_id: grant.requestId ?? null,
    renews_id: grant.renewsId ?? null,
    is_break_glass: grant.isBreakGlass,
    names: JSON.stringify(names),
    ...grantChanges(grant),
  };
}

/** What may change of a grant. */
export function grantChanges({ endsAt, end }: IssuedGrant) {
  return {
    ends_at: endsAt,
    ended_at: end?.at ?? null,
    ended_state: end?.state ?? null,
    ended_by: end?.byId ?? null,
    ended_reason: end?.reason ?? null,
  };
}

/** Reads a row of the access requests with those of its reviews, which are in their order. */
export function toKeptRequest(row: RequestRow, reviews: readonly ReviewRow[]): KeptAccessRequest {
  return {
    id: row.id,
    organizationId: row.organization_id,
    requesterId: row.requester_id,
    roleId: row.role_id,
    policyId: row.policy_id,
    ...row.content,
    isBreakGlass: row.is_break_glass,
    ...(row.starts_at !== null && { startsAt: row.starts_at }),
    createdAt: row.created_at,
    pendingUntil: row.pending_until,
    state: row.state,
    reviews: reviews.map(toReview),
    ...(row.resolved_at !== null && {
      resolution: {
        at: row.resolved_at,
        ...(row.resolved_by !== null && { byId: row.resolved_by }),
        ...(row.resolved_reason !== null && { reason: row.resolved_reason }),
      },
    }),
    ...(row.grant_id !== null && { grantId: row.grant_id }),
    ...(row.follow_up_state !== null &&
      row.follow_up_due_at !== null && {
        followUp: {
          state: row.follow_up_state,
          dueAt: row.follow_up_due_at,
          ...(row.follow_up_by !== null && { reviewerId: row.follow_up_by }),
          ...(row.follow_up_reason !== null && { reason: row.follow_up_reason }),
          ...(row.follow_up_at !== null && { at: row.follow_up_at }),
        },
      }),
    names: row.names,
    reviewerNames: new Map(reviews.map((review) => [review.reviewer_id, review.reviewer_name])),
    resourceVersion: row.resource_version,
  };
}

function toReview(row: ReviewRow): Review {
  return {
    id: row.id,
    reviewerId: row.reviewer_id,
    verdict: row.verdict,
    step: row.step,
    ...(row.reason !== null && { reason: row.reason }),
    at: row.at,
    contentSha256: row.content_sha256,
  };
}

/** How an access request is written when it is new. */
export function fromRequest(
  request: AccessRequest,
  names: KeptAccessRequest['names'],
): Insertable<AccessTables['access_requests']> {
  return {
    id: request.id,
    organization_id: request.organizationId,
    requester_id: request.requesterId,
    role_id: request.roleId,
    policy_id: request.policyId,
    is_break_glass: request.isBreakGlass,
    starts_at: request.startsAt ?? null,
    created_at: request.createdAt,
    pending_until: request.pendingUntil,
    names: JSON.stringify(names),
    ...requestChanges(request),
  };
}

/** What may change of an access request; of its content that is the duration. */
export function requestChanges(request: AccessRequest) {
  const { scope, objects, durationMs, reason, ticket, suggestedReviewerIds, renewsId } = request;
  const { state, resolution, grantId, followUp } = request;
  return {
    state,
    content: JSON.stringify({ scope, objects, durationMs, reason, ticket, suggestedReviewerIds, renewsId }),
    resolved_at: resolution?.at ?? null,
    resolved_by: resolution?.byId ?? null,
    resolved_reason: resolution?.reason ?? null,
    grant_id: grantId ?? null,
    follow_up_state: followUp?.state ?? null,
    follow_up_due_at: followUp?.dueAt ?? null,
    follow_up_by: followUp?.reviewerId ?? null,
    follow_up_reason: followUp?.reason ?? null,
    follow_up_at: followUp?.at ?? null,
  };
}

/** How a review is written. */
export function fromReview(
  requestId: AccessRequest['id'],
  review: Review,
  reviewerName: string,
): Insertable<AccessTables['access_request_reviews']> {
  return {
    id: review.id,
    request_id: requestId,
    reviewer_id: review.reviewerId,
    reviewer_name: reviewerName,
    verdict: review.verdict,
    step: review.step,
    reason: review.reason ?? null,
    at: review.at,
    content_sha256: review.contentSha256,
  };
}
