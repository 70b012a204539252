import { answerAccessReviewItem, skipAccessReviewItem } from '@sallyport/authz';
import type { AccessReviewItemResource, decideAccessReviewItemSchema } from '@sallyport/core/api';
import type { z } from 'zod';
import type { AccessActor, AccessContext } from '../access-requests/ground.ts';
import { refused } from '../access-requests/refusals.ts';
import { decideAccess } from '../access-requests/transact.ts';
import type { KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import { answererIn } from './answerer.ts';
import { describeItem } from './describe-review.ts';
import { lockItem, lockReview } from './lock.ts';
import { createRemovals } from './removals.ts';
import { itemEvent } from './review-events.ts';

/** Which item is answered, and how. */
export interface ItemDecision extends z.output<typeof decideAccessReviewItemSchema> {
  /** Id or name of the review. */
  readonly review: string;
  readonly item: string;
}

/**
 * Answers about one thing. What is removed is gone once this resolves; what is no longer what was asked about is passed over, and
 * nothing else happens to it.
 * @throws ApiError
 */
export function decideItem(
  context: AccessContext,
  actor: AccessActor,
  { review: reviewId, item: itemId, verdict, reason }: ItemDecision,
): Promise<AccessReviewItemResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const { caller, at, snapshot } = ground;
    const review = await lockReview(tx, ground, reviewId);
    const answerer = answererIn(ground, review);
    const item = await lockItem(tx, ground, review, answerer, itemId);
    const problem = answerer.problemOf(item);
    if (problem !== undefined) throw refused(problem);
    const said = answerAccessReviewItem(review, item, {
      verdict,
      reviewerId: caller.id,
      at,
      ...(reason !== undefined && { reason }),
    });
    if (said.outcome === 'refused') throw refused(said);

    const { organizationId } = review;
    const removals = createRemovals({ tx, snapshot, organizationId, at, event: actor.event, byId: caller.id });
    const obstacle = await removals.obstacleTo(item);
    const outcome =
      obstacle === undefined ? said : skipAccessReviewItem(item, { at, reason: obstacle, byId: caller.id });
    if (outcome.outcome === 'refused') throw refused(outcome);
    if (outcome.item.state === 'removed') {
      await removals.remove(item, `access review ${review.name}: ${reason}`);
      await removals.write();
    }
    const answered: KeptAccessReviewItem = { ...item, ...outcome.item, answeredByName: caller.userName };
    await tx.accessReviews.answer([{ ...answered, byName: caller.userName }]);
    await tx.appendAudit(itemEvent(actor.event, review, answered));
    return describeItem(ground, review, answered, answerer);
  });
}
