import type { GrantId } from '@sallyport/core';
import type { RequestPolicy } from '../policy.ts';
import type { AccessRequest } from './access-request.ts';
import type { RenewedGrant } from './facts.ts';
import type { IssuedGrant } from './grant.ts';
import { grantEnd } from './grant-end.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What a grant is made with, besides its request. */
export interface GrantIssue {
  readonly id: GrantId;
  /** When the request is approved. */
  readonly at: Date;
  /** Policy of the request: no grant outlives its longest time, nor its longest time with all renewals. */
  readonly policy: RequestPolicy;
  /** What the request prolongs; demanded of a renewal. */
  readonly renews?: RenewedGrant;
}

/**
 * Makes the grant of a request that is approved. It starts at once, or when the request said, and a renewal where the grant ends
 * that it prolongs, so that there is neither a gap nor an overlap; it ends at a whole second. Refused when that grant was ended, since nothing that was
 * ended comes back.
 */
export function grantFrom(request: AccessRequest, { id, at, policy, renews }: GrantIssue): IssuedGrant | Refusal {
  const { organizationId, requesterId, roleId, scope, objects, durationMs, reason, isBreakGlass, renewsId } = request;
  if (renewsId !== undefined && (renews?.grant.id !== renewsId || renews.grant.end?.state === 'revoked')) {
    return refuse('basisGone', 'the grant that was to be prolonged is over');
  }
  const startsAtMs = Math.max(at.getTime(), (renews?.grant.endsAt ?? request.startsAt ?? at).getTime());
  const mostMs = isBreakGlass ? (policy.breakGlass?.maxDurationMs ?? 0) : policy.maxDurationMs;
  const chainEndsAtMs =
    renews === undefined ? Number.POSITIVE_INFINITY : renews.chainStartsAt.getTime() + policy.maxTotalDurationMs;
  const latestMs = Math.min(startsAtMs + Math.min(durationMs, mostMs), chainEndsAtMs);
  if (latestMs <= startsAtMs) return refuse('overdue', 'no time is left of what the grant may last with its renewals');
  return {
    id,
    organizationId,
    principalId: requesterId,
    roleId,
    scope,
    ...(objects !== undefined && { objects }),
    startsAt: new Date(startsAtMs),
    endsAt: grantEnd(startsAtMs, latestMs),
    reason,
    createdAt: at,
    requestId: request.id,
    ...(renewsId !== undefined && { renewsId }),
    isBreakGlass,
  };
}
