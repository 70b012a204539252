import { placeText } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { commandLine } from '../output/command-line.ts';
import { describeError } from '../output/error.ts';
import { neutralise } from '../output/neutralise.ts';
import { createProgress } from '../output/progress.ts';
import { shorten } from '../output/text.ts';
import { formatMoment, formatSpan, formatUntil } from '../output/time.ts';
import type { Session } from '../session/session.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { type AccessOutcome, awaitAccess, outcomeOf } from './await-access.ts';

/** What {@link waitForAccess} needs. */
export interface WaitForAccessOptions {
  readonly context: CliContext;
  readonly session: Session;
  /** Profile or server that the command was given, for the commands that are shown. */
  readonly selection: ProfileSelection;
  readonly note: (line: string) => void;
  readonly timeoutMs?: number;
}

/** A request as it was seen last, and why the access is not there. */
export interface WaitedRequest {
  readonly request: AccessRequestResource;
  readonly error?: unknown;
}

const MAX_TEXT = 200;

/** Waits for a request while telling the person what happens. Never rejects: what went wrong stands beside the request. */
export async function waitForAccess(
  first: AccessRequestResource,
  { context, session, selection, note, timeoutMs }: WaitForAccessOptions,
): Promise<WaitedRequest> {
  const { api, profile } = session;
  const { clock } = context;
  const progress = createProgress(context);
  const tell = (line: string) => {
    progress.clear();
    note(neutralise(line));
  };
  let last = first;
  if (outcomeOf(first) === undefined) {
    tell(`Waiting for ${first.id}: ${waitsFor(first, clock.now())}. Ctrl-C ends the waiting, not the request.`);
    progress.show(progressText(first));
  }
  try {
    const { request, outcome } = await awaitAccess(first, {
      read: (signal) => api.getAccessRequest({ organization: profile.organization, id: first.id }, { signal }),
      clock,
      signal: context.interruptSignal(),
      ...(timeoutMs !== undefined && { timeoutMs }),
      onChange(now, before) {
        last = now;
        for (const line of changes(now, before, clock.now())) tell(line);
        progress.show(progressText(now));
      },
      onFault(error) {
        tell(error === undefined ? 'The server answers again.' : `${describeError(error).sentence}; still trying.`);
        progress.show(progressText(last));
      },
    });
    last = request;
    progress.clear();
    if (outcome === 'active') {
      note(neutralise(activeText(request, clock.now())));
      return { request };
    }
    return { request, error: notGranted(request, outcome, selection, timeoutMs) };
  } catch (error) {
    progress.clear();
    note(`The request ${first.id} stays. Go on waiting:  ${waitAgain(first.id, selection)}`);
    note(`To take it back:  ${commandLine(['access', 'cancel', first.id], selection)}`);
    return { request: last, error };
  } finally {
    progress.clear();
  }
}

function waitAgain(id: string, selection: ProfileSelection): string {
  return commandLine(['access', 'show', id, '--wait'], selection);
}

function progressText(request: AccessRequestResource): string {
  return request.state === 'pending' ? 'Waiting for reviews …' : 'Waiting for the start …';
}

/** What has to happen before the access is there. */
export function waitsFor({ steps, step, state, grant }: AccessRequestResource, now: number): string {
  if (state !== 'pending') return grant === undefined ? state : `it starts ${formatMoment(grant.startsAt, now)}`;
  const waiting = steps[step ?? 0];
  if (waiting === undefined) return 'its review';
  const missing = waiting.approvals - waiting.given;
  const place = steps.length === 1 ? '' : `, step ${(step ?? 0) + 1} of ${steps.length}${named(waiting.name)}`;
  return `${missing} ${missing === 1 ? 'approval' : 'approvals'}${place}`;
}

function named(name: string | undefined): string {
  return name === undefined ? '' : ` (${name})`;
}

function changes(now: AccessRequestResource, before: AccessRequestResource, at: number): readonly string[] {
  const known = new Set(before.reviews.map(({ id }) => id));
  const reviews = now.reviews
    .filter(({ id, verdict }) => !known.has(id) && verdict === 'approve')
    .map(
      ({ reviewer, reason }) => `${reviewer} approved${reason === undefined ? '' : `: ${shorten(reason, MAX_TEXT)}`}`,
    );
  const isOther = now.state === 'pending' && now.contentSha256 !== before.contentSha256;
  const isNext = now.state === 'pending' || now.grant?.state === 'scheduled';
  return [
    ...reviews,
    ...(isOther ? ['What the role or the request policy says has changed: reviewers see it anew.'] : []),
    ...(isNext ? [`Now it waits for: ${waitsFor(now, at)}.`] : []),
  ];
}

function activeText({ role, scope, objects, grant }: AccessRequestResource, now: number): string {
  const time = grant === undefined ? '' : ` ${formatUntil(grant.endsAt, now)}`;
  return `Granted: ${role} on ${shorten(placeText(scope, objects), MAX_TEXT)}${time}.`;
}

function notGranted(
  request: AccessRequestResource,
  outcome: Exclude<AccessOutcome, 'active'> | undefined,
  selection: ProfileSelection,
  timeoutMs: number | undefined,
): CliError {
  const { id, resolvedBy, resolvedReason, grant } = request;
  const by = resolvedBy === undefined ? '' : ` by ${shorten(resolvedBy, MAX_TEXT)}`;
  const why = resolvedReason === undefined ? '' : `: ${shorten(resolvedReason, MAX_TEXT)}`;
  switch (outcome) {
    case 'denied':
      return new CliError({
        code: 'ERR_CLI_ACCESS_DENIED',
        message: `the request ${id} was denied${by}${why}`,
        nextStep: 'Ask again with what was missing, or talk to whoever denied it.',
      });
    case 'expired':
      return new CliError({
        code: 'ERR_CLI_ACCESS_EXPIRED',
        message: `nobody decided the request ${id} in time`,
        nextStep: 'Ask again, with --reviewer for somebody who is there.',
      });
    case 'cancelled':
      return new CliError({
        code: 'ERR_CLI_ACCESS_CANCELLED',
        message: `the request ${id} was cancelled${by}${why}`,
        nextStep: 'Ask again if the access is still needed.',
      });
    case 'ended':
      return new CliError({
        code: 'ERR_CLI_ACCESS_CANCELLED',
        message: `the request ${id} was approved, and its grant is ${grant?.state ?? 'over'} already`,
        nextStep: `Run "${commandLine(['grants', 'show', grant?.id ?? id], selection)}" to see why.`,
      });
    case undefined:
      return new CliError({
        code: 'ERR_CLI_WAIT_TIMEOUT',
        message: `there is no access by the request ${id} after ${formatSpan(timeoutMs ?? 0)}; it goes on waiting`,
        nextStep: `Run "${waitAgain(id, selection)}" to go on.`,
      });
  }
}
