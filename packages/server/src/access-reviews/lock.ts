import { isId } from '@sallyport/core';
import type { AccessGround } from '../access-requests/ground.ts';
import type { KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import type { Transaction } from '../stores/contracts.ts';
import { type Answerer, maySeeReview, seesAll } from './answerer.ts';
import { noSuchItem, noSuchReview } from './refusals.ts';

/**
 * Locks an access review that the caller may know of.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export async function lockReview(tx: Transaction, ground: AccessGround, id: string): Promise<KeptAccessReview> {
  const review = await tx.accessReviews.lock(ground.caller.organizationId, id);
  if (review === undefined || !maySeeReview(ground, review)) throw noSuchReview(id);
  return review;
}

/**
 * Locks one of its items that the caller may know of.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export async function lockItem(
  tx: Transaction,
  ground: AccessGround,
  review: KeptAccessReview,
  answerer: Answerer,
  id: string,
): Promise<KeptAccessReviewItem> {
  const item = isId('accessReviewItem', id) ? await tx.accessReviews.lockItem(review.id, id) : undefined;
  if (item === undefined || !maySeeItem(ground, review, answerer, item)) throw noSuchItem(id);
  return item;
}

/** Whether the caller may know of an item: by permission, or because they answer about it. */
export function maySeeItem(
  ground: AccessGround,
  review: KeptAccessReview,
  answerer: Answerer,
  item: KeptAccessReviewItem,
): boolean {
  const problem = answerer.problemOf(item);
  // That it is one's own is said, not hidden: who holds access knows of it.
  return problem === undefined || problem.code === 'ownRequest' || seesAll(ground, review);
}
