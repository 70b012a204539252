import type { Allow } from '@sallyport/authz';
import { type AccessLimits, type Cluster, createId, type Principal, parseRequestAttributes } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Authenticated } from '../proxy/authenticate.ts';
import type { Refusal } from '../proxy/refusal.ts';
import { type AccessLimiter, createAccessLimiter, type Passage } from './access-limiter.ts';
import type { LimitedRequest } from './is-stream.ts';

let clock: FakeClock;
let limiter: AccessLimiter;
beforeEach(() => {
  clock = createFakeClock();
  limiter = createAccessLimiter({ clock });
});

const organizationId = createId('organization');
const prod: Cluster = { id: createId('cluster'), organizationId, name: 'prod', labels: {} };

function aPerson(name: string, cluster = prod): Authenticated {
  const principal: Principal = {
    id: createId('principal'),
    organizationId,
    kind: 'user',
    issuer: 'https://idp.test',
    subjectClaim: name,
    userName: name,
    displayName: name,
    groups: [],
  };
  return { principal, cluster, session: undefined, credential: {} as Authenticated['credential'] };
}

function anAdmission(who: Authenticated, limits?: AccessLimits, target = '/api/v1/pods'): LimitedRequest {
  const decision: Allow = {
    effect: 'allow',
    impersonate: { user: who.principal.userName, groups: [] },
    obligations: [],
    reasons: [{ message: 'role "slow" is bound by bnd_1', source: 'binding/bnd_1' }],
    snapshotVersion: 1,
    ...(limits && { limits }),
  };
  return {
    who,
    attributes: parseRequestAttributes('GET', target),
    decision,
    target,
  };
}

const WATCH = '/api/v1/pods?watch=true';
const isRefusal = (outcome: Passage | Refusal): outcome is Refusal => 'code' in outcome;
function passage(outcome: Passage | Refusal): Passage {
  if (isRefusal(outcome)) throw new Error(outcome.message);
  return outcome;
}

describe('requests per second', () => {
  const limits = { requestsPerSecond: 1, burst: 3 };

  it('SEC-F07 are refused beyond the burst with a sentence that names the number and where it comes from, and Retry-After', () => {
    const alice = aPerson('alice');
    for (let i = 0; i < 3; i++) passage(limiter.enter(anAdmission(alice, limits)));
    expect(limiter.enter(anAdmission(alice, limits))).toEqual({
      code: 'ERR_PROXY_RATE_LIMITED',
      message:
        'alice may send 1 request per second, 3 at once after a rest, to cluster "prod" and has used them up; the limit is that of what allows this (role "slow" is bound by bnd_1), or of a stricter access policy.',
      retryAfterSeconds: 1,
    });
    expect(limiter.enter(anAdmission(alice, limits))).toMatchObject({ retryAfterSeconds: 2 });
    clock.advance(1_000);
    passage(limiter.enter(anAdmission(alice, limits)));
  });

  it('name three of the roles that allow, however many there are', () => {
    const alice = aPerson('alice');
    const admission = anAdmission(alice, { requestsPerSecond: 0.5 });
    const reasons = [1, 2, 3, 4, 5].map((n) => ({ message: `role ${n}` }));
    const told = { ...admission, decision: { ...admission.decision, reasons } };
    passage(limiter.enter(told));
    expect(limiter.enter(told)).toMatchObject({
      message: expect.stringMatching(/0\.5 requests per second, 1 at once.* \(role 1, role 2, role 3, and 2 more\)/),
      retryAfterSeconds: 2,
    });
  });

  it('name the role or the policy that sets the number, and nothing else, where the authorizer says it', () => {
    const alice = aPerson('alice');
    const admission = anAdmission(alice, { requestsPerSecond: 1, burst: 1, concurrentStreams: 1 }, WATCH);
    const limitedBy = [
      { message: 'role slow', source: 'role/rol_1', path: 'limits.requestsPerSecond' },
      { message: 'role slow', source: 'role/rol_1', path: 'limits.burst' },
      { message: 'policy few', source: 'accessPolicy/pol_1', path: 'limits.concurrentStreams' },
    ] as const;
    const told = { ...admission, decision: { ...admission.decision, limitedBy } };
    passage(limiter.enter(told));
    expect(limiter.enter(told)).toMatchObject({
      message: expect.stringMatching(/and has as many; the limit is set by policy few\. End/),
    });
    expect(limiter.enter({ ...told, ...anAdmission(alice), decision: told.decision })).toMatchObject({
      message: expect.stringMatching(/used them up; the limit is set by role slow\.$/),
    });
  });

  it('have a burst of two seconds unless it is said', () => {
    const alice = aPerson('alice');
    const outcomes = Array.from({ length: 12 }, () => limiter.enter(anAdmission(alice, { requestsPerSecond: 5 })));
    expect(outcomes.filter(isRefusal)).toHaveLength(2);
  });

  it('SEC-F07 of one principal, or on one cluster, take nothing from another', () => {
    const [alice, bob] = [aPerson('alice'), aPerson('bob')];
    const elsewhere = { ...alice, cluster: { ...prod, id: createId('cluster') } };
    for (let i = 0; i < 10_000; i++) limiter.enter(anAdmission(alice, limits));
    for (const other of [bob, elsewhere]) {
      for (let i = 0; i < 3; i++) passage(limiter.enter(anAdmission(other, limits)));
    }
  });

  it('follow a change with the next request', () => {
    const alice = aPerson('alice');
    for (let i = 0; i < 4; i++) limiter.enter(anAdmission(alice, limits));
    passage(limiter.enter(anAdmission(alice, { requestsPerSecond: 2, burst: 3 })));
    passage(limiter.enter(anAdmission(alice)));
    expect(isRefusal(limiter.enter(anAdmission(alice, limits)))).toBe(true);
  });

  it('of principals without a limit are counted nowhere', () => {
    const alice = aPerson('alice');
    for (let i = 0; i < 100_000; i++) limiter.enter(anAdmission(alice));
    expect(clock.pending).toBe(0);
  });

  it('of ten thousand principals cost little, and nothing once they rest', () => {
    const people = Array.from({ length: 10_000 }, (_, i) => aPerson(`person-${i}`));
    for (const person of people) passage(limiter.enter(anAdmission(person, limits)));
    expect(clock.pending).toBe(1);
    clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });
});

