import type {
  AccessReviewItemList,
  AccessReviewList,
  AccessReviewResource,
  accessReviewItemQuerySchema,
  accessReviewQuerySchema,
} from '@sallyport/core/api';
import type { z } from 'zod';
import type { AccessGround } from '../access-requests/ground.ts';
import { readPage, type ShownPage } from '../access-requests/page.ts';
import { holdsInOrganization } from '../access-requests/visibility.ts';
import type { AccessReviewCounts, KeptAccessReview } from '../stores/access-review-contracts.ts';
import { answererIn, isReviewerIn, maySeeReview, seesAll } from './answerer.ts';
import { describeItem, describeReview } from './describe-review.ts';
import { maySeeItem } from './lock.ts';
import { noSuchReview } from './refusals.ts';

const NONE: AccessReviewCounts = { pending: 0, attested: 0, removed: 0, skipped: 0 };

/**
 * Finds an access review that the caller may know of, by id or name.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export async function findReview(ground: AccessGround, id: string): Promise<KeptAccessReview> {
  const review = await ground.context.store.accessReviews.find(ground.caller.organizationId, id);
  if (review === undefined || !maySeeReview(ground, review)) throw noSuchReview(id);
  return review;
}

/** Shows one access review. */
export async function showReview(ground: AccessGround, id: string): Promise<AccessReviewResource> {
  const review = await findReview(ground, id);
  const counts = await ground.context.store.accessReviews.counts([review.id]);
  return describeReview(ground, review, counts.get(review.id) ?? NONE);
}

/** Lists the access reviews that the caller may know of, newest first. */
export async function listReviewsFor(
  ground: AccessGround,
  { view, state, ...query }: z.output<typeof accessReviewQuerySchema>,
): Promise<AccessReviewList> {
  const { caller, at, context } = ground;
  const { accessReviews } = context.store;
  const wanted = view === 'mine' ? 'open' : state;
  const selection = { organizationId: caller.organizationId, ...(wanted !== undefined && { state: wanted }) };
  const isShown = (review: KeptAccessReview) =>
    view === 'mine'
      ? isReviewerIn(ground, review) && (state === undefined || state === review.state)
      : maySeeReview(ground, review);
  const isWhole = view === undefined && holdsInOrganization(ground, 'accessReviews.read');
  const page = await readPage(
    { idKind: 'accessReview', at, read: (of) => accessReviews.list(selection, of), ...(!isWhole && { isShown }) },
    query,
  );
  const counts = await accessReviews.counts(page.items.map(({ id }) => id));
  return {
    items: page.items.map((review) => describeReview(ground, review, counts.get(review.id) ?? NONE)),
    metadata: metadataOf(ground, page),
  };
}

/** Lists what a review asks about, as far as the caller may know of it. */
export async function listItemsFor(
  ground: AccessGround,
  id: string,
  { view, state, ...query }: z.output<typeof accessReviewItemQuerySchema>,
): Promise<AccessReviewItemList> {
  const review = await findReview(ground, id);
  const answerer = answererIn(ground, review);
  const { accessReviews } = ground.context.store;
  const wanted = view === 'mine' ? 'pending' : state;
  const isAsked = view !== 'mine' || (review.state === 'open' && (state ?? 'pending') === 'pending');
  const selection = { reviewId: review.id, ...(wanted !== undefined && { state: wanted }) };
  const isWhole = view === undefined && seesAll(ground, review);
  const page: ShownPage<Parameters<typeof describeItem>[2]> = isAsked
    ? await readPage(
        {
          idKind: 'accessReviewItem',
          at: ground.at,
          read: (of) => accessReviews.listItems(selection, of),
          ...(!isWhole && {
            isShown: (item) =>
              view === 'mine' ? answerer.problemOf(item) === undefined : maySeeItem(ground, review, answerer, item),
          }),
        },
        query,
      )
    : { items: [], totalCount: 0 };
  return {
    items: page.items.map((item) => describeItem(ground, review, item, answerer)),
    metadata: metadataOf(ground, page),
  };
}

function metadataOf({ snapshot }: AccessGround, page: Pick<ShownPage<unknown>, 'totalCount' | 'continue'>) {
  return {
    ...(page.continue !== undefined && { continue: page.continue }),
    totalCount: page.totalCount,
    resourceVersion: String(snapshot.version),
  };
}
