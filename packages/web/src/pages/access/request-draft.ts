import { formatDuration, isDnsLabel, parseDuration, parseObjectText } from '@sallyport/core';
import type { CreateAccessRequest, RequestableList } from '@sallyport/core/api';
import { durationProblem, readDuration } from '../../parts/durations.ts';
import { shellWord } from '../../parts/shell-word.ts';

/** A role under a request policy, as the server offers it. */
export type Requestable = RequestableList['items'][number];

/** What a person has filled in by now. */
export interface RequestDraft {
  readonly cluster: string;
  /** Empty: the whole cluster. */
  readonly namespace: string;
  /** The one object that access is narrowed to, as in `pods/web-0`. Empty: none. */
  readonly object: string;
  /** Absent: no role is chosen. */
  readonly choice: Requestable | undefined;
  /** As in `1h30m`. */
  readonly duration: string;
  /** When it is to start, as a field of date and time has it, in the reader's zone. Empty: once it is approved. */
  readonly start: string;
  /** Taken at once, and reviewed afterwards. */
  readonly isEmergency: boolean;
  readonly reason: string;
  readonly ticket: string;
  /** User names with commas between, to be told in particular. */
  readonly reviewers: string;
}

/** What is wrong with each field; the server has the last word on all of it. */
export type DraftProblems = Partial<Record<keyof RequestDraft, string>>;

/** Says what a draft lacks, as of `now`. Empty: it can be sent. */
export function draftProblems(draft: RequestDraft, now: Date): DraftProblems {
  const { cluster, namespace, object, choice, duration, start, isEmergency, reason, ticket } = draft;
  const time = durationProblem(
    duration,
    choice === undefined ? Number.POSITIVE_INFINITY : longestOf(choice, isEmergency),
  );
  const begin = isEmergency || start === '' ? undefined : startProblem(start, now);
  return {
    ...(!isDnsLabel(cluster) && { cluster: cluster === '' ? 'Name a cluster.' : 'No cluster has such a name.' }),
    ...(namespace !== '' && !isDnsLabel(namespace) && { namespace: 'No namespace has such a name.' }),
    ...(choice === undefined && { choice: 'Choose a role.' }),
    ...(time !== undefined && { duration: time }),
    ...(begin !== undefined && { start: begin }),
    ...(object.trim() !== '' &&
      objectOf(draft) === undefined && { object: 'Write it as pods/web-0 or deployments.apps/web.' }),
    ...(reason.trim() === '' && { reason: 'Say why, for those who decide.' }),
    ...(choice?.ticketPattern !== undefined && ticket.trim() === '' && { ticket: 'Name a ticket.' }),
  };
}

function startProblem(start: string, now: Date): string | undefined {
  const at = Date.parse(start);
  if (Number.isNaN(at)) return 'Name a day and a time.';
  return at <= now.getTime() ? 'That is over. Name a later time, or start once it is approved.' : undefined;
}

/** Milliseconds that may be asked for at the most; in an emergency, that may be taken. */
export function longestOf({ maxDuration, breakGlass }: Requestable, isEmergency = false): number {
  return parseDuration(isEmergency && breakGlass !== undefined ? breakGlass.maxDuration : maxDuration);
}

function objectOf({ object, namespace }: RequestDraft) {
  const named = parseObjectText(object.trim());
  return named && { ...(namespace !== '' && { namespace }), ...named };
}

/** The request that a draft without problems makes; the policy is named, so that it is the one whose terms were shown. */
export function requestOf(draft: RequestDraft & { readonly choice: Requestable }): CreateAccessRequest {
  const { cluster, namespace, choice, duration, start, isEmergency, reason, ticket } = draft;
  const ms = readDuration(duration) ?? 0;
  const object = objectOf(draft);
  const suggestedReviewers = namesIn(draft.reviewers);
  return {
    role: choice.role,
    policy: choice.policy,
    scope: {
      kind: 'clusters',
      clusters: [cluster],
      ...(namespace !== '' && { namespaces: { names: [namespace] } }),
    },
    ...(object !== undefined && { objects: [object] }),
    duration: formatDuration(ms),
    reason: reason.trim(),
    ...(ticket.trim() !== '' && { ticket: ticket.trim() }),
    ...(isEmergency && { breakGlass: true }),
    ...(!isEmergency && start !== '' && { startsAt: new Date(start).toISOString() }),
    ...(!isEmergency && suggestedReviewers.length > 0 && { suggestedReviewers }),
  };
}

const namesIn = (text: string) => text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));

/** The same request as a line for the terminal. */
export function commandOf(draft: RequestDraft): string {
  const { cluster, namespace, object, choice, duration, start, isEmergency, reason, ticket, reviewers } = draft;
  const flags: readonly (readonly [string, string])[] = [
    ['cluster', cluster],
    ['namespace', namespace],
    ['object', object],
    ['role', choice?.role ?? ''],
    ['policy', choice?.policy ?? ''],
    ['duration', duration],
    ['start', isEmergency ? '' : start],
    ['reason', reason],
    ['ticket', ticket],
    ...(isEmergency ? [] : namesIn(reviewers).map((name) => ['reviewer', name] as const)),
  ];
  const words = flags
    .filter(([, value]) => value.trim() !== '')
    .map(([name, value]) => `--${name} ${shellWord(value.trim())}`);
  return [`sallyport access ${isEmergency ? 'break-glass' : 'request'}`, ...words].join(' ');
}
