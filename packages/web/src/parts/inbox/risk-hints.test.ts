import { createId } from '@sallyport/core';
import type { AccessRequestResource, GrantResource } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { riskHints, similarGrants } from './risk-hints.ts';

const now = new Date(2026, 7, 12, 14, 0);
const aRequest = (overrides: Partial<AccessRequestResource> = {}): AccessRequestResource => ({
  id: createId('accessRequest'),
  state: 'pending',
  requester: 'tomas@acme.test',
  role: 'exec',
  scope: { kind: 'clusters', clusters: ['prod-eu'], namespaces: { names: ['tracking'] } },
  duration: '1h',
  reason: 'Look',
  policy: 'on-call',
  suggestedReviewers: [],
  createdAt: now,
  pendingUntil: now,
  contentSha256: '0'.repeat(64),
  steps: [],
  reviews: [],
  isBreakGlass: false,
  may: { review: true, cancel: false, followUp: false },
  ...overrides,
});
const aGrant = (overrides: Partial<GrantResource> = {}): GrantResource => ({
  id: createId('grant'),
  state: 'expired',
  user: 'tomas@acme.test',
  role: 'exec',
  scope: { kind: 'clusters', clusters: ['prod-eu'] },
  reason: 'Look',
  createdAt: now,
  startsAt: now,
  endsAt: now,
  isBreakGlass: false,
  may: { revoke: false, renew: false },
  ...overrides,
});
const facts = (request: AccessRequestResource, theirs?: readonly GrantResource[]) =>
  riskHints(request, { theirs }, now).map(({ kind, fact }) => `${kind}: ${fact}`);

describe('riskHints', () => {
  it('warn of a first time, of every namespace, and of long times', () => {
    const request = aRequest({ scope: { kind: 'clusters', clusters: ['prod-eu'] }, duration: '12h' });
    expect(facts(request, [])).toEqual([
      'against: First time on prod-eu',
      'against: Reaches every namespace',
      'against: Lasts 12 h',
      'neither: No ticket named',
    ]);
  });

  it('say what speaks for it', () => {
    const request = aRequest({ ticket: 'INC-1', objects: [{ resource: 'pods', namespace: 'tracking', name: 'a' }] });
    expect(facts(request, [aGrant()])).toEqual([
      'for: Held exec there before',
      'for: Only 1 object',
      'for: Names a ticket',
    ]);
  });

  it('tell another role there from the same one, and count what is open', () => {
    expect(facts(aRequest({ ticket: 'INC-1' }), [aGrant({ role: 'logs', state: 'active' })])).toEqual([
      'neither: Was on prod-eu before',
      'neither: Holds 1 open grant now',
      'for: Names a ticket',
    ]);
  });

  it('claim nothing about a past that is not known', () => {
    expect(facts(aRequest({ ticket: 'INC-1' }))).toEqual(['for: Names a ticket']);
  });

  it('name a use without approval first', () => {
    expect(facts(aRequest({ isBreakGlass: true }))[0]).toBe('against: Taken without an approval');
  });
});

describe('similarGrants', () => {
  it('finds the same role on the same place, and not what came of the request itself', () => {
    const request = aRequest();
    const [same, other, elsewhere, own] = [
      aGrant(),
      aGrant({ role: 'logs' }),
      aGrant({ scope: { kind: 'clusters', clusters: ['lab'] } }),
      aGrant({ requestId: request.id }),
    ];
    expect(similarGrants(request, [same, other, elsewhere, own])).toEqual([same]);
  });
});
