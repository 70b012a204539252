import { scopeText } from '@sallyport/core';
import {
  ACCESS_REVIEW_REPORT_FORMATS,
  type AccessReviewItemResource,
  type AccessReviewResource,
} from '@sallyport/core/api';
import type { AccessGround } from '../access-requests/ground.ts';
import type { TextAnswer } from '../api/text-answer.ts';
import { forbidden } from '../resources/permitted.ts';
import { answererIn, seesAll } from './answerer.ts';
import { csvLine } from './csv.ts';
import { describeItem } from './describe-review.ts';
import { findReview, showReview } from './list-reviews.ts';

/** Items that are read at once: a report is never in memory as a whole. */
const BATCH = 500;

/**
 * Makes the report of an access review: all that it asked about, and what became of it so far.
 * @throws ApiError
 */
export async function makeReport(
  ground: AccessGround,
  id: string,
  format: keyof typeof ACCESS_REVIEW_REPORT_FORMATS,
): Promise<TextAnswer> {
  const kept = await findReview(ground, id);
  if (!seesAll(ground, kept)) throw forbidden('accessReviews.read');
  const review = await showReview(ground, kept.id);
  const { accessReviews } = ground.context.store;
  const answerer = answererIn(ground, kept);

  async function* items(): AsyncGenerator<AccessReviewItemResource> {
    const selection = { reviewId: kept.id };
    for (let after: Parameters<typeof accessReviews.listItems>[1]['after']; ; ) {
      const page = await accessReviews.listItems(selection, {
        at: ground.at,
        limit: BATCH,
        ...(after !== undefined && { after }),
      });
      for (const item of page.items) yield describeItem(ground, kept, item, answerer);
      after = page.items.at(-1)?.id;
      if (after === undefined || page.items.length < BATCH) return;
    }
  }

  return {
    mediaType: ACCESS_REVIEW_REPORT_FORMATS[format],
    fileName: `access-review-${review.name}.${format === 'csv' ? 'csv' : 'ndjson'}`,
    chunks: format === 'csv' ? csvOf(review, items()) : jsonOf(review, items()),
  };
}

const HEADING = [
  'review',
  'item',
  'kind',
  'binding or grant',
  'subject kind',
  'subject',
  'role',
  'where',
  'condition',
  'state',
  'answered at',
  'answered by',
  'reason',
];

async function* csvOf(review: AccessReviewResource, items: AsyncIterable<AccessReviewItemResource>) {
  yield csvLine(HEADING);
  for await (const item of items) {
    const { subject, scope, answeredAt } = item;
    const provider = subject.kind === 'Group' ? subject.identityProvider : undefined;
    yield csvLine([
      review.name,
      item.id,
      item.kind,
      item.binding ?? item.grant?.id ?? '',
      subject.kind,
      provider === undefined ? subject.name : `${subject.name} (${provider})`,
      item.role,
      scopeText(scope),
      item.condition ?? '',
      item.state,
      answeredAt?.toISOString() ?? '',
      item.answeredBy ?? '',
      item.reason ?? '',
    ]);
  }
}

/** The review first, then each of its items; what the caller may do about them is nothing of a report. */
async function* jsonOf({ may: _, ...review }: AccessReviewResource, items: AsyncIterable<AccessReviewItemResource>) {
  yield `${JSON.stringify({ type: 'review', ...review })}\n`;
  for await (const { may: _may, ...item } of items) yield `${JSON.stringify({ type: 'item', ...item })}\n`;
}
