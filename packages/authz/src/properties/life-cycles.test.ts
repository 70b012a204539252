import type { GrantId, ReviewId } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessRequest } from '../life-cycles/access-request.ts';
import { cancelAccessRequest, expireAccessRequest } from '../life-cycles/end-access-request.ts';
import type { IssuedGrant } from '../life-cycles/grant.ts';
import { grantStateAt } from '../life-cycles/grant.ts';
import { expireGrant, revokeGrant, startGrant } from '../life-cycles/grant-life.ts';
import { reviewAccessRequest } from '../life-cycles/review-access-request.ts';
import { reviewProgress } from '../life-cycles/review-progress.ts';
import { isSamePerson } from '../life-cycles/same-person.ts';
import type { ReviewStep, Subject } from '../policy.ts';
import {
  ann,
  annAgain,
  aPolicy,
  ben,
  bot,
  cho,
  dan,
  HOUR,
  later,
  NOW,
  PEOPLE,
  pending,
  plan,
  REVIEWERS,
  world,
} from './request-world.ts';

/** One account more for one of the reviewers. */
const benAgain = {
  ...ben,
  id: 'prn_ben2' as never,
  subjectClaim: 'ben2',
  userName: 'ben2',
  email: 'BEN+x@example.com',
};
const EVERYBODY = [...PEOPLE, benAgain];
const byName = (one: typeof ann): Subject => ({ kind: 'principal', id: one.id });

const aStep: fc.Arbitrary<ReviewStep> = fc.record({
  reviewers: fc.constantFrom(REVIEWERS, [...REVIEWERS, byName(bot)], [byName(ben), byName(cho), byName(ann)]),
  approvals: fc.integer({ min: 1, max: 2 }),
});
const somePolicy = fc
  .record({
    steps: fc.array(aStep, { minLength: 1, maxLength: 2 }),
    maxDurationMs: fc.integer({ min: HOUR, max: 2 * HOUR }),
    pendingForMs: fc.constantFrom(10, 24 * HOUR),
  })
  .map(aPolicy);

const rarely = <Value>(...values: readonly Value[]): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 8 }, { arbitrary: fc.constantFrom(...values), weight: 1 });

/** What may happen to a request, whether it can or not. */
const someEvent = fc.record({
  kind: fc.oneof(
    { arbitrary: fc.constant('approve'), weight: 20 },
    { arbitrary: fc.constantFrom('deny', 'cancel', 'expire'), weight: 1 },
  ),
  who: fc.constantFrom(ben, cho, dan, ...EVERYBODY),
  afterMs: fc.integer({ min: 0, max: 2 }),
  duration: rarely('59m', '1m', '2h', '0s', 'x', ''),
  isStale: fc.constantFrom(false, false, false, false, true),
  /** Something that was changed meanwhile: the policy, or who is there. */
  change: rarely('policy', 'reviewer'),
});
const someEvents = fc.array(someEvent, { minLength: 8, maxLength: 16 });
type Event = typeof someEvent extends fc.Arbitrary<infer One> ? One : never;

interface Run {
  readonly states: readonly AccessRequest[];
  readonly grants: readonly IssuedGrant[];
}

/** Lets events happen one after the other, each to what the one before it left. */
function run(policy: ReturnType<typeof aPolicy>, events: readonly Event[]): Run {
  let people: readonly (typeof ann)[] = EVERYBODY;
  let current = policy;
  let records = world([current], {}, people);
  let request = pending(records);
  let seen = reviewProgress(request, records)?.contentSha256 ?? '';
  let atMs = 0;
  const states = [request];
  const grants: IssuedGrant[] = [];
  for (const [i, { kind, who, afterMs, duration, isStale, change }] of events.entries()) {
    atMs += afterMs;
    const at = later(atMs);
    if (change === 'policy') current = { ...current, maxStartDelayMs: current.maxStartDelayMs + 1 };
    if (change === 'reviewer') people = people.map((one) => (one.id === who.id ? { ...one, isDisabled: true } : one));
    if (change !== undefined) records = world([current], {}, people);
    const live = reviewProgress(request, records)?.contentSha256 ?? '';
    const result = (() => {
      switch (kind) {
        case 'cancel':
          return cancelAccessRequest(request, { at, byId: who.id });
        case 'expire':
          return expireAccessRequest(request, at);
        default:
          return reviewAccessRequest(
            request,
            {
              id: `rvw_${i}` as ReviewId,
              verdict: kind === 'deny' ? 'deny' : 'approve',
              reason: 'said',
              contentSha256: isStale ? seen : live,
              ...(duration !== undefined && { duration }),
            },
            { ...records, reviewer: who, at, grantId: `gnt_${i}` as GrantId },
          );
      }
    })();
    if (result.outcome === 'refused') {
      expect(result.message).not.toBe('');
      continue;
    }
    request = result.request;
    seen = live;
    states.push(request);
    if (result.outcome === 'approved') grants.push(result.grant);
  }
  return { states, grants };
}

