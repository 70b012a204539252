import type { AccessRequestResource, KindResource } from '@sallyport/core/api';
import type { CardLine } from '../output/card.ts';
import { commandLine } from '../output/command-line.ts';
import { grantTime } from '../output/grant-view.ts';
import { placeText } from '../output/scope-text.ts';
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
    '',
    'Review',
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
    ['Grant', grant === undefined ? undefined : `${grant.id}, ${grant.state}, ${grantTime(grant, now)}`],
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

function durationText({ duration, startsAt }: AccessRequestResource, now: number): string {
  return `${duration}, from ${startsAt === undefined ? 'its approval' : formatMoment(startsAt, now)} on`;
}

function stepLines({ steps, step: current, state }: AccessRequestResource): readonly CardLine[] {
  if (steps.length === 0) return [['-', 'no reviewer']];
  return steps.map(({ name, reviewers, approvals, given }, index): CardLine => {
    const waits = state === 'pending' && index === current ? ', it waits for this' : '';
    const who = reviewers.join(', ').replace(/^permitted$/, 'whoever may review here');
    return [`${index + 1}. ${name ?? ''}`.trimEnd(), `${given} of ${approvals} approvals${waits}; by ${who}`];
  });
}

function historyLines(request: AccessRequestResource, now: number): readonly CardLine[] {
  const { createdAt, requester, reviews, resolvedAt, resolvedBy, resolvedReason, state, followUp } = request;
  const isOwnReview = reviews.some(
    ({ at, reviewer }) => at.getTime() === resolvedAt?.getTime() && reviewer === resolvedBy,
  );
  return [
    [formatAgo(createdAt, now), `${requester} ${request.isBreakGlass ? 'took it at once' : 'asked'}`],
    ...reviews.map(({ at, reviewer, verdict, step, reason, counts }): CardLine => {
      const what = verdict === 'approve' ? `approved step ${step + 1}` : 'denied it';
      const effect = counts ? '' : ', which counts no longer: the content has changed since';
      return [formatAgo(at, now), `${reviewer} ${what}${effect}${said(reason)}`];
    }),
    ...(resolvedAt === undefined || (isOwnReview && state === 'denied')
      ? []
      : [
          [
            formatAgo(resolvedAt, now),
            `${state}${resolvedBy === undefined ? '' : ` by ${resolvedBy}`}${said(resolvedReason)}`,
          ] as const,
        ]),
    ...(followUp?.at === undefined
      ? []
      : [
          [
            formatAgo(followUp.at, now),
            `${followUp.reviewer} found it ${followUp.state}${said(followUp.reason)}`,
          ] as const,
        ]),
  ];
}

function said(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

/** What the reader may do about a request now, as command lines. */
export function nextCommands(
  { id, may, grant }: AccessRequestResource,
  selection: ProfileSelection,
): readonly CardLine[] {
  const lines: CardLine[] = [
    ...(may.review
      ? [
          ['approve', commandLine(['access', 'approve', id], selection)] as const,
          ['deny', commandLine(['access', 'deny', id, '--reason', 'TEXT'], selection)] as const,
        ]
      : []),
    ...(may.cancel ? [['cancel', commandLine(['access', 'cancel', id], selection)] as const] : []),
    ...(may.followUp
      ? [['follow up', commandLine(['access', 'follow-up', id, '--justified', '--reason', 'TEXT'], selection)] as const]
      : []),
    ...(grant?.state === 'active' || grant?.state === 'scheduled'
      ? [['revoke', commandLine(['access', 'revoke', id, '--reason', 'TEXT'], selection)] as const]
      : []),
  ];
  return lines.length === 0 ? [] : ['', 'You can', ...lines];
}
