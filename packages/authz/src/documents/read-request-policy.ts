import { parseDuration } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { RequestPolicy, Reviewers } from '../policy.ts';
import type { Directory } from './directory.ts';
import { readScope } from './read-scope.ts';
import { readSubject, type SubjectSpec } from './read-subject.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_START_DELAY_MS = 7 * DAY_MS;
const DEFAULT_PER_DAY = 3;

/**
 * What a request policy document says, in the form that is evaluated.
 * @throws whatever `directory.missing` makes, when it refers to what is not there
 */
export function readRequestPolicy(
  spec: KindSpec<'RequestPolicy'>,
  directory: Directory,
): Omit<RequestPolicy, 'id' | 'organizationId' | 'name'> {
  const subjects = (list: readonly SubjectSpec[], path: string) =>
    list.map((subject, i) => readSubject(subject, `${path}.${i}`, directory));
  const reviewers = (said: 'permitted' | readonly SubjectSpec[], path: string): Reviewers =>
    said === 'permitted' ? said : subjects(said, path);
  const { breakGlass, ticketPattern, condition, autoApprove } = spec;
  const maxDurationMs = parseDuration(spec.maxDuration);
  const duration = (text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : parseDuration(text);
  return {
    requesters: spec.requesters === 'everyone' ? 'everyone' : subjects(spec.requesters, 'spec.requesters'),
    roleIds: spec.roles.map((name, i) => {
      const id = directory.roleId(name);
      if (id === undefined) throw directory.missing(`spec.roles.${i}`, 'Role', name);
      return id;
    }),
    scope: readScope(spec.scope, 'spec.scope', directory),
    maxDurationMs,
    maxTotalDurationMs: duration(spec.maxTotalDuration, maxDurationMs),
    maxStartDelayMs: duration(spec.maxStartDelay, DEFAULT_START_DELAY_MS),
    pendingForMs: duration(spec.pendingFor, DAY_MS),
    ...(ticketPattern !== undefined && { ticketPattern }),
    ...(condition !== undefined && { condition }),
    steps: spec.steps.map((step, i) => ({
      ...(step.name !== undefined && { name: step.name }),
      reviewers: reviewers(step.reviewers, `spec.steps.${i}.reviewers`),
      approvals: step.approvals ?? 1,
      ...(step.condition !== undefined && { condition: step.condition }),
    })),
    ...(autoApprove !== undefined && { autoApprove }),
    ...(breakGlass !== undefined && {
      breakGlass: {
        maxDurationMs: parseDuration(breakGlass.maxDuration),
        maxPerDay: breakGlass.maxPerDay ?? DEFAULT_PER_DAY,
        followUpWithinMs: duration(breakGlass.followUpWithin, DAY_MS),
        reviewers: reviewers(breakGlass.reviewers, 'spec.breakGlass.reviewers'),
      },
    }),
  };
}
