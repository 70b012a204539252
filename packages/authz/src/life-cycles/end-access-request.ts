import type { Principal, PrincipalId } from '@sallyport/core';
import type { AccessRequest, FollowUp } from './access-request.ts';
import type { LifeCycleRecords } from './facts.ts';
import { type Refusal, refuse } from './refusal.ts';
import { reviewerProblem } from './reviewers.ts';
import { ACCESS_REQUEST_TRANSITIONS, FOLLOW_UP_TRANSITIONS, nextState } from './transitions.ts';

/** How something ends. `byId` is absent when nobody does it: with what it rests on. */
export interface Ending {
  readonly at: Date;
  readonly byId?: PrincipalId;
  readonly reason?: string;
}

/** An access request after a step of its life. */
export interface ChangedAccessRequest {
  readonly outcome: 'changed';
  readonly request: AccessRequest;
}

/** Cancels a pending access request. Who may do so is for the caller to tell. */
export function cancelAccessRequest(request: AccessRequest, ending: Ending): ChangedAccessRequest | Refusal {
  return resolved(request, 'cancel', ending);
}

/** Lets a pending access request expire whose time is over. */
export function expireAccessRequest(request: AccessRequest, at: Date): ChangedAccessRequest | Refusal {
  if (request.state === 'pending' && at < request.pendingUntil) {
    return refuse('notDue', 'the access request has not expired');
  }
  return resolved(request, 'expire', { at });
}

function resolved(
  request: AccessRequest,
  event: 'cancel' | 'expire',
  { at, byId, reason }: Ending,
): ChangedAccessRequest | Refusal {
  const state = nextState(ACCESS_REQUEST_TRANSITIONS, request.state, event);
  if (state === undefined) return refuse('wrongState', `the access request is ${request.state} already`);
  const resolution = { at, ...(byId !== undefined && { byId }), ...(reason !== undefined && { reason }) };
  return { outcome: 'changed', request: { ...request, state, resolution } };
}

/** What the follow-up review of a break-glass use comes to. */
export interface FollowUpDraft {
  readonly verdict: 'justified' | 'unjustified';
  readonly reason: string;
}

/** Who does a follow-up review, and when. */
export interface FollowUpFacts extends LifeCycleRecords {
  readonly reviewer: Principal;
  readonly at: Date;
}

/**
 * Takes the follow-up review of a break-glass use: by the reviewers that the request policy names for that, or whoever is permitted to
 * review once it names none; never by who broke the glass. Being late is no reason not to take it.
 */
export function followUpAccessRequest(
  request: AccessRequest,
  { verdict, reason }: FollowUpDraft,
  facts: FollowUpFacts,
): ChangedAccessRequest | Refusal {
  const { followUp } = request;
  const problem = followUpProblem(request, facts);
  if (problem !== undefined || followUp === undefined) return problem ?? refuse('wrongState', NO_FOLLOW_UP);
  if (reason.trim() === '') return refuse('reasonMissing', 'say what the follow-up review found');
  const event = verdict === 'justified' ? 'justify' : 'reject';
  const state = nextState(FOLLOW_UP_TRANSITIONS, followUp.state, event);
  if (state === undefined) return refuse('wrongState', 'the follow-up review was done already');
  const done: FollowUp = { ...followUp, state, reviewerId: facts.reviewer.id, reason, at: facts.at };
  return { outcome: 'changed', request: { ...request, followUp: done } };
}

/** Whether somebody could do the follow-up review of an access request now: for listings. */
export function mayFollowUp(request: AccessRequest, facts: FollowUpFacts): boolean {
  return followUpProblem(request, facts) === undefined;
}

const NO_FOLLOW_UP = 'the access request has no follow-up review';

function followUpProblem(request: AccessRequest, facts: FollowUpFacts): Refusal | undefined {
  const { followUp, scope, policyId, organizationId } = request;
  if (followUp === undefined) return refuse('wrongState', NO_FOLLOW_UP);
  if (followUp.state !== 'due') return refuse('wrongState', 'the follow-up review was done already');
  const requester = facts.principals.get(request.requesterId);
  const reviewers = facts.policy.requestPolicyOf(policyId)?.policy.breakGlass?.reviewers ?? 'permitted';
  return reviewerProblem(reviewers, facts.reviewer, { organizationId, requester, scope }, facts);
}
