import type { AccessRequestId, GrantId, Principal, PrincipalId, RequestPolicyId, RoleId } from '@sallyport/core';
import { showWord } from '../describe.ts';
import type { GrantedObject, Scope } from '../policy.ts';
import type { AuthenticationFacts } from '../query.ts';
import type { CompiledRequestPolicy } from '../requests/compile-request-policy.ts';
import { requestFacts } from '../requests/request-facts.ts';
import { type LifeCycleRecords, namesIn, type RenewedGrant } from './facts.ts';
import { type AskedTerms, policyProblem, renewalProblem } from './policy-terms.ts';
import { placeProblem, readDuration, startProblem } from './read-terms.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What somebody asks for. */
export interface AccessRequestDraft {
  readonly roleId: RoleId;
  readonly scope: Scope;
  readonly objects?: readonly GrantedObject[];
  /** In the form of `parseDuration`, e.g. `1h30m`. */
  readonly duration: string;
  readonly startsAt?: Date;
  readonly reason: string;
  readonly ticket?: string;
  readonly suggestedReviewerIds?: readonly PrincipalId[];
  /** Request policy to ask under. Absent: see {@link choosePolicy}. */
  readonly policyId?: RequestPolicyId;
  readonly isBreakGlass?: boolean;
  /** The grant to prolong; role, scope and objects are then those of it, see `planRenewal`. */
  readonly renews?: RenewedGrant;
}

/** What a request is planned on. */
export interface RequestFacts extends LifeCycleRecords {
  /** Who asks, as they come: an API key limits them. */
  readonly requester: Principal;
  /** How they signed in, for conditions. */
  readonly authentication?: AuthenticationFacts;
  readonly at: Date;
  /** For what is made. */
  readonly ids: { readonly request: AccessRequestId; readonly grant: GrantId };
  /** For break-glass: what the requester did in the last 24 hours. Absent: not known, and the glass stays whole. */
  readonly breakGlassUses?: { readonly count: number; readonly hasOverdueFollowUp: boolean };
}

/** A request policy that lets somebody ask for something. */
export interface ChosenPolicy {
  readonly outcome: 'chosen';
  readonly by: CompiledRequestPolicy;
  readonly durationMs: number;
  /** Whether it is approved at once, without a reviewer. */
  readonly isAutoApproved: boolean;
}

/**
 * Finds the request policy that a request is bound to: the one that is named, or of those that let the requester ask for it the one
 * that approves at once, else the one that takes the fewest approvals, then the first by name.
 */
export function choosePolicy(draft: AccessRequestDraft, facts: RequestFacts): ChosenPolicy | Refusal {
  const { requester, at, principals, policy } = facts;
  const { startsAt, ticket, objects, isBreakGlass = false } = draft;
  const live = principals.get(requester.id);
  if (live === undefined || live.isDisabled || requester.isDisabled) {
    return refuse('requesterGone', `${showWord(requester.userName)} is nobody who may ask for access`);
  }
  const durationMs = readDuration(draft.duration);
  if (typeof durationMs !== 'number') return durationMs;
  const problem = startProblem(startsAt, at) ?? placeProblem(facts, requester.organizationId, draft.scope, objects);
  if (problem !== undefined) return problem;
  const asked: AskedTerms = {
    roleId: draft.roleId,
    scope: draft.scope,
    durationMs,
    isBreakGlass,
    ...(objects !== undefined && { objects }),
    ...(startsAt !== undefined && { startsAt }),
    ...(ticket !== undefined && { ticket }),
  };

  let first: Refusal | undefined;
  let best: ChosenPolicy | undefined;
  for (const by of policy.requestPoliciesOf(requester)) {
    if (!by.roles.some(({ role }) => role.id === draft.roleId)) continue;
    if (draft.policyId !== undefined && by.policy.id !== draft.policyId) continue;
    const judged = judgePolicy(by, draft, asked, facts);
    if (judged.outcome === 'refused') first ??= judged;
    else if (best === undefined || isBetter(judged, best)) best = judged;
  }
  return best ?? first ?? unknownRole(draft, facts);
}

function judgePolicy(
  by: CompiledRequestPolicy,
  draft: AccessRequestDraft,
  asked: AskedTerms,
  facts: RequestFacts,
): ChosenPolicy | Refusal {
  const { requester, authentication, at, breakGlassUses } = facts;
  const problem =
    policyProblem(by, requester, asked, at, facts) ??
    (draft.renews && renewalProblem(by, draft.renews, requester.id, asked.durationMs, at)) ??
    (asked.isBreakGlass ? breakGlassProblem(by, draft, breakGlassUses) : undefined);
  if (problem !== undefined) return problem;
  const role = by.roles.find((one) => one.role.id === draft.roleId)?.role.name ?? '';
  const { objects, reason, renews, ...terms } = { ...asked, reason: draft.reason, renews: draft.renews };
  const values = requestFacts(
    { ...terms, role, reason, hasObjects: objects !== undefined, isRenewal: renews !== undefined },
    { requester, at, ...(authentication !== undefined && { authentication }) },
    namesIn(facts),
  );
  if (by.condition !== undefined && by.condition.judge(values) !== 'holds') {
    return refuse(
      'conditionDoesNotHold',
      `request policy ${showWord(by.policy.name)} counts only under a condition that does not hold`,
    );
  }
  const isAutoApproved = !asked.isBreakGlass && by.autoApprove?.judge(values) === 'holds';
  return { outcome: 'chosen', by, durationMs: asked.durationMs, isAutoApproved };
}

function breakGlassProblem(
  { policy }: CompiledRequestPolicy,
  { renews }: AccessRequestDraft,
  uses: RequestFacts['breakGlassUses'],
): Refusal | undefined {
  const most = policy.breakGlass?.maxPerDay ?? 0;
  if (renews !== undefined) return refuse('breakGlassRefused', 'a grant is not prolonged without approval');
  if (uses === undefined) return refuse('breakGlassRefused', 'it is not known how often the glass was broken');
  if (uses.hasOverdueFollowUp) {
    return refuse(
      'breakGlassRefused',
      'the follow-up review of an earlier use is overdue',
      'Have that use reviewed, or ask for the role with a review.',
    );
  }
  if (uses.count < most) return undefined;
  return refuse(
    'breakGlassRefused',
    `the glass was broken ${uses.count} times in 24 hours, limit of request policy ${showWord(policy.name)} is ${most}`,
    'Ask for the role with a review.',
  );
}

function isBetter(one: ChosenPolicy, than: ChosenPolicy): boolean {
  if (one.isAutoApproved !== than.isAutoApproved) return one.isAutoApproved;
  return one.by.approvals < than.by.approvals;
}

function unknownRole({ roleId, policyId }: AccessRequestDraft, { policy, requester }: RequestFacts): Refusal {
  const role = policy.roleOf(roleId)?.role;
  const named = policyId === undefined ? undefined : policy.requestPolicyOf(policyId)?.policy;
  const who = named === undefined ? 'no request policy lets' : `request policy ${showWord(named.name)} does not let`;
  const what = role?.organizationId === requester.organizationId ? ` ${showWord(role.name)}` : '';
  return refuse(
    'roleNotRequestable',
    `${who} ${showWord(requester.userName)} ask for the role${what}`,
    'Run `sallyport access roles` to see what you may ask for.',
  );
}
