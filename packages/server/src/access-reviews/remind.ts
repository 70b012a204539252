import type { AccessReviewResource } from '@sallyport/core/api';
import type { AccessActor, AccessContext } from '../access-requests/ground.ts';
import { decidedAlready } from '../access-requests/refusals.ts';
import { decideAccess } from '../access-requests/transact.ts';
import { holdsOn } from '../access-requests/visibility.ts';
import { forbidden } from '../resources/permitted.ts';
import type { KeptAccessReview } from '../stores/access-review-contracts.ts';
import type { Transaction } from '../stores/contracts.ts';
import { describeReview } from './describe-review.ts';
import { lockReview } from './lock.ts';
import { type EventMaker, reviewEvent, tellChannels } from './review-events.ts';

/** When reviewers are reminded next by the interval of a review; `undefined` when it is over before that, or has none. */
export function nextReminder(
  { createdAt, dueAt, remindEveryMs }: Pick<KeptAccessReview, 'createdAt' | 'dueAt' | 'remindEveryMs'>,
  after: Date,
): Date | undefined {
  if (remindEveryMs === undefined) return undefined;
  const passed = Math.floor((after.getTime() - createdAt.getTime()) / remindEveryMs);
  const next = new Date(createdAt.getTime() + (passed + 1) * remindEveryMs);
  return next < dueAt ? next : undefined;
}

/**
 * Reminds the reviewers of an open review by hand; those that its interval makes come as well.
 * @throws ApiError
 */
export function remind(context: AccessContext, actor: AccessActor, id: string): Promise<AccessReviewResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const review = await lockReview(tx, ground, id);
    if (!holdsOn(ground, 'accessReviews.update', review.scope)) throw forbidden('accessReviews.update');
    if (review.state !== 'open' || ground.at >= review.dueAt) throw decidedAlready('the access review is over');
    await sendReminder(tx, actor.event, review);
    return describeReview(ground, review, await tx.accessReviews.counts(review.id));
  });
}

/** Reminds the reviewers of a locked review by its interval, unless nothing is left to answer. */
export async function remindByTime(
  tx: Transaction,
  event: EventMaker,
  review: KeptAccessReview,
  at: Date,
): Promise<void> {
  const { nextReminderAt: _, ...rest } = review;
  const next = nextReminder(review, at);
  await tx.accessReviews.update({ ...rest, ...(next !== undefined && { nextReminderAt: next }) });
  await sendReminder(tx, event, review);
}

async function sendReminder(tx: Transaction, event: EventMaker, review: KeptAccessReview): Promise<void> {
  const counts = await tx.accessReviews.counts(review.id);
  if (counts.pending === 0) return;
  await tx.appendAudit(reviewEvent(event, 'access_review.reminded', review, counts));
  const title = `The access review ${review.name} waits for ${counts.pending} more answers`;
  await tellChannels(tx, 'accessReview.reminder', review, counts, title);
}
