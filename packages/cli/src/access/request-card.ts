import { placeText } from '@sallyport/core';
import type { AccessRequestResource, GrantResource, KindResource } from '@sallyport/core/api';
import type { CardLine } from '../output/card.ts';
import { commandLine } from '../output/command-line.ts';
import { grantTime } from '../output/grant-view.ts';
import { formatAgo, formatMoment, formatSpan } from '../output/time.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { roleLines } from './role-lines.ts';

/** What {@link requestCard} shows beside the request itself. */
export interface RequestCardOptions {
  /** The role that is asked for; absent where the reader may not see it. */
  readonly role?: KindResource<'Role'> | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** All of a request that a person decides by: what is asked, what the role gives, who reviews, what happened. */
export function requestCard(request: AccessRequestResource, { role, now }: RequestCardOptions): readonly CardLine[] {
  return [
    ...contentLines(request, { now }),
    '',
    ...(role === undefined ? [`Role ${request.role}: what it gives is not yours to see.`] : roleLines(role)),
    ...stepLines(request),
    '',
    'History',
    ...historyLines(request, now),
  ];
}

function contentLines(request: AccessRequestResource, { now }: { readonly now: number }): readonly CardLine[] {
  const { grant, state } = request;
  return [
    `Access request ${request.id}`,
    ['State', stateText(request, now)],
    ['Who', request.requester],
    ['Role', request.role],
    ['Where', placeText(request.scope, request.objects)],
    ['For', durationText(request, now)],
    ['Why', request.reason],
    ['Ticket', request.ticket],
    ['Renews', request.renews],
    ['Policy', request.policy],
    ['Told', request.suggestedReviewers.join(', ') || undefined],
    ['Grant', grant === undefined ? undefined : grantText(grant, now)],
    ['Content', state === 'pending' ? `sha256 ${request.contentSha256}` : undefined],
  ];
}

function stateText({ state, isBreakGlass, pendingUntil, followUp }: AccessRequestResource, now: number): string {
  const left = pendingUntil.getTime() - now;
  const words = [
    state === 'pending' ? `pending, expires ${formatMoment(pendingUntil, now)} (in ${formatSpan(left)})` : state,
    ...(isBreakGlass ? ['BREAK-GLASS'] : []),
    ...(followUp?.state === 'due' ? [`follow-up review due ${formatMoment(followUp.dueAt, now)}`] : []),
  ];
  return words.join(', ');
}

/** Its own times are those that it was to have: when a grant was revoked stands with the grant. */
function grantText(grant: NonNullable<AccessRequestResource['grant']>, now: number): string {
  return grant.state === 'revoked' ? `${grant.id}, revoked` : `${grant.id}, ${grant.state}, ${grantTime(grant, now)}`;
}

function durationText({ duration, startsAt, grant, renews }: AccessRequestResource, now: number): string {
  if (renews !== undefined) return `${duration} more`;
  if (grant !== undefined) return duration;
  return `${duration}, from ${startsAt === undefined ? 'its approval' : formatMoment(startsAt, now)} on`;
}

/** The steps of its review; none where it was never reviewed, and won't be. */
function stepLines({ steps, step: current, state, reviews }: AccessRequestResource): readonly CardLine[] {
  if (state !== 'pending' && reviews.length === 0) return [];
  const lines = steps.map(({ name, reviewers, approvals, given }, index): CardLine => {
    const waits = state === 'pending' && index === current ? ' (it waits for this)' : '';
    const who = reviewers.join(', ').replace(/^permitted$/, 'whoever may review here');
    return [
      `${index + 1}. ${name ?? ''}`.trimEnd(),
      `${given} of ${approvals} ${approvals === 1 ? 'approval' : 'approvals'}${waits}, by ${who}`,
    ];
  });
  return ['', 'Review', ...lines];
}

function historyLines(request: AccessRequestResource, now: number): readonly CardLine[] {
  const { createdAt, requester, reviews, resolvedAt, resolvedBy, resolvedReason, state, followUp, steps } = request;
  const last = reviews.at(-1);
  // What the last review came to needs no line of its own.
  const isToldByReview =
    last !== undefined &&
    last.reviewer === resolvedBy &&
    (state === 'approved' || state === 'denied') &&
    (last.verdict === 'deny') === (state === 'denied');
  const lines: CardLine[] = [
    [formatAgo(createdAt, now), `${requester} ${request.isBreakGlass ? 'took it at once' : 'asked'}`],
    ...reviews.map(({ at, reviewer, verdict, step, reason, counts }): CardLine => {
      const what = verdict === 'deny' ? 'denied it' : `approved ${steps.length === 1 ? 'it' : `step ${step + 1}`}`;
      const effect = counts ? '' : ', which does not count: the content is another by now';
      return [formatAgo(at, now), `${reviewer} ${what}${effect}${said(reason)}`];
    }),
  ];
  if (resolvedAt !== undefined && !isToldByReview) {
    const by = resolvedBy === undefined ? '' : ` by ${resolvedBy}`;
    lines.push([formatAgo(resolvedAt, now), `${state}${by}${said(resolvedReason)}`]);
  }
  if (followUp?.at !== undefined) {
    lines.push([
      formatAgo(followUp.at, now),
      `${followUp.reviewer} found it ${followUp.state}${said(followUp.reason)}`,
    ]);
  }
  return lines;
}

function said(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

/**
 * What the reader may do about a request now, as command lines.
 * @param mayWithGrant - what they may do about its grant, where there is a live one that they see
 */
export function nextCommands(
  { id, may }: AccessRequestResource,
  mayWithGrant: GrantResource['may'] | undefined,
  selection: ProfileSelection,
): readonly CardLine[] {
  const command = (label: string, isAllowed: boolean | undefined, ...words: readonly string[]): CardLine => [
    label,
    isAllowed === true ? commandLine(['access', ...words], selection) : undefined,
  ];
  const reason = ['--reason', 'TEXT'];
  const lines = [
    command('approve', may.review, 'approve', id),
    command('deny', may.review, 'deny', id, ...reason),
    command('cancel', may.cancel, 'cancel', id),
    command('follow up', may.followUp, 'follow-up', id, '--justified', ...reason),
    command('renew', mayWithGrant?.renew, 'renew', id, '--duration', 'D', ...reason),
    command('revoke', mayWithGrant?.revoke, 'revoke', id, ...reason),
  ];
  return lines.every((line) => line[1] === undefined) ? [] : ['', 'You can', ...lines];
}