describe('concurrent streams', () => {
  const limits = { concurrentStreams: 2 };

  it('SEC-F07 are refused above the limit without Retry-After, until one has ended; other requests pass', () => {
    const alice = aPerson('alice');
    const [first] = [1, 2].map(() => passage(limiter.enter(anAdmission(alice, limits, WATCH))));
    expect(limiter.enter(anAdmission(alice, limits, WATCH))).toEqual({
      code: 'ERR_PROXY_TOO_MANY_STREAMS',
      message:
        'alice may have 2 streams (watch, exec, attach, port-forward, followed log) open on cluster "prod" at one time and has as many; the limit is that of what allows this (role "slow" is bound by bnd_1), or of a stricter access policy. End one of them, then try again.',
    });
    passage(limiter.enter(anAdmission(alice, limits)));
    first?.leave();
    first?.leave();
    passage(limiter.enter(anAdmission(alice, limits, WATCH)));
    expect(isRefusal(limiter.enter(anAdmission(alice, limits, WATCH)))).toBe(true);
  });

  for (const { target, upgrade, isStream } of [
    { target: '/api/v1/watch/pods', isStream: true },
    { target: '/api/v1/namespaces/d/pods/p/log?follow=true', isStream: true },
    { target: '/api/v1/namespaces/d/pods/p/log?follow=', isStream: true },
    { target: '/api/v1/namespaces/d/pods/p/log?follow=false', isStream: false },
    { target: '/api/v1/namespaces/d/pods/p/log', isStream: false },
    { target: '/api/v1/namespaces/d/pods/p/exec?command=a', upgrade: 'websocket', isStream: true },
    { target: '/api/v1/pods?follow=true', isStream: false },
  ] as const) {
    it(`${isStream ? 'count' : 'do not count'} ${target}`, () => {
      const alice = aPerson('alice');
      const admission = { ...anAdmission(alice, { concurrentStreams: 1 }, target), ...(upgrade && { upgrade }) };
      passage(limiter.enter(admission));
      expect(isRefusal(limiter.enter(admission))).toBe(isStream);
    });
  }

  it('stay when the limit is lowered, and count', () => {
    const alice = aPerson('alice');
    const open = Array.from({ length: 3 }, () =>
      passage(limiter.enter(anAdmission(alice, { concurrentStreams: 3 }, WATCH))),
    );
    expect(isRefusal(limiter.enter(anAdmission(alice, { concurrentStreams: 1 }, WATCH)))).toBe(true);
    for (const one of open) one.leave();
    passage(limiter.enter(anAdmission(alice, { concurrentStreams: 1 }, WATCH)));
  });

  it('use up no request when they are refused, and no place when the request is', () => {
    const alice = aPerson('alice');
    const both = { requestsPerSecond: 1, burst: 2, concurrentStreams: 1 };
    const watch = passage(limiter.enter(anAdmission(alice, both, WATCH)));
    expect(limiter.enter(anAdmission(alice, both, WATCH))).toMatchObject({ code: 'ERR_PROXY_TOO_MANY_STREAMS' });
    passage(limiter.enter(anAdmission(alice, both)));
    watch.leave();
    expect(limiter.enter(anAdmission(alice, both, WATCH))).toMatchObject({ code: 'ERR_PROXY_RATE_LIMITED' });
    clock.advance(1_000);
    passage(limiter.enter(anAdmission(alice, both, WATCH)));
  });

  it('SEC-F07 are bounded for everybody, whatever roles say', () => {
    const alice = aPerson('alice');
    for (let i = 0; i < 1_000; i++) passage(limiter.enter(anAdmission(alice, undefined, WATCH)));
    expect(limiter.enter(anAdmission(alice, undefined, WATCH))).toMatchObject({
      code: 'ERR_PROXY_TOO_MANY_STREAMS',
      message: expect.stringContaining('1000 streams'),
    });
    passage(limiter.enter(anAdmission(aPerson('bob'), undefined, WATCH)));
  });
});

