import type { GrantId, Principal, PrincipalId, RoleId } from '@sallyport/core';
import type { GrantedObject, Scope } from '../policy.ts';
import type { Ending } from './end-access-request.ts';
import type { LifeCycleRecords } from './facts.ts';
import type { IssuedGrant } from './grant.ts';
import { grantEnd } from './grant-end.ts';
import { placeProblem, readDuration, startProblem } from './read-terms.ts';
import { type Refusal, refuse } from './refusal.ts';
import { isSamePerson } from './same-person.ts';
import { GRANT_TRANSITIONS, nextState } from './transitions.ts';

/** A grant after a step of its life. */
export interface ChangedGrant {
  readonly outcome: 'changed';
  readonly grant: IssuedGrant;
}

/** Tells that a grant has started, for the records: the clock alone decides that it has. */
export function startGrant(grant: IssuedGrant, at: Date): ChangedGrant | Refusal {
  if (grant.end !== undefined) return refuse('wrongState', `the grant is ${grant.end.state} already`);
  if (at < grant.startsAt) return refuse('notDue', 'the grant has not started');
  return { outcome: 'changed', grant };
}

/** Writes down that a grant has ended by its time. It ended at its end, whenever that is written. */
export function expireGrant(grant: IssuedGrant, at: Date): ChangedGrant | Refusal {
  if (grant.end === undefined && at < grant.endsAt) return refuse('notDue', 'the grant has not ended');
  return ended(grant, 'expire', { at: grant.endsAt });
}

/** Ends a grant before its time. Who may do so is for the caller to tell. */
export function revokeGrant(grant: IssuedGrant, ending: Ending): ChangedGrant | Refusal {
  if (grant.end === undefined && ending.at >= grant.endsAt) return refuse('overdue', 'the grant has ended by its time');
  return ended(grant, 'revoke', ending);
}

function ended(grant: IssuedGrant, event: 'expire' | 'revoke', { at, byId, reason }: Ending): ChangedGrant | Refusal {
  const recorded = grant.end?.state ?? (at < grant.startsAt ? 'scheduled' : 'active');
  const state = nextState(GRANT_TRANSITIONS, recorded, event);
  if (state !== 'expired' && state !== 'revoked') return refuse('wrongState', `the grant is ${recorded} already`);
  const end = { at, state, ...(byId !== undefined && { byId }), ...(reason !== undefined && { reason }) };
  return { outcome: 'changed', grant: { ...grant, end } };
}

/** What somebody grants directly, without a request. */
export interface GrantDraft {
  readonly id: GrantId;
  readonly principalId: PrincipalId;
  readonly roleId: RoleId;
  readonly scope: Scope;
  readonly objects?: readonly GrantedObject[];
  /** In the form of `parseDuration`. The grant ends with the last whole second of it. */
  readonly duration: string;
  readonly startsAt?: Date;
  readonly reason: string;
}

/** Who grants, and when. */
export interface GrantFacts extends LifeCycleRecords {
  readonly grantor: Principal;
  readonly at: Date;
}

/**
 * Makes a grant without a request. That the grantor holds what they give (`describeExcess`) and may grant at all is for the caller to
 * tell. Nobody grants anything to themselves, under whatever account.
 */
export function issueGrant(
  draft: GrantDraft,
  facts: GrantFacts,
): { readonly outcome: 'issued'; readonly grant: IssuedGrant } | Refusal {
  const { id, principalId, roleId, scope, objects, startsAt, reason } = draft;
  const { grantor, at, principals, policy } = facts;
  const { organizationId } = grantor;
  const principal = principals.get(principalId);
  const role = policy.roleOf(roleId);
  if (principal === undefined || principal.isDisabled || principal.organizationId !== organizationId) {
    return refuse('basisGone', 'whom it is for is not there');
  }
  if (role === undefined || role.problem !== undefined || role.role.organizationId !== organizationId) {
    return refuse('basisGone', 'the role is not there, or is broken');
  }
  if (isSamePerson(principals.get(grantor.id) ?? grantor, principal)) {
    return refuse('ownRequest', 'nobody grants anything to themselves, under whatever account');
  }
  if (reason.trim() === '') return refuse('reasonMissing', 'say why the access is granted');
  const durationMs = readDuration(draft.duration);
  if (typeof durationMs !== 'number') return durationMs;
  const problem = startProblem(startsAt, at) ?? placeProblem(facts, organizationId, scope, objects);
  if (problem !== undefined) return problem;
  const start = startsAt ?? at;
  return {
    outcome: 'issued',
    grant: {
      ...{ id, organizationId, principalId, roleId, scope, reason },
      ...(objects !== undefined && { objects }),
      startsAt: start,
      endsAt: grantEnd(start.getTime(), start.getTime() + durationMs),
      createdAt: at,
      isBreakGlass: false,
    },
  };
}
