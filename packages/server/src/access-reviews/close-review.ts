import { type AccessReviewItem, closeAccessReview, type Refusal, skipAccessReviewItem } from '@sallyport/authz';
import type { AccessReviewResource } from '@sallyport/core/api';
import type { AccessActor, AccessContext } from '../access-requests/ground.ts';
import { refused } from '../access-requests/refusals.ts';
import { decideAccess } from '../access-requests/transact.ts';
import { holdsOn } from '../access-requests/visibility.ts';
import { forbidden } from '../resources/permitted.ts';
import type { KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import { REMOVAL_PERMISSIONS } from './answerer.ts';
import { describeReview, mayRemoveUnanswered } from './describe-review.ts';
import { lockReview } from './lock.ts';
import { createRemovals, type RemovalGround } from './removals.ts';
import { itemEvent, reviewEvent, tellChannels } from './review-events.ts';

/**
 * Closes an access review by hand.
 * @throws ApiError
 */
export function closeByHand(context: AccessContext, actor: AccessActor, id: string): Promise<AccessReviewResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const { snapshot, at, caller } = ground;
    const review = await lockReview(tx, ground, id);
    if (!holdsOn(ground, 'accessReviews.update', review.scope)) throw forbidden('accessReviews.update');
    if (!mayRemoveUnanswered(ground, review)) throw forbidden(removalPermission(review));
    const closed = await closeLocked(review, {
      ...{ tx, snapshot, at, organizationId: review.organizationId, event: actor.event },
      ...{ byId: caller.id, byName: caller.userName },
    });
    if (closed.outcome === 'refused') throw refused(closed);
    return describeReview(ground, closed.review, await tx.accessReviews.counts(review.id));
  });
}

/** Where a locked review is closed. */
export interface ClosingGround extends RemovalGround {
  readonly byName?: string;
}

/**
 * Closes a locked review: what nobody answered is kept or removed as it says, all in one transaction. What can't be removed, since
 * it is another thing by now or makes the last owner, is passed over with that reason.
 */
export async function closeLocked(
  review: KeptAccessReview,
  ground: ClosingGround,
): Promise<{ readonly outcome: 'closed'; readonly review: KeptAccessReview } | Refusal> {
  const { tx, at, event, byId, byName } = ground;
  const pending = await tx.accessReviews.lockPending(review.id);
  const closing = closeAccessReview(review, pending, { at, ...(byId !== undefined && { byId }) });
  if (closing.outcome === 'refused') return closing;

  const outcomes = await carryOut(review, pending, closing.items, ground);
  await tx.accessReviews.answer(outcomes);
  for (const item of outcomes) if (item.state === 'removed') await tx.appendAudit(itemEvent(event, review, item));

  const { nextReminderAt: _, ...rest } = review;
  const closed: KeptAccessReview = {
    ...rest,
    ...closing.review,
    names: { ...review.names, ...(byName !== undefined && { closedBy: byName }) },
  };
  await tx.accessReviews.update(closed);
  const counts = await tx.accessReviews.counts(review.id);
  await tx.appendAudit(reviewEvent(event, 'access_review.closed', closed, counts));
  await tx.notifications.withdraw(review.id, ['accessReview.reminder']);
  const title = `The access review ${review.name} is closed: ${counts.attested} attested, ${counts.removed} removed`;
  await tellChannels(tx, 'accessReview.closed', closed, counts, title);
  return { outcome: 'closed', review: closed };
}

/** Removes what the close removes, and yields what became of each item. */
async function carryOut(
  review: KeptAccessReview,
  pending: readonly KeptAccessReviewItem[],
  decided: readonly AccessReviewItem[],
  ground: ClosingGround,
): Promise<readonly KeptAccessReviewItem[]> {
  const removals = createRemovals(ground);
  const decisions = new Map(decided.map((item) => [item.id, item]));
  const outcomes: KeptAccessReviewItem[] = [];
  for (const item of pending) {
    const decision = decisions.get(item.id);
    if (decision === undefined) continue;
    const obstacle = decision.state === 'removed' ? await removeOne(item) : undefined;
    outcomes.push({ ...item, ...(obstacle === undefined ? decision : skipped(item, obstacle)) });
  }
  await removals.write();
  return outcomes;

  async function removeOne(item: KeptAccessReviewItem): Promise<string | undefined> {
    const obstacle = await removals.obstacleTo(item);
    if (obstacle !== undefined) return obstacle;
    const isRemoved = await removals.removeUnlessLastOwner(
      item,
      `access review ${review.name}: nobody answered in time`,
    );
    return isRemoved ? undefined : 'without it the organization would have no owner';
  }

  function skipped(item: KeptAccessReviewItem, reason: string): AccessReviewItem {
    const outcome = skipAccessReviewItem(item, { at: ground.at, reason });
    if (outcome.outcome === 'refused') throw new TypeError(`${item.id} is not pending`);
    return outcome.item;
  }
}

function removalPermission({ about }: KeptAccessReview): string {
  return REMOVAL_PERMISSIONS[about === 'grants' ? 'grant' : 'binding'];
}
