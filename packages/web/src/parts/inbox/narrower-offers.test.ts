import { createId } from '@sallyport/core';
import type { AccessRequestResource, GrantResource } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { narrowerOffers } from './narrower-offers.ts';

const now = new Date(2026, 7, 12, 14, 0);
const aRequest = (overrides: Partial<AccessRequestResource> = {}): AccessRequestResource => ({
  id: createId('accessRequest'),
  state: 'pending',
  requester: 'tomas@acme.test',
  role: 'exec',
  scope: { kind: 'clusters', clusters: ['prod-eu'] },
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
const held = (minutes: number, overrides: Partial<GrantResource> = {}) =>
  aGrant({ user: 'ruth@acme.test', endsAt: new Date(now.getTime() + minutes * 60_000), ...overrides });
const offers = (
  request: AccessRequestResource,
  ofRole: readonly GrantResource[],
  theirs: readonly GrantResource[] = [],
) => narrowerOffers(request, { theirs, ofRole });

describe('narrowerOffers', () => {
  it('offers nothing where nothing is known, and nothing that is not narrower', () => {
    expect(offers(aRequest(), [])).toEqual([]);
    expect(offers(aRequest({ duration: '30m' }), [held(30), held(45)])).toEqual([]);
    expect(offers(aRequest(), [held(15, { scope: { kind: 'clusters', clusters: ['other'] } })])).toEqual([]);
    expect(offers(aRequest(), [held(0), held(15, { state: 'scheduled' })])).toEqual([]);
  });

  it('offers the usual length that such grants were held for', () => {
    expect(offers(aRequest({ duration: '4h' }), [held(15), held(25), held(120)])).toEqual([
      { label: '30 min', why: 'Such grants were held for 25 min', ms: 1_800_000 },
    ]);
    const ended = held(240, { endedAt: new Date(now.getTime() + 600_000) });
    expect(offers(aRequest(), [ended])[0]).toMatchObject({ why: 'Such grants were held for 10 min', ms: 900_000 });
  });

  it('names the namespace that such grants reached, where all were asked for', () => {
    const inShop = held(60, { scope: { kind: 'clusters', clusters: ['prod-eu'], namespaces: { names: ['shop'] } } });
    expect(offers(aRequest(), [inShop])).toEqual([
      {
        label: 'shop only',
        why: 'Such grants reached shop, not every namespace',
        words:
          'shop alone should do. Ask with: sallyport access request --cluster prod-eu --namespace shop --role exec --duration 1h',
      },
    ]);
    expect(offers(aRequest({ scope: inShop.scope }), [inShop])).toEqual([]);
    expect(offers(aRequest({ objects: [{ resource: 'pods', name: 'web-0' }] }), [inShop])).toEqual([]);
  });

  it('names the role that the requester worked with there, unless they held this one', () => {
    const viewed = aGrant({ role: 'view' });
    expect(offers(aRequest(), [], [viewed])).toMatchObject([
      { label: 'view instead', why: 'They worked there as view before' },
    ]);
    expect(offers(aRequest(), [], [viewed, aGrant()])).toEqual([]);
  });
});
