import { scopeText } from '@sallyport/core';
import type { AccessReviewResource } from '@sallyport/core/api';
import { subjectText, totalOf } from '../output/access-review-view.ts';
import type { CardLine } from '../output/card.ts';
import { formatMoment, formatUntil } from '../output/time.ts';

/** All that is known of an access review, for reading, seen from `now` (milliseconds since the epoch). */
export function reviewCard(review: AccessReviewResource, now: number): readonly CardLine[] {
  const { items, reviewers, closedAt, closedBy, may, name } = review;
  const closed = closedAt === undefined ? undefined : `${formatMoment(closedAt, now)} by ${closedBy ?? 'its time'}`;
  return [
    `Access review ${name}`,
    ['Id', review.id],
    ['State', review.state],
    ['About', review.about === 'both' ? 'bindings and grants' : review.about],
    ['Where', scopeText(review.scope)],
    ['Roles', review.roles?.join(', ') ?? 'all'],
    ['Why', review.description],
    ['Reviewers', reviewers === 'permitted' ? 'whoever may remove it' : reviewers.map(subjectText).join(', ')],
    ['Started', `${formatMoment(review.createdAt, now)} by ${review.createdBy}`],
    ['Due', review.state === 'open' ? formatUntil(review.dueAt, now) : formatMoment(review.dueAt, now)],
    ['Reminders', review.remindEvery === undefined ? undefined : `every ${review.remindEvery}`],
    ['Unanswered', review.onUnanswered === 'keep' ? 'is kept' : 'is removed'],
    ['Closed', closed],
    '',
    `${totalOf(items)} asked about`,
    ['pending', String(items.pending)],
    ['attested', String(items.attested)],
    ['removed', String(items.removed)],
    ['skipped', String(items.skipped)],
    '',
    'What you can do',
    ['items', `sallyport reviews show ${name} --items`],
    ['remind', may.remind ? `sallyport reviews remind ${name}` : undefined],
    ['close', may.close ? `sallyport reviews close ${name}` : undefined],
    ['report', `sallyport reviews report ${name} -o csv`],
  ];
}
