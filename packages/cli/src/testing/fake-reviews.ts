import { createId, parseDuration, systemClock } from '@sallyport/core';
import {
  type AccessReviewItemResource,
  type AccessReviewResource,
  type ApiProblemCode,
  ApiProblemError,
  type OperationInput,
} from '@sallyport/core/api';
import type { FakeMethod } from './fake-access.ts';

/** Access reviews in memory, of one organization. Everybody answers about all but themselves. */
export interface FakeReviews {
  readonly methods: Readonly<Record<string, FakeMethod>>;
  readonly reviews: Map<string, AccessReviewResource>;
  readonly items: Map<string, AccessReviewItemResource>;
  /** Users whose bindings a new review asks about. */
  readonly users: string[];
}

/** Creates a fake without a review. */
export function createFakeReviews(): FakeReviews {
  const reviews = new Map<string, AccessReviewResource>();
  const items = new Map<string, AccessReviewItemResource>();
  const users: string[] = [];
  const now = () => new Date(systemClock.now());

  function find(id: string): AccessReviewResource {
    const found = reviews.get(id) ?? [...reviews.values()].find((review) => review.id === id);
    if (found === undefined) throw problem('ERR_API_NOT_FOUND', 404, `there is no access review ${id} for you`);
    const counts = { pending: 0, attested: 0, removed: 0, skipped: 0 };
    for (const { state } of items.values()) counts[state] += 1;
    return { ...found, items: counts };
  }
  const isOwn = ({ subject }: AccessReviewItemResource, caller: string) => subject.name === caller;
  const page = <Item>(all: readonly Item[]) => ({
    items: all,
    metadata: { totalCount: all.length, resourceVersion: '1' },
  });

  const methods = {
    createAccessReview({ body }: OperationInput<'createAccessReview'>, caller: string) {
      const {
        duration = '1d',
        dueAt: _,
        about = 'both',
        reviewers = 'permitted',
        onUnanswered = 'keep',
        ...rest
      } = body;
      const createdAt = now();
      for (const name of users) {
        const id = createId('accessReviewItem');
        const given = { kind: 'binding' as const, binding: 'devs', role: 'developer', scope: rest.scope };
        items.set(id, { id, ...given, subject: { kind: 'User', name }, state: 'pending', may: { answer: true } });
      }
      reviews.set(body.name, {
        ...rest,
        ...{
          id: createId('accessReview'),
          state: 'open',
          about,
          reviewers,
          onUnanswered,
          createdBy: caller,
          createdAt,
        },
        dueAt: new Date(createdAt.getTime() + parseDuration(duration)),
        items: { pending: 0, attested: 0, removed: 0, skipped: 0 },
        may: { remind: true, close: true },
      });
      return find(body.name);
    },
    listAccessReviews: ({ state }: OperationInput<'listAccessReviews'>) =>
      page([...reviews.keys()].map(find).filter((review) => (state ?? review.state) === review.state)),
    getAccessReview: ({ id }: OperationInput<'getAccessReview'>) => find(id),
    listAccessReviewItems({ id, view, state }: OperationInput<'listAccessReviewItems'>, caller: string) {
      find(id);
      const all = [...items.values()].filter((item) => (state ?? item.state) === item.state);
      return page(view === 'mine' ? all.filter((item) => item.state === 'pending' && !isOwn(item, caller)) : all);
    },
    decideAccessReviewItem({ item: id, body }: OperationInput<'decideAccessReviewItem'>, caller: string) {
      const item = items.get(id);
      if (item === undefined) throw problem('ERR_API_NOT_FOUND', 404, 'the access review asks about no such thing');
      if (isOwn(item, caller)) throw problem('ERR_API_REVIEW_REFUSED', 403, 'nobody answers about their own access');
      if (item.state !== 'pending') throw problem('ERR_API_CONFLICT', 409, `it is ${item.state} already`);
      const { verdict, reason } = body;
      const state = verdict === 'attest' ? ('attested' as const) : ('removed' as const);
      const answered = {
        ...item,
        state,
        answeredBy: caller,
        answeredAt: now(),
        ...(reason !== undefined && { reason }),
      };
      items.set(id, answered);
      return answered;
    },
    remindAccessReview: ({ id }: OperationInput<'remindAccessReview'>) => find(id),
    closeAccessReview({ id }: OperationInput<'closeAccessReview'>, caller: string) {
      const review = find(id);
      for (const [key, item] of items) if (item.state === 'pending') items.set(key, { ...item, state: 'skipped' });
      reviews.set(review.name, { ...review, state: 'closed', closedAt: now(), closedBy: caller });
      return find(id);
    },
    getAccessReviewReport({ id, format }: OperationInput<'getAccessReviewReport'>) {
      const review = find(id);
      return format === 'csv'
        ? `"review"\r\n"${review.name}"\r\n`
        : `${JSON.stringify({ type: 'review', name: review.name })}\n`;
    },
  };
  return { methods, reviews, items, users };
}

function problem(code: ApiProblemCode, status: number, detail: string): ApiProblemError {
  return new ApiProblemError({ type: `https://docs.example/errors#${code}`, title: code, status, detail, code });
}
