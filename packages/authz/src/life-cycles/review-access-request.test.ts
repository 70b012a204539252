import type { GrantId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { RequestPolicy } from '../policy.ts';
import {
  ann,
  annAgain,
  aPolicy,
  ben,
  bot,
  cho,
  codeOf,
  dan,
  edit,
  gone,
  HOUR,
  later,
  NOW,
  PEOPLE,
  pending,
  permits,
  REVIEWERS,
  requestAfter,
  review,
  reviewer,
  stranger,
  world,
} from '../properties/request-world.ts';
import { aGrant, aPrincipal, aRole } from '../testing/fixtures.ts';
import { cancelAccessRequest, expireAccessRequest, followUpAccessRequest } from './end-access-request.ts';
import { mayReview } from './review-access-request.ts';
import { reviewProgress } from './review-progress.ts';

const records = world([aPolicy()]);
const twoOf = (overrides: Partial<RequestPolicy> = {}) =>
  aPolicy({ steps: [{ reviewers: REVIEWERS, approvals: 2 }], ...overrides });

describe('an approval', () => {
  it('makes the grant from when it is given', () => {
    const request = pending(records);
    const result = review(records, request, ben, { id: 'rvw_x' as never, reason: 'go on' }, { at: later(5) });
    expect(result).toMatchObject({
      outcome: 'approved',
      request: { state: 'approved', resolution: { at: later(5), byId: ben.id }, grantId: 'gnt_1' },
      review: { id: 'rvw_x', reviewerId: ben.id, verdict: 'approve', step: 0, reason: 'go on', at: later(5) },
      grant: { startsAt: later(5), endsAt: later(HOUR), principalId: ann.id, requestId: request.id },
    });
  });

  it('makes a grant that ends at a whole second, and never before it starts', () => {
    const endsAt = (atMs: number, duration: string) => {
      const result = review(records, pending(records), ben, { duration }, { at: later(atMs) });
      return result.outcome === 'approved' ? result.grant.endsAt : result;
    };
    expect(endsAt(999, '10m')).toEqual(later(HOUR / 6));
    expect(endsAt(1_000, '10m')).toEqual(later(HOUR / 6 + 1_000));
    expect(endsAt(999, '1s')).toEqual(later(1_000));
    expect(endsAt(100, '300ms')).toEqual(later(400));
  });

  const nobody: Readonly<Record<string, readonly [typeof ann, string]>> = {
    'SEC-E06 the requester': [ann, 'ownRequest'],
    'SEC-E06 another account of the requester with the same address': [annAgain, 'ownRequest'],
    'SEC-E06 a bot in the group of reviewers': [bot, 'notReviewer'],
    'SEC-E17 somebody who is disabled': [gone, 'notReviewer'],
    'SEC-E17 somebody who is not there': [aPrincipal({ id: 'prn_unknown' as never }), 'notReviewer'],
    'somebody who is none of the reviewers': [stranger, 'notReviewer'],
  };
  for (const [name, [who, want]] of Object.entries(nobody)) {
    it(`is not given by ${name}, and neither is a denial`, () => {
      const request = pending(records);
      expect(codeOf(review(records, request, who))).toBe(want);
      expect(codeOf(review(records, request, who, { verdict: 'deny' }))).toBe(want);
      expect(mayReview(request, { ...records, reviewer: who, at: NOW })).toBe(false);
    });
  }

  it('SEC-E06 is not given by the same person under another issuer account id or a user name that is their address', () => {
    const accounts = [
      { ...ben, id: 'prn_x' as never, subjectClaim: ann.subjectClaim },
      { ...ben, id: 'prn_x' as never, email: 'x@example.com', userName: 'ANN@example.com' },
    ];
    for (const account of accounts) {
      const people = world([aPolicy()], {}, [...PEOPLE, account]);
      expect(codeOf(review(people, pending(people), account))).toBe('ownRequest');
    }
  });

  it('is given by a service account that the step names itself', () => {
    const reviewers = [{ kind: 'principal', id: bot.id } as const];
    const named = world([aPolicy({ steps: [{ reviewers, approvals: 1 }] })]);
    expect(codeOf(review(named, pending(named), bot))).toBe('approved');
  });

  it('SEC-E06 is given by whoever is permitted on all of the scope, by what stands alone', () => {
    const roles = [aRole(), edit, reviewer];
    const policies = [aPolicy({ steps: [{ reviewers: 'permitted', approvals: 1 }] })];
    const by = (documents: object) => {
      const permitted = world(policies, { roles, ...documents });
      return codeOf(review(permitted, pending(permitted), ben));
    };
    const grants = [aGrant({ principalId: ben.id, roleId: reviewer.id, startsAt: later(-HOUR), endsAt: later(HOUR) })];
    const elsewhere = { kind: 'clusters', clusterIds: ['clu_other' as never] } as const;
    const narrowed = { kind: 'organization', namespaces: { kind: 'names', names: ['shop'] } } as const;
    expect(by({ bindings: [permits(ben)] })).toBe('approved');
    expect(by({ bindings: [{ ...permits(ben), scope: elsewhere }] })).toBe('notReviewer');
    expect(by({ bindings: [{ ...permits(ben), scope: narrowed }] })).toBe('notReviewer');
    expect(by({ bindings: [{ ...permits(ben), condition: 'true' }] })).toBe('notReviewer');
    expect(by({ grants })).toBe('notReviewer');
    expect(by({})).toBe('notReviewer');
  });

  it('goes by the condition of the step', () => {
    const steps = [
      {
        reviewers: REVIEWERS,
        approvals: 1,
        condition: 'session.claims["onCall"] == true && reviewer.name != user.name',
      },
    ];
    const onCall = world([aPolicy({ steps })]);
    const request = pending(onCall);
    const authentication = { method: 'oidc', authenticatedAt: NOW, claims: { onCall: true } };
    expect(codeOf(review(onCall, request, ben))).toBe('notReviewer');
    expect(codeOf(review(onCall, request, ben, {}, { authentication }))).toBe('approved');
    expect(mayReview(request, { ...onCall, reviewer: ben, at: NOW })).toBe(true);
  });

  it('SEC-E15 comes too late for what is decided, cancelled or expired', () => {
    const request = pending(records);
    for (const state of ['approved', 'denied', 'cancelled', 'expired'] as const) {
      expect(codeOf(review(records, { ...request, state }, ben))).toBe('wrongState');
      expect(codeOf(review(records, { ...request, state }, ben, { verdict: 'deny' }))).toBe('wrongState');
    }
    expect(codeOf(review(records, request, ben, {}, { at: request.pendingUntil }))).toBe('overdue');
  });

  it('SEC-E17 comes too late once the requester, the role or the policy is gone', () => {
    const request = pending(records);
    const without = [
      world([]),
      world([aPolicy()], { roles: [] }),
      world([aPolicy()], {}, [ben]),
      world([aPolicy()], {}, [{ ...ann, isDisabled: true }, ben]),
    ];
    for (const left of without) expect(codeOf(review(left, request, ben))).toBe('basisGone');
  });
});

describe('several approvals', () => {
  it('are of different people', () => {
    const two = world([twoOf()]);
    const once = requestAfter(review(two, pending(two), ben));
    expect(once.state).toBe('pending');
    expect(codeOf(review(two, once, ben))).toBe('alreadyReviewed');
    const benAgain = { ...ben, id: 'prn_ben2' as never, subjectClaim: 'ben2', userName: 'ben2' };
    const more = world([twoOf()], {}, [...PEOPLE, benAgain]);
    expect(codeOf(review(more, once, benAgain))).toBe('alreadyReviewed');
    expect(codeOf(review(two, once, cho))).toBe('approved');
  });

  it('come one step after the other, and nobody counts in two of them', () => {
    const chos = [
      { kind: 'principal', id: cho.id },
      { kind: 'principal', id: ben.id },
    ] as const;
    const steps = [
      { reviewers: REVIEWERS, approvals: 1 },
      { name: 'security', reviewers: chos, approvals: 1 },
    ];
    const staged = world([aPolicy({ steps })]);
    const first = requestAfter(review(staged, pending(staged), ben));
    expect(reviewProgress(first, staged)).toMatchObject({
      step: 1,
      steps: [
        { approvals: 1, given: 1 },
        { name: 'security', approvals: 1, given: 0 },
      ],
    });
    expect(codeOf(review(staged, first, dan))).toBe('notReviewer');
    expect(codeOf(review(staged, first, ben))).toBe('alreadyReviewed');
    expect(codeOf(review(staged, first, cho))).toBe('approved');
  });

  it('are undone by one denial, also of somebody whose turn has not come', () => {
    const steps = [
      { reviewers: REVIEWERS, approvals: 1 },
      { reviewers: [{ kind: 'principal', id: stranger.id } as const], approvals: 1 },
    ];
    const staged = world([aPolicy({ steps })]);
    const request = pending(staged);
    expect(review(staged, request, stranger, { verdict: 'deny', reason: 'never' })).toMatchObject({
      outcome: 'denied',
      request: { state: 'denied', resolution: { byId: stranger.id, reason: 'never' } },
      review: { step: 1 },
    });
    expect(codeOf(review(staged, request, ben, { verdict: 'deny', reason: ' ' }))).toBe('reasonMissing');
    const passed = requestAfter(review(staged, request, ben));
    expect(codeOf(review(staged, passed, dan, { verdict: 'deny' }))).toBe('notReviewer');
  });

  it('SEC-E17 do not count once who gave them is gone, or none of the reviewers any more', () => {
    const two = world([twoOf()]);
    const once = requestAfter(review(two, pending(two), ben));
    for (const left of [
      { ...ben, isDisabled: true },
      { ...ben, groups: [] },
    ]) {
      const people = world(
        [twoOf()],
        {},
        PEOPLE.map((one) => (one.id === ben.id ? left : one)),
      );
      expect(codeOf(review(people, once, cho))).toBe('stillPending');
    }
  });
});

describe('SEC-E07 an approval binds what the reviewer saw', () => {
  it('and is refused for anything else', () => {
    const request = pending(records);
    const { contentSha256: _, ...unseen } = { contentSha256: '' };
    expect(codeOf(review(records, request, ben, { contentSha256: 'f'.repeat(64) }))).toBe('contentChanged');
    expect(codeOf(review(records, request, ben, { ...unseen, contentSha256: '' }))).toBe('contentChanged');
  });

  const changes: Readonly<Record<string, ReturnType<typeof world>>> = {
    'the role gives more': world([twoOf()], { roles: [{ ...edit, permissions: ['users.delete'] }] }),
    'the role reaches a higher ceiling': world([twoOf()], { roles: [{ ...edit, ceilingGroups: ['sallyport:admin'] }] }),
    'the policy lets it last longer': world([twoOf({ maxTotalDurationMs: 9 * HOUR })]),
    'the policy has other reviewers': world([
      twoOf({ steps: [{ reviewers: [...REVIEWERS, { kind: 'principal', id: stranger.id }], approvals: 2 }] }),
    ]),
  };
  for (const [name, changed] of Object.entries(changes)) {
    it(`and does not count once ${name}`, () => {
      const before = world([twoOf()]);
      const request = requestAfter(review(before, pending(before), ben));
      const seen = reviewProgress(request, before)?.contentSha256 ?? '';
      expect(codeOf(review(changed, request, cho, { contentSha256: seen }))).toBe('contentChanged');
      expect(reviewProgress(request, changed)?.counting.size).toBe(0);
      expect(codeOf(review(changed, request, cho))).toBe('stillPending');
      // Who approved what was before may approve what is now.
      expect(codeOf(review(changed, requestAfter(review(changed, request, cho)), ben))).toBe('approved');
    });
  }

  it('whatever the policy and the role are called', () => {
    const before = world([twoOf()]);
    const request = requestAfter(review(before, pending(before), ben));
    const renamed = world([twoOf({ name: 'other' })], { roles: [{ ...edit, name: 'other' }] });
    expect(codeOf(review(renamed, request, cho))).toBe('approved');
  });

  it('and not a request that the policy would no longer let anybody make', () => {
    const request = pending(records);
    const less = world([aPolicy({ maxDurationMs: HOUR / 2, maxTotalDurationMs: HOUR / 2 })]);
    expect(codeOf(review(less, request, ben))).toBe('basisGone');
    expect(codeOf(review(less, request, ben, { duration: '30m' }))).toBe('approved');
    const others = world([aPolicy({ requesters: [{ kind: 'principal', id: cho.id }] })]);
    expect(codeOf(review(others, request, ben))).toBe('basisGone');
  });
});

describe('shortening', () => {
  it('gives a shorter grant', () => {
    expect(review(records, pending(records), ben, { duration: '10m' })).toMatchObject({
      outcome: 'approved',
      request: { durationMs: HOUR / 6 },
      grant: { startsAt: NOW, endsAt: later(HOUR / 6) },
    });
  });

  it('SEC-E18 never gives a longer one, nor none', () => {
    for (const duration of ['61m', '0s', '-5m', 'soon']) {
      expect(codeOf(review(records, pending(records), ben, { duration }))).toBe('durationInvalid');
    }
  });

  it('voids the approvals of before, which were for more', () => {
    const two = world([twoOf()]);
    const once = requestAfter(review(two, pending(two), ben));
    const shortened = review(two, once, cho, { duration: '10m' });
    expect(shortened).toMatchObject({ outcome: 'stillPending', progress: { steps: [{ approvals: 2, given: 1 }] } });
    expect(codeOf(review(two, requestAfter(shortened), ben))).toBe('approved');
  });
});

describe('a renewal that is approved', () => {
  const grant = { ...aGrant(), startsAt: NOW, endsAt: later(HOUR), reason: 'x', createdAt: NOW, isBreakGlass: false };
  const renewal = { ...pending(records), renewsId: grant.id };
  const approve = (renewed: object | undefined, at = later(1)) =>
    review(
      records,
      renewal,
      ben,
      {},
      { at, ...(renewed && { renews: { chainStartsAt: NOW, grant: { ...grant, ...renewed } } }) },
    );

  it('starts where the grant ends, or at once if that is over by now', () => {
    expect(approve({})).toMatchObject({ grant: { startsAt: later(HOUR), endsAt: later(2 * HOUR) } });
    const late = later(HOUR + 1_000);
    expect(approve({ end: { at: later(HOUR), state: 'expired' } }, late)).toMatchObject({
      // The longest time with all renewals is two hours.
      grant: { startsAt: late, endsAt: later(2 * HOUR) },
    });
    expect(codeOf(approve({}, later(2 * HOUR)))).toBe('overdue');
  });

  it('SEC-E11 brings back nothing that was revoked', () => {
    expect(codeOf(approve({ end: { at: NOW, state: 'revoked' } }))).toBe('basisGone');
    expect(codeOf(approve({ id: 'gnt_other' as GrantId }))).toBe('basisGone');
    expect(codeOf(approve(undefined))).toBe('basisGone');
  });
});

describe('the end of a request without a review', () => {
  it('is a cancellation, with who did it or what ended it', () => {
    const request = pending(records);
    expect(cancelAccessRequest(request, { at: later(1), byId: ann.id })).toEqual({
      outcome: 'changed',
      request: { ...request, state: 'cancelled', resolution: { at: later(1), byId: ann.id } },
    });
    expect(cancelAccessRequest(request, { at: later(1), reason: 'the role is gone' })).toMatchObject({
      request: { resolution: { reason: 'the role is gone' } },
    });
  });

  it('is its time, and not a moment before', () => {
    const request = pending(records);
    expect(codeOf(expireAccessRequest(request, new Date(request.pendingUntil.getTime() - 1)))).toBe('notDue');
    expect(expireAccessRequest(request, request.pendingUntil)).toMatchObject({ request: { state: 'expired' } });
  });
});

describe('a follow-up review', () => {
  const breakGlass = { maxDurationMs: HOUR, maxPerDay: 1, followUpWithinMs: HOUR, reviewers: REVIEWERS };
  const glass = world([aPolicy({ breakGlass })]);
  const used = {
    ...pending(records),
    state: 'approved',
    isBreakGlass: true,
    followUp: { state: 'due', dueAt: later(HOUR) },
  } as const;
  const follow = (by: typeof ann, people = glass, reason = 'seen') =>
    followUpAccessRequest(used, { verdict: 'unjustified', reason }, { ...people, reviewer: by, at: later(2 * HOUR) });

  it('says what it came to, also when it is late', () => {
    expect(follow(ben)).toMatchObject({
      outcome: 'changed',
      request: {
        state: 'approved',
        followUp: { state: 'unjustified', dueAt: later(HOUR), reviewerId: ben.id, reason: 'seen', at: later(2 * HOUR) },
      },
    });
  });

  it('SEC-E06 is not done by who broke the glass, another account of theirs, or somebody else', () => {
    expect([ann, annAgain, bot, stranger].map((who) => codeOf(follow(who)))).toEqual([
      'ownRequest',
      'ownRequest',
      'notReviewer',
      'notReviewer',
    ]);
  });

  it('is done once, and says why', () => {
    expect(codeOf(follow(ben, glass, ' '))).toBe('reasonMissing');
    const done = follow(ben);
    if (done.outcome === 'refused') throw new Error(done.message);
    const draft = { verdict: 'justified', reason: 'no' } as const;
    const facts = { ...glass, reviewer: cho, at: later(3 * HOUR) };
    expect(codeOf(followUpAccessRequest(done.request, draft, facts))).toBe('wrongState');
    const { followUp: _, ...plain } = used;
    expect(codeOf(followUpAccessRequest(plain, draft, facts))).toBe('wrongState');
  });

  it('is left to whoever is permitted once its policy is gone, also when who broke the glass is', () => {
    const left = world([], { roles: [edit, reviewer], bindings: [permits(ben)] }, [ben, cho]);
    expect(codeOf(follow(ben, left))).toBe('changed');
    expect(codeOf(follow(cho, left))).toBe('notReviewer');
  });
});
