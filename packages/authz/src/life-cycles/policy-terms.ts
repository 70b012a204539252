import { formatDuration, type Principal, type RoleId } from '@sallyport/core';
import { showWord } from '../describe.ts';
import type { GrantedObject, Scope } from '../policy.ts';
import type { CompiledRequestPolicy } from '../requests/compile-request-policy.ts';
import { describeReachBeyond } from '../requests/within-policy.ts';
import type { LifeCycleRecords, RenewedGrant } from './facts.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What is asked for, in the form in which it is compared to a request policy. */
export interface AskedTerms {
  readonly roleId: RoleId;
  readonly scope: Scope;
  readonly objects?: readonly GrantedObject[];
  readonly durationMs: number;
  readonly startsAt?: Date;
  readonly ticket?: string;
  readonly isBreakGlass: boolean;
}

/**
 * Why a request policy does not let a requester ask for something, the first thing that stands against it; `undefined` when it
 * does, as far as no condition has a say. The start is compared to when it was asked for.
 */
export function policyProblem(
  by: CompiledRequestPolicy,
  requester: Principal,
  asked: AskedTerms,
  askedAt: Date,
  records: LifeCycleRecords,
): Refusal | undefined {
  const name = `request policy ${showWord(by.policy.name)}`;
  const role = by.roles.find((one) => one.role.id === asked.roleId);
  if (role === undefined || !records.policy.requestPoliciesOf(requester).includes(by)) {
    return refuse('roleNotRequestable', `${name} does not let ${showWord(requester.userName)} ask for the role`);
  }
  const beyond = describeReachBeyond(by, role, asked.scope, records);
  if (beyond !== undefined) return refuse('placeBeyondPolicy', `${name} does not reach ${beyond}`);
  return durationProblem(by, asked, name) ?? ticketProblem(by, asked, name) ?? delayProblem(by, asked, askedAt, name);
}

function durationProblem(
  { policy }: CompiledRequestPolicy,
  { durationMs, isBreakGlass }: AskedTerms,
  name: string,
): Refusal | undefined {
  const { breakGlass } = policy;
  if (isBreakGlass && breakGlass === undefined) {
    return refuse('breakGlassRefused', `${name} lets nobody take a role without approval`);
  }
  const mostMs = isBreakGlass && breakGlass !== undefined ? breakGlass.maxDurationMs : policy.maxDurationMs;
  if (durationMs <= mostMs) return undefined;
  const [asked, most] = [formatDuration(durationMs), formatDuration(mostMs)];
  return refuse(
    'durationBeyondPolicy',
    `${asked} is asked for, limit of ${name} is ${most}`,
    `Ask for ${most} at most.`,
  );
}

/** In an emergency there may be no ticket yet; one that is named is one all the same. */
function ticketProblem(
  { policy, matchesTicket }: CompiledRequestPolicy,
  { ticket, isBreakGlass }: AskedTerms,
  name: string,
): Refusal | undefined {
  if (matchesTicket === undefined) return undefined;
  const wanted = `Name a ticket that matches ${policy.ticketPattern}.`;
  if (ticket === undefined) return isBreakGlass ? undefined : refuse('ticketRefused', `${name} wants a ticket`, wanted);
  return matchesTicket(ticket)
    ? undefined
    : refuse('ticketRefused', `${showWord(ticket)} is no ticket to ${name}`, wanted);
}

function delayProblem(
  { policy }: CompiledRequestPolicy,
  { startsAt, isBreakGlass }: AskedTerms,
  askedAt: Date,
  name: string,
): Refusal | undefined {
  if (startsAt === undefined) return undefined;
  if (isBreakGlass) return refuse('startBeyondPolicy', 'what is taken in an emergency starts at once');
  const delayMs = startsAt.getTime() - askedAt.getTime();
  if (delayMs <= policy.maxStartDelayMs) return undefined;
  const [asked, most] = [formatDuration(delayMs), formatDuration(policy.maxStartDelayMs)];
  return refuse('startBeyondPolicy', `the start is ${asked} ahead, limit of ${name} is ${most}`);
}

/** Why a grant can't be prolonged; `undefined` when it can. */
export function renewalProblem(
  { policy }: CompiledRequestPolicy,
  { grant, chainStartsAt }: RenewedGrant,
  requesterId: string,
  durationMs: number,
  at: Date,
): Refusal | undefined {
  if (grant.principalId !== requesterId) return refuse('renewalRefused', 'only those who have a grant prolong it');
  if (grant.end !== undefined || grant.endsAt <= at) {
    return refuse('renewalRefused', 'the grant is over', 'Ask for the role anew.');
  }
  const totalMs = grant.endsAt.getTime() + durationMs - chainStartsAt.getTime();
  if (totalMs <= policy.maxTotalDurationMs) return undefined;
  const [total, most] = [formatDuration(totalMs), formatDuration(policy.maxTotalDurationMs)];
  return refuse(
    'durationBeyondPolicy',
    `with its renewals the grant would last ${total}, limit of request policy ${showWord(policy.name)} is ${most}`,
    'Ask for less, or for the role anew once the grant is over.',
  );
}
