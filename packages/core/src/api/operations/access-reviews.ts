import { z } from 'zod';
import {
  ACCESS_REVIEW_REPORT_FORMATS,
  accessReviewItemListSchema,
  accessReviewItemQuerySchema,
  accessReviewItemSchema,
  accessReviewListSchema,
  accessReviewQuerySchema,
  accessReviewReportQuerySchema,
  accessReviewSchema,
  createAccessReviewSchema,
  decideAccessReviewItemSchema,
} from '../access-reviews.ts';
import type { Operation } from './operation.ts';

const REVIEWS = '/organizations/{organization}/access-reviews' as const;

/**
 * Operations of access reviews. A review is named by its id or its name. Those that are `self` are decided by the review itself:
 * its reviewers see what they answer, and all others find nothing but by permission.
 */
export const accessReviewOperations = {
  createAccessReview: {
    method: 'POST',
    path: REVIEWS,
    summary: 'Starts an access review: asks about every binding and grant within a scope whether it is still needed',
    permission: 'accessReviews.create',
    body: createAccessReviewSchema,
    response: accessReviewSchema,
    status: 201,
    isIdempotent: true,
  },
  listAccessReviews: {
    method: 'GET',
    path: REVIEWS,
    summary: 'Lists the access reviews that the caller answers in, or may see by permission',
    permission: 'self',
    query: accessReviewQuerySchema,
    response: accessReviewListSchema,
    status: 200,
  },
  getAccessReview: {
    method: 'GET',
    path: `${REVIEWS}/{id}`,
    summary: 'Shows one access review with how far it is',
    permission: 'self',
    response: accessReviewSchema,
    status: 200,
  },
  listAccessReviewItems: {
    method: 'GET',
    path: `${REVIEWS}/{id}/items`,
    summary: 'Lists what an access review asks about, as far as the caller answers it or may see it by permission',
    permission: 'self',
    query: accessReviewItemQuerySchema,
    response: accessReviewItemListSchema,
    status: 200,
  },
  decideAccessReviewItem: {
    method: 'POST',
    path: `${REVIEWS}/{id}/items/{item}/decision`,
    summary: 'Attests that access of somebody else is still needed, or removes it at once',
    permission: 'self',
    body: decideAccessReviewItemSchema,
    response: accessReviewItemSchema,
    status: 200,
  },
  remindAccessReview: {
    method: 'POST',
    path: `${REVIEWS}/{id}/remind`,
    summary: 'Reminds the reviewers of what waits for them',
    permission: 'accessReviews.update',
    response: accessReviewSchema,
    status: 200,
  },
  closeAccessReview: {
    method: 'POST',
    path: `${REVIEWS}/{id}/close`,
    summary: 'Closes an access review now; what nobody answered is kept or removed, as the review says',
    permission: 'accessReviews.update',
    response: accessReviewSchema,
    status: 200,
  },
  getAccessReviewReport: {
    method: 'GET',
    path: `${REVIEWS}/{id}/report`,
    summary: 'Exports what an access review asked about and what became of it, as CSV or as lines of JSON',
    permission: 'accessReviews.read',
    query: accessReviewReportQuerySchema,
    response: z.string(),
    formats: ACCESS_REVIEW_REPORT_FORMATS,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
