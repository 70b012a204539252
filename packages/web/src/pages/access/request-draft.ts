import { formatDuration, isDnsLabel, parseDuration } from '@sallyport/core';
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
  /** Absent: no role is chosen. */
  readonly choice: Requestable | undefined;
  /** As in `1h30m`. */
  readonly duration: string;
  readonly reason: string;
  readonly ticket: string;
}

/** What is wrong with each field; the server has the last word on all of it. */
export type DraftProblems = Partial<Record<keyof RequestDraft, string>>;

/** Says what a draft lacks. Empty: it can be sent. */
export function draftProblems({ cluster, namespace, choice, duration, reason, ticket }: RequestDraft): DraftProblems {
  const time = durationProblem(duration, choice === undefined ? Number.POSITIVE_INFINITY : longestOf(choice));
  return {
    ...(!isDnsLabel(cluster) && { cluster: cluster === '' ? 'Name a cluster.' : 'No cluster has such a name.' }),
    ...(namespace !== '' && !isDnsLabel(namespace) && { namespace: 'No namespace has such a name.' }),
    ...(choice === undefined && { choice: 'Choose a role.' }),
    ...(time !== undefined && { duration: time }),
    ...(reason.trim() === '' && { reason: 'Say why, for those who decide.' }),
    ...(choice?.ticketPattern !== undefined && ticket.trim() === '' && { ticket: 'Name a ticket.' }),
  };
}

/** Milliseconds that may be asked for at the most. */
export function longestOf({ maxDuration }: Requestable): number {
  return parseDuration(maxDuration);
}

/** The request that a draft without problems makes; the policy is named, so that it is the one whose terms were shown. */
export function requestOf(draft: RequestDraft & { readonly choice: Requestable }): CreateAccessRequest {
  const { cluster, namespace, choice, duration, reason, ticket } = draft;
  const ms = readDuration(duration) ?? 0;
  return {
    role: choice.role,
    policy: choice.policy,
    scope: {
      kind: 'clusters',
      clusters: [cluster],
      ...(namespace !== '' && { namespaces: { names: [namespace] } }),
    },
    duration: formatDuration(ms),
    reason: reason.trim(),
    ...(ticket.trim() !== '' && { ticket: ticket.trim() }),
  };
}

/** The same request as a line for the terminal. */
export function commandOf({ cluster, namespace, choice, duration, reason, ticket }: RequestDraft): string {
  const flags = {
    cluster,
    namespace,
    role: choice?.role ?? '',
    policy: choice?.policy ?? '',
    duration,
    reason,
    ticket,
  };
  const words = Object.entries(flags)
    .filter(([, value]) => value.trim() !== '')
    .map(([name, value]) => `--${name} ${shellWord(value.trim())}`);
  return ['sallyport access request', ...words].join(' ');
}
