import { formatDuration } from '@sallyport/core';
import { RE2JS } from 're2js';
import { subjectProblems } from '../access-policy-problems.ts';
import { describeScopeProblem } from '../compile-scope.ts';
import type { DocumentProblem } from '../document-problem.ts';
import type { RequestPolicy } from '../policy.ts';
import { compileRequestCondition } from './request-condition.ts';

const DAY_MS = 86_400_000;
/** Longest life of one grant, in milliseconds: what is held for longer is a matter of bindings. */
export const MAX_GRANT_MS = 30 * DAY_MS;
/** Longest of the other times of a request policy, in milliseconds, so that sums of them stay instants. */
const MAX_TIME_MS = 365 * DAY_MS;

/**
 * Everything that is wrong with a request policy, by the path of the field in its document; empty for a sound one. Nothing about
 * its shape is believed. A policy with problems lets nobody ask for anything.
 */
export function describeRequestPolicyProblems(policy: RequestPolicy): readonly DocumentProblem[] {
  const { breakGlass, steps, condition, autoApprove, ticketPattern } = policy;
  const problems: DocumentProblem[] = [];
  const add = (path: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ path, message });
  };
  const scope = describeScopeProblem(policy.scope);
  add('scope', scope ?? (policy.scope.kind === 'installation' ? 'reaches no cluster' : undefined));
  problems.push(...subjectProblems(policy.requesters, 'requesters'));
  if (!isFilled(policy.roleIds)) add('roles', 'names no role');
  add('maxDuration', timeProblem(policy.maxDurationMs, 1, MAX_GRANT_MS));
  add('maxTotalDuration', timeProblem(policy.maxTotalDurationMs, 1, MAX_TIME_MS));
  if (policy.maxTotalDurationMs < policy.maxDurationMs) add('maxTotalDuration', 'is shorter than maxDuration');
  add('maxStartDelay', timeProblem(policy.maxStartDelayMs, 0, MAX_TIME_MS));
  add('pendingFor', timeProblem(policy.pendingForMs, 1, MAX_TIME_MS));
  if (ticketPattern !== undefined) add('ticketPattern', patternProblem(ticketPattern));
  if (condition !== undefined) add('condition', compileRequestCondition(condition, 'request').problem);
  if (autoApprove !== undefined) add('autoApprove', compileRequestCondition(autoApprove, 'request').problem);
  if (!isFilled(steps)) add('steps', 'is empty: a request needs at least one approval');
  else problems.push(...steps.flatMap((step, i) => stepProblems(step, `steps[${i}]`)));
  if (breakGlass !== undefined) problems.push(...breakGlassProblems(breakGlass));
  return problems;
}

function stepProblems(step: unknown, path: string): readonly DocumentProblem[] {
  if (typeof step !== 'object' || step === null) return [{ path, message: 'is not an object' }];
  const { reviewers, approvals, condition } = step as Partial<RequestPolicy['steps'][number]>;
  const problems = [...reviewerProblems(reviewers, `${path}.reviewers`)];
  if (!isCount(approvals)) problems.push({ path: `${path}.approvals`, message: 'is not a whole number from 1 on' });
  const problem = condition === undefined ? undefined : compileRequestCondition(condition, 'review').problem;
  if (problem !== undefined) problems.push({ path: `${path}.condition`, message: problem });
  return problems;
}

function breakGlassProblems(breakGlass: unknown): readonly DocumentProblem[] {
  if (typeof breakGlass !== 'object' || breakGlass === null)
    return [{ path: 'breakGlass', message: 'is not an object' }];
  const given = breakGlass as Partial<NonNullable<RequestPolicy['breakGlass']>>;
  const problems = [...reviewerProblems(given.reviewers, 'breakGlass.reviewers')];
  const life = timeProblem(given.maxDurationMs, 1, MAX_GRANT_MS);
  if (life !== undefined) problems.push({ path: 'breakGlass.maxDuration', message: life });
  const within = timeProblem(given.followUpWithinMs, 1, MAX_TIME_MS);
  if (within !== undefined) problems.push({ path: 'breakGlass.followUpWithin', message: within });
  if (!isCount(given.maxPerDay)) {
    problems.push({ path: 'breakGlass.maxPerDay', message: 'is not a whole number from 1 on' });
  }
  return problems;
}

function reviewerProblems(reviewers: unknown, path: string): readonly DocumentProblem[] {
  if (reviewers === 'permitted') return [];
  if (Array.isArray(reviewers) && reviewers.length === 0) return [{ path, message: 'names nobody' }];
  return reviewers === 'everyone'
    ? [{ path, message: 'is neither a list nor permitted' }]
    : subjectProblems(reviewers, path);
}

function timeProblem(milliseconds: unknown, least: number, most: number): string | undefined {
  if (typeof milliseconds !== 'number' || !Number.isSafeInteger(milliseconds))
    return 'is not a whole number of milliseconds';
  if (milliseconds < least) return least === 0 ? 'is negative' : 'is not longer than nothing';
  return milliseconds > most ? `is ${formatDuration(milliseconds)}, limit is ${formatDuration(most)}` : undefined;
}

function patternProblem(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return 'is not text';
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return `is not a regular expression (RE2): ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
