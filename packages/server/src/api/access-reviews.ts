import type {
  accessReviewItemQuerySchema,
  accessReviewQuerySchema,
  accessReviewReportQuerySchema,
  decideAccessReviewItemSchema,
} from '@sallyport/core/api';
import type { z } from 'zod';
import { actorOf, groundOn } from '../access-requests/ground.ts';
import { closeByHand } from '../access-reviews/close-review.ts';
import { decideItem } from '../access-reviews/decide-item.ts';
import { listItemsFor, listReviewsFor, showReview } from '../access-reviews/list-reviews.ts';
import { remind } from '../access-reviews/remind.ts';
import { makeReport } from '../access-reviews/report.ts';
import { type ReviewDraft, startReview } from '../access-reviews/start-review.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { assertProof } from './proof.ts';

/** Starts an access review. */
export const createAccessReview: Handler = (context, call) =>
  startReview(context, actorOf(context, call), call.body as ReviewDraft, call.remember);

/** Lists the access reviews that the caller may know of. */
export const listAccessReviews: Handler = (context, call) =>
  listReviewsFor(viewOf(context, call), call.query as z.output<typeof accessReviewQuerySchema>);

/** Shows one access review. */
export const getAccessReview: Handler = (context, call) => showReview(viewOf(context, call), idOf(call));

/** Lists what an access review asks about. */
export const listAccessReviewItems: Handler = (context, call) =>
  listItemsFor(viewOf(context, call), idOf(call), call.query as z.output<typeof accessReviewItemQuerySchema>);

/** Answers about one thing. */
export const decideAccessReviewItem: Handler = async (context, call) => {
  assertProof(context, call.caller);
  const decision = call.body as z.output<typeof decideAccessReviewItemSchema>;
  return decideItem(context, actorOf(context, call), {
    ...decision,
    review: idOf(call),
    item: call.parameters['item'] ?? '',
  });
};

/** Reminds the reviewers. */
export const remindAccessReview: Handler = (context, call) => remind(context, actorOf(context, call), idOf(call));

/** Closes an access review. */
export const closeAccessReview: Handler = (context, call) => closeByHand(context, actorOf(context, call), idOf(call));

/** Exports what an access review came to. */
export const getAccessReviewReport: Handler = (context, call) =>
  makeReport(viewOf(context, call), idOf(call), (call.query as z.output<typeof accessReviewReportQuerySchema>).format);

function viewOf(context: ApiContext, call: Call) {
  return groundOn(context, actorOf(context, call), context.snapshots.current());
}

function idOf({ parameters }: Call): string {
  return parameters['id'] ?? '';
}