describe('requests under way', () => {
  it('SEC-F07 are bounded for everybody, streams among them, until one has ended', () => {
    const [alice, bob] = [aPerson('alice'), aPerson('bob')];
    for (let i = 0; i < 1_000; i++) passage(limiter.enter(anAdmission(alice, undefined, WATCH)));
    const open = Array.from({ length: 1_000 }, () => passage(limiter.enter(anAdmission(alice))));
    expect(limiter.enter(anAdmission(alice))).toEqual({
      code: 'ERR_PROXY_RATE_LIMITED',
      message: 'alice has 2000 requests under way on cluster "prod", and no server allows more.',
      retryAfterSeconds: 1,
    });
    passage(limiter.enter(anAdmission(bob)));
    open[0]?.leave();
    open[0]?.leave();
    passage(limiter.enter(anAdmission(alice)));
    expect(isRefusal(limiter.enter(anAdmission(alice)))).toBe(true);
  });
});

describe('refusals for other reasons', () => {
  it('SEC-F07 are told one by one up to a rate that no client reaches, then by 429', () => {
    const [alice, bob] = [aPerson('alice'), aPerson('bob')];
    for (let i = 0; i < 200; i++) expect(limiter.refused(alice)).toBeUndefined();
    expect(limiter.refused(alice)).toEqual({
      code: 'ERR_PROXY_RATE_LIMITED',
      message:
        'alice asks for what is refused more often than the 20 requests per second, 200 at once after a rest, that are answered one by one.',
      retryAfterSeconds: 1,
    });
    expect(limiter.refused(bob)).toBeUndefined();
    clock.advance(1_000);
    expect(limiter.refused(alice)).toBeUndefined();
  });
});

describe('bytes per second', () => {
  it('are paced together for all answers to one principal, and apart from those to others', () => {
    const [alice, bob] = [aPerson('alice'), aPerson('bob')];
    const limits = { bytesOutPerSecond: 1_000 };
    const passed: string[] = [];
    const open = (who: Authenticated) => passage(limiter.enter(anAdmission(who, limits)));
    const [a, b, c] = [open(alice), open(alice), open(bob)];
    a.pace?.pass(2_000, () => passed.push('a'));
    b.pace?.pass(1, () => passed.push('b'));
    c.pace?.pass(1, () => passed.push('c'));
    expect(passed).toEqual(['a', 'c']);
    clock.advance(1_001);
    expect(passed).toEqual(['a', 'c', 'b']);
    for (const one of [a, b, c]) one.leave();
    clock.advance(20_000);
    expect(clock.pending).toBe(0);
  });
});
