import type { RequestPolicyId } from '@sallyport/core';
import { showWord } from '../describe.ts';
import type { RequestPolicy } from '../policy.ts';
import type { AccessRequest } from './access-request.ts';
import { type AccessRequestDraft, type ChosenPolicy, choosePolicy, type RequestFacts } from './choose-policy.ts';
import type { RenewedGrant } from './facts.ts';
import type { IssuedGrant } from './grant.ts';
import { grantFrom } from './grant-from.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What becomes of a draft. */
export type PlannedAccessRequest =
  /** It waits for its reviews. */
  | { readonly outcome: 'pending'; readonly request: AccessRequest }
  /** It is approved at once: by the request policy, or because the glass was broken. */
  | {
      readonly outcome: 'approved';
      readonly by: 'autoApproval' | 'breakGlass';
      readonly request: AccessRequest;
      readonly grant: IssuedGrant;
    }
  | Refusal;

/** Makes an access request of a draft, with its grant where it is approved at once; or says why not. */
export function planAccessRequest(draft: AccessRequestDraft, facts: RequestFacts): PlannedAccessRequest {
  const { reason, isBreakGlass = false, renews } = draft;
  if (reason.trim() === '') return refuse('reasonMissing', 'say why the access is needed');
  const chosen = choosePolicy(draft, facts);
  if (chosen.outcome === 'refused') return chosen;
  const { policy } = chosen.by;
  const request = requestOf(draft, chosen, facts);
  if (!isBreakGlass && !chosen.isAutoApproved) return { outcome: 'pending', request };
  const { at, ids } = facts;
  const grant = grantFrom(request, { id: ids.grant, at, policy, ...(renews && { renews }) });
  if ('outcome' in grant) return grant;
  return {
    outcome: 'approved',
    by: isBreakGlass ? 'breakGlass' : 'autoApproval',
    request: {
      ...request,
      state: 'approved',
      resolution: { at, reason: isBreakGlass ? 'break-glass' : `by request policy ${showWord(policy.name)}` },
      grantId: grant.id,
      ...(isBreakGlass && { followUp: followUpOf(policy, at) }),
    },
    grant,
  };
}

/** How somebody wants to go on with a grant. */
export interface RenewalDraft extends RenewedGrant {
  readonly duration: string;
  readonly reason: string;
  /** Of the request that the grant comes from; the request policy may want one. */
  readonly ticket?: string;
  /** Request policy of that request, which goes on to count. Absent: whichever lets the requester ask. */
  readonly policyId?: RequestPolicyId;
}

/** Makes an access request for more time under a grant: the same role and place, from its end on. */
export function planRenewal(draft: RenewalDraft, facts: RequestFacts): PlannedAccessRequest {
  const { grant, chainStartsAt, ...rest } = draft;
  const { roleId, scope, objects } = grant;
  const renews = { grant, chainStartsAt };
  return planAccessRequest({ ...rest, roleId, scope, renews, ...(objects !== undefined && { objects }) }, facts);
}

function requestOf(
  {
    roleId,
    scope,
    objects,
    startsAt,
    reason,
    ticket,
    suggestedReviewerIds = [],
    renews,
    isBreakGlass = false,
  }: AccessRequestDraft,
  { by: { policy }, durationMs }: ChosenPolicy,
  { requester, at, ids }: RequestFacts,
): AccessRequest {
  return {
    id: ids.request,
    organizationId: requester.organizationId,
    requesterId: requester.id,
    roleId,
    policyId: policy.id,
    scope,
    ...(objects !== undefined && { objects }),
    durationMs,
    ...(startsAt !== undefined && { startsAt }),
    reason,
    ...(ticket !== undefined && { ticket }),
    suggestedReviewerIds,
    ...(renews !== undefined && { renewsId: renews.grant.id }),
    isBreakGlass,
    createdAt: at,
    pendingUntil: new Date(at.getTime() + policy.pendingForMs),
    state: 'pending',
    reviews: [],
  };
}

function followUpOf({ breakGlass }: RequestPolicy, at: Date): NonNullable<AccessRequest['followUp']> {
  return { state: 'due', dueAt: new Date(at.getTime() + (breakGlass?.followUpWithinMs ?? 0)) };
}
