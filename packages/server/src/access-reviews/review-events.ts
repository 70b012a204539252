import type { AuditEvent, AuditEventCode, AuditFacts } from '@sallyport/audit';
import { scopeText } from '@sallyport/core';
import type { NotificationEvent } from '@sallyport/core/api';
import { SHORT_PLACE } from '../notifications/plain-text.ts';
import type { AccessReviewCounts, KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import type { Transaction } from '../stores/contracts.ts';

/** Makes an audit event in the name of whoever acts: a person, or the server once the time has come. */
export type EventMaker = <Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>) => AuditEvent<Code>;

/** Makes the audit event of a transition of a review. */
export function reviewEvent(
  event: EventMaker,
  code: 'access_review.started' | 'access_review.reminded' | 'access_review.closed',
  { id, organizationId, name, unanswered, dueAt }: KeptAccessReview,
  counts: AccessReviewCounts,
): AuditEvent {
  return event(code, {
    organizationId,
    details: {
      accessReviewId: id,
      accessReview: name,
      dueAt: dueAt.toISOString(),
      onUnanswered: unanswered,
      ...counts,
    },
  });
}

const ITEM_CODES = {
  attested: 'access_review.attested',
  removed: 'access_review.removed',
  skipped: 'access_review.skipped',
} as const satisfies Partial<Record<KeptAccessReviewItem['state'], AuditEventCode>>;

/** Makes the audit event of what became of an item. */
export function itemEvent(event: EventMaker, review: KeptAccessReview, item: KeptAccessReviewItem): AuditEvent {
  if (item.state === 'pending') throw new TypeError(`nothing became of ${item.id} yet`);
  const { about, names, answer } = item;
  return event(ITEM_CODES[item.state], {
    organizationId: review.organizationId,
    details: {
      accessReviewId: review.id,
      accessReview: review.name,
      accessReviewItemId: item.id,
      ...(about.kind === 'binding' ? { bindingId: about.id } : { grantId: about.id }),
      ...(names.binding !== undefined && { binding: names.binding }),
      subject: `${names.subject.kind} ${names.subject.name}`,
      role: names.role,
      scope: JSON.stringify(names.scope),
      ...(answer?.reason !== undefined && { reason: answer.reason }),
    },
  });
}

/** Tells the channels about a review, with how far it is. */
export function tellChannels(
  tx: Transaction,
  event: Extract<NotificationEvent, `accessReview.${string}`>,
  { id, organizationId, name, names, dueAt }: KeptAccessReview,
  counts: AccessReviewCounts,
  title: string,
): Promise<void> {
  const { pending, attested, removed, skipped } = counts;
  const facts = [
    ['Where', scopeText(names.scope, SHORT_PLACE)],
    ['Pending', String(pending)],
    ['Attested', String(attested)],
    ['Removed', String(removed)],
    ['Skipped', String(skipped)],
    ['Until', `${dueAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['Answer with', `sallyport reviews show ${name} --items --mine`],
  ] as const;
  return tx.notifications.enqueue({
    event,
    organizationId,
    subjectId: id,
    details: {
      title,
      path: `/access/reviews/${id}`,
      facts: facts
        .filter(([label]) => label !== 'Answer with' || event !== 'accessReview.closed')
        .map(([label, value]) => ({ label, value })),
    },
  });
}
