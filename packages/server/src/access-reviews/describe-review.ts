import { formatDuration } from '@sallyport/core';
import type { AccessReviewItemResource, AccessReviewResource } from '@sallyport/core/api';
import type { AccessGround } from '../access-requests/ground.ts';
import { nameOf } from '../access-requests/names.ts';
import { holdsOn } from '../access-requests/visibility.ts';
import type { AccessReviewCounts, KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import { type Answerer, REMOVAL_PERMISSIONS } from './answerer.ts';

/** A review in the form in which REST has it. */
export function describeReview(
  ground: AccessGround,
  review: KeptAccessReview,
  counts: AccessReviewCounts,
): AccessReviewResource {
  const { snapshot } = ground;
  const { id, name, description, state, about, createdAt, createdById, dueAt, remindEveryMs, closed, names } = review;
  const isManaged = state === 'open' && holdsOn(ground, 'accessReviews.update', review.scope);
  const { reviewers } = names;
  return {
    id,
    name,
    ...(description !== undefined && { description }),
    state,
    scope: names.scope,
    about,
    ...(names.roles !== undefined && { roles: [...names.roles] }),
    reviewers: reviewers === 'permitted' ? reviewers : [...reviewers],
    createdAt,
    createdBy: nameOf(snapshot, createdById, names.createdBy),
    dueAt,
    ...(remindEveryMs !== undefined && { remindEvery: formatDuration(remindEveryMs) }),
    onUnanswered: review.unanswered,
    ...(closed !== undefined && {
      closedAt: closed.at,
      ...(closed.byId !== undefined && { closedBy: nameOf(snapshot, closed.byId, names.closedBy) }),
    }),
    items: { ...counts },
    may: { remind: isManaged, close: isManaged && mayRemoveUnanswered(ground, review) },
  };
}

/** Whether the caller may let the rule of a review be carried out: to remove is for those who could do so by hand. */
export function mayRemoveUnanswered(ground: AccessGround, { about, scope, unanswered }: KeptAccessReview): boolean {
  if (unanswered === 'keep') return true;
  const kinds =
    about === 'both' ? (['binding', 'grant'] as const) : ([about === 'bindings' ? 'binding' : 'grant'] as const);
  return kinds.every((kind) => holdsOn(ground, REMOVAL_PERMISSIONS[kind], scope));
}

/** What a review asks about in the form in which REST has it. */
export function describeItem(
  { snapshot, at }: AccessGround,
  review: KeptAccessReview,
  item: KeptAccessReviewItem,
  answerer: Answerer,
): AccessReviewItemResource {
  const { id, about, names, basis, state, answer } = item;
  const isOpen = review.state === 'open' && at < review.dueAt && state === 'pending';
  return {
    id,
    kind: about.kind,
    ...(names.binding !== undefined && { binding: names.binding }),
    ...(about.kind === 'grant' &&
      names.endsAt !== undefined && { grant: { id: about.id, endsAt: new Date(names.endsAt) } }),
    subject: names.subject,
    role: names.role,
    scope: names.scope,
    ...(basis.condition !== undefined && { condition: basis.condition }),
    state,
    ...(answer !== undefined && {
      answeredAt: answer.at,
      ...(answer.byId !== undefined && { answeredBy: nameOf(snapshot, answer.byId, item.answeredByName) }),
      ...(answer.reason !== undefined && { reason: answer.reason }),
    }),
    may: { answer: isOpen && answerer.problemOf(item) === undefined },
  };
}