describe('an access request under any order of events', () => {
  it('SEC-E06 is approved only by as many different people as every step wants, none of them the requester', () => {
    let approved = 0;
    fc.assert(
      fc.property(somePolicy, someEvents, (policy, events) => {
        const { states } = run(policy, events);
        const last = states.at(-1);
        if (last?.state !== 'approved') return;
        approved += 1;
        const deciding = last.reviews.at(-1)?.contentSha256;
        const counting = last.reviews.filter((one) => one.verdict === 'approve' && one.contentSha256 === deciding);
        for (const [i, step] of policy.steps.entries()) {
          const ids = new Set(counting.filter((one) => one.step === i).map(({ reviewerId }) => reviewerId));
          expect(ids.size).toBeGreaterThanOrEqual(step.approvals);
        }
        const people = counting.map(({ reviewerId }) => EVERYBODY.find((one) => one.id === reviewerId) ?? ann);
        const distinct = people.filter((one, i) => people.findIndex((other) => isSamePerson(one, other)) === i);
        const wanted = policy.steps.reduce((sum, { approvals }) => sum + approvals, 0);
        expect(distinct.length).toBeGreaterThanOrEqual(wanted);
        expect(people.some((one) => isSamePerson(one, ann) || one.id === annAgain.id)).toBe(false);
      }),
      { numRuns: 300 },
    );
    // Otherwise it would hold by approving nothing.
    expect(approved).toBeGreaterThan(30);
  });

  it('SEC-E15 is decided once: nothing changes after that, and there is at most one grant', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(somePolicy, someEvents, (policy, events) => {
        const { states, grants } = run(policy, events);
        expect(states.slice(0, -1).every(({ state }) => state === 'pending')).toBe(true);
        const last = states.at(-1);
        ends.add(last?.state ?? '');
        expect(grants).toHaveLength(last?.state === 'approved' ? 1 : 0);
        if (last?.state !== 'pending') expect(last?.resolution).toBeDefined();
      }),
      { numRuns: 300 },
    );
    expect([...ends]).toEqual(expect.arrayContaining(['approved', 'denied', 'cancelled']));
  });

  it('SEC-E18 gives no grant that outlives what was asked for, what a reviewer left of it, or what the policy allows', () => {
    let given = 0;
    fc.assert(
      fc.property(somePolicy, someEvents, (policy, events) => {
        const { states, grants } = run(policy, events);
        for (const grant of grants) {
          given += 1;
          const livesMs = grant.endsAt.getTime() - grant.startsAt.getTime();
          expect(livesMs).toBeGreaterThan(0);
          expect(livesMs).toBeLessThanOrEqual(Math.min(policy.maxDurationMs, states.at(-1)?.durationMs ?? 0));
          expect(grant.startsAt >= NOW && grant.principalId === ann.id).toBe(true);
        }
        const lives = states.map(({ durationMs }) => durationMs);
        expect(lives).toEqual([...lives].sort((a, b) => b - a));
      }),
      { numRuns: 300 },
    );
    expect(given).toBeGreaterThan(30);
  });
});

describe('any draft', () => {
  it('SEC-E18 becomes a request within its policy, or a refusal that says why', () => {
    const outcomes = new Set<string>();
    const someDraft = fc.record({
      duration: fc.oneof(fc.string(), fc.constantFrom('1h', '30m', '2h', '1ms', '40d', '0s')),
      startsAt: fc.option(fc.date({ min: later(-HOUR), max: later(30 * HOUR) }), { nil: undefined }),
      isBreakGlass: fc.boolean(),
      reason: fc.constantFrom('an incident', ''),
    });
    const breakGlass = { maxDurationMs: HOUR / 2, maxPerDay: 1, followUpWithinMs: HOUR, reviewers: REVIEWERS };
    const policy = aPolicy({ autoApprove: 'request.duration <= duration("30m")', breakGlass });
    const records = world([policy]);
    fc.assert(
      fc.property(someDraft, ({ startsAt, ...draft }) => {
        const uses = { breakGlassUses: { count: 0, hasOverdueFollowUp: false } };
        const planned = plan(records, { ...draft, ...(startsAt && { startsAt }) }, uses);
        outcomes.add(planned.outcome);
        if (planned.outcome === 'refused') {
          expect(planned.message).not.toBe('');
          return;
        }
        expect(planned.request.durationMs).toBeGreaterThan(0);
        expect(planned.request.durationMs).toBeLessThanOrEqual(policy.maxDurationMs);
        if (planned.outcome !== 'approved') return;
        const livesMs = planned.grant.endsAt.getTime() - planned.grant.startsAt.getTime();
        expect(livesMs).toBeGreaterThan(Math.max(0, planned.request.durationMs - 1_000));
        expect(livesMs).toBeLessThanOrEqual(planned.request.durationMs);
        if (planned.by === 'breakGlass') expect(livesMs).toBeLessThanOrEqual(breakGlass.maxDurationMs);
      }),
      { numRuns: 300 },
    );
    expect([...outcomes].sort()).toEqual(['approved', 'pending', 'refused']);
  });
});

describe('a grant under any order of events', () => {
  it('SEC-E11 never comes back once it has ended, also when the clock is set back', () => {
    const someStep = fc.record({
      kind: fc.constantFrom('start', 'expire', 'revoke'),
      atMs: fc.integer({ min: -HOUR, max: 3 * HOUR }),
    });
    const ends = new Set<string>();
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 8 }), (steps) => {
        const planned = plan(world([aPolicy({ autoApprove: 'true' })]), { startsAt: later(HOUR) });
        if (planned.outcome !== 'approved') throw new Error(planned.outcome);
        let grant: IssuedGrant = planned.grant;
        for (const { kind, atMs } of steps) {
          const at = later(atMs);
          const before = grant;
          const result =
            kind === 'start'
              ? startGrant(grant, at)
              : kind === 'expire'
                ? expireGrant(grant, at)
                : revokeGrant(grant, { at });
          if (result.outcome === 'changed') grant = result.grant;
          if (before.end !== undefined) expect(grant).toEqual(before);
        }
        if (grant.end === undefined) return;
        ends.add(grant.end.state);
        for (const ms of [-HOUR, 0, HOUR, 3 * HOUR]) expect(grantStateAt(grant, later(ms))).toBe(grant.end.state);
      }),
      { numRuns: 500 },
    );
    expect([...ends].sort()).toEqual(['expired', 'revoked']);
  });
});
