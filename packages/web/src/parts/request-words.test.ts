import { createId } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { gateOfRequest, stateWords } from './request-words.ts';

const aRequest = (overrides: Partial<AccessRequestResource>): AccessRequestResource => ({
  id: createId('accessRequest'),
  state: 'pending',
  requester: 'dev@acme.test',
  role: 'edit',
  scope: { kind: 'organization' },
  duration: '1h',
  reason: 'Because',
  policy: 'on-call',
  suggestedReviewers: [],
  createdAt: new Date(),
  pendingUntil: new Date(),
  contentSha256: '0'.repeat(64),
  steps: [{ reviewers: ['group leads'], approvals: 2, given: 1 }],
  step: 0,
  reviews: [],
  isBreakGlass: false,
  may: { review: false, cancel: false, followUp: false },
  ...overrides,
});
const grant = (state: 'scheduled' | 'active' | 'expired' | 'revoked') => ({
  id: createId('grant'),
  state,
  startsAt: new Date(),
  endsAt: new Date(),
});

describe('a request in words', () => {
  for (const { given, want } of [
    { given: {}, want: ['waiting', '1 of 2; waits for group leads'] },
    {
      given: { state: 'denied', resolvedBy: 'Hana', resolvedReason: 'Ask for view.' },
      want: ['barred', 'Denied by Hana: “Ask for view.”'],
    },
    { given: { state: 'cancelled' }, want: ['ended', 'Cancelled'] },
    { given: { state: 'expired' }, want: ['ended', 'Expired: nobody decided in time'] },
    { given: { state: 'approved', resolvedBy: 'Hana' }, want: ['waiting', 'Approved by Hana'] },
    {
      given: { state: 'approved', grant: grant('active'), resolvedBy: 'Hana' },
      want: ['open', 'Open, approved by Hana'],
    },
    { given: { state: 'approved', grant: grant('active'), isBreakGlass: true }, want: ['open', 'Open, taken at once'] },
    { given: { state: 'approved', grant: grant('scheduled') }, want: ['waiting', 'Scheduled, approved at once'] },
    {
      given: { state: 'approved', grant: grant('revoked'), resolvedBy: 'Hana' },
      want: ['ended', 'Ended, approved by Hana'],
    },
  ] as const) {
    it(`says ${want[1]}`, () => {
      const request = aRequest(given);
      expect([gateOfRequest(request), stateWords(request)]).toEqual(want);
    });
  }
});
