import { readScope, readSubject } from '@sallyport/authz';
import { createId, parseDuration } from '@sallyport/core';
import type { AccessReviewResource, createAccessReviewSchema } from '@sallyport/core/api';
import type { z } from 'zod';
import type { AccessActor, AccessContext, AccessGround } from '../access-requests/ground.ts';
import { refusedField } from '../access-requests/refusals.ts';
import { decideAccess } from '../access-requests/transact.ts';
import { holdsOn } from '../access-requests/visibility.ts';
import type { RememberAnswer } from '../api/idempotency.ts';
import { describeScope, describeSubject } from '../resources/definitions/describe-reach.ts';
import { directoryOf } from '../resources/definitions/directory.ts';
import { forbidden } from '../resources/permitted.ts';
import type { KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import { REMOVAL_PERMISSIONS } from './answerer.ts';
import { collectItems } from './collect-items.ts';
import { describeReview } from './describe-review.ts';
import { assertItemCount, assertPeriod, assertRoomForReview } from './limits.ts';
import { nextReminder } from './remind.ts';
import { reviewEvent, tellChannels } from './review-events.ts';

/** What is started, as the contract's schema reads it. */
export type ReviewDraft = z.output<typeof createAccessReviewSchema>;

/**
 * Starts an access review of what there is at this moment.
 * @throws ApiError
 */
export function startReview(
  context: AccessContext,
  actor: AccessActor,
  draft: ReviewDraft,
  remember?: RememberAnswer,
): Promise<AccessReviewResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const review = planReview(ground, draft);
    const items = collectItems(ground, review);
    assertItemCount(items.length);
    assertMayGiveAway(ground, review, items);
    assertRoomForReview(await tx.accessReviews.countOpen(review.organizationId));
    await tx.accessReviews.insert(review, items);
    const counts = { pending: items.length, attested: 0, removed: 0, skipped: 0 };
    await tx.appendAudit(reviewEvent(actor.event, 'access_review.started', review, counts));
    const title = `The access review ${review.name} has started: ${items.length} to answer`;
    await tellChannels(tx, 'accessReview.started', review, counts, title);
    const described = describeReview(ground, review, counts);
    await remember?.(tx, described);
    return described;
  });
}

function planReview(ground: AccessGround, draft: ReviewDraft): KeptAccessReview {
  const { snapshot, caller, at } = ground;
  const { organizationId } = caller;
  const directory = directoryOf({ reader: snapshot, organization: { id: organizationId } });
  if (draft.scope.kind === 'installation') throw refusedField('scope', 'is the installation: name the organization');
  const scope = readScope(draft.scope, 'scope', directory);
  if (!holdsOn(ground, 'accessReviews.create', scope)) throw forbidden('accessReviews.create');
  const roleIds = draft.roles?.map((name, i) => {
    const id = directory.roleId(name);
    if (id === undefined) throw directory.missing(`roles.${i}`, 'Role', name);
    return id;
  });
  const reviewers =
    draft.reviewers === 'permitted'
      ? draft.reviewers
      : draft.reviewers.map((subject, i) => readSubject(subject, `reviewers.${i}`, directory));
  const dueAt = dueAtOf(draft, at);
  const remindEveryMs = draft.remindEvery === undefined ? undefined : parseDuration(draft.remindEvery);
  if (remindEveryMs !== undefined) assertPeriod('remindEvery', remindEveryMs);
  const review: KeptAccessReview = {
    id: createId('accessReview', at.getTime()),
    organizationId,
    name: draft.name,
    ...(draft.description !== undefined && { description: draft.description }),
    scope,
    about: draft.about,
    ...(roleIds !== undefined && { roleIds }),
    reviewers,
    state: 'open',
    createdAt: at,
    createdById: caller.id,
    dueAt,
    ...(remindEveryMs !== undefined && { remindEveryMs }),
    unanswered: draft.onUnanswered,
    names: {
      createdBy: caller.userName,
      scope: describeScope(scope, snapshot),
      ...(draft.roles !== undefined && { roles: draft.roles }),
      reviewers:
        reviewers === 'permitted'
          ? reviewers
          : reviewers.map((subject) => describeSubject(subject, { organizationId }, snapshot)),
    },
  };
  const nextReminderAt = nextReminder(review, at);
  return { ...review, ...(nextReminderAt !== undefined && { nextReminderAt }) };
}

function dueAtOf({ duration, dueAt }: ReviewDraft, at: Date): Date {
  const periodMs = duration === undefined ? (dueAt?.getTime() ?? 0) - at.getTime() : parseDuration(duration);
  assertPeriod(duration === undefined ? 'dueAt' : 'duration', periodMs);
  return new Date(at.getTime() + periodMs);
}

/**
 * Whoever lets others remove access, or removes what is not answered, must be able to do so by hand: a review hands nobody a
 * power that its starter does not have.
 * @throws ApiError `ERR_API_FORBIDDEN`
 */
function assertMayGiveAway(
  ground: AccessGround,
  { reviewers, unanswered }: KeptAccessReview,
  items: readonly KeptAccessReviewItem[],
): void {
  if (reviewers === 'permitted' && unanswered === 'keep') return;
  for (const { about, basis } of items) {
    const permission = REMOVAL_PERMISSIONS[about.kind];
    if (!holdsOn(ground, permission, basis.scope)) throw forbidden(permission);
  }
}
