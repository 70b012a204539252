import { createId } from '@sallyport/core';
import type { NotificationView } from '../view.ts';

const ID = createId('notification', 0);
const REQUEST_ID = createId('accessRequest', 0);

/** A notification of a request that waits for a review, with overrides. */
export function aView(overrides: Partial<NotificationView> = {}): NotificationView {
  const requestId = REQUEST_ID;
  return {
    id: ID,
    event: 'accessRequest.created',
    at: new Date('2026-03-01T12:00:00Z'),
    organization: 'acme',
    subject: requestId,
    title: 'jo asks for the role developer on cluster prod for 1h',
    facts: [
      { label: 'Requester', value: 'jo' },
      { label: 'Reason', value: 'the queue is stuck' },
    ],
    link: `https://access.example.com/access/requests/${requestId}`,
    isUrgent: false,
    isSettled: false,
    toReview: { requestId, contentSha256: 'ab'.repeat(32) },
    data: { accessRequest: { id: requestId, reason: 'the queue is stuck' } },
    ...overrides,
  };
}
