import { createId, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LimitAsk, LimitShareRows } from '../stores/limit-share-contracts.ts';
import { createByteAllowance } from './byte-allowance.ts';
import { createLeasedShares } from './leased-shares.ts';
import { createRequestAllowance } from './request-allowance.ts';
import { planShare } from './share-plan.ts';
import type { SharedLimit, Shares } from './shares.ts';
import { createStreamAllowance } from './stream-allowance.ts';

/** The rows of `limit-share-rows.ts`, in memory and by a clock that is moved by hand. */
function createRows(clock: FakeClock) {
  const leases = new Map<string, Map<string, LimitAsk & { amount: number; endsMs: number }>>();
  const replicas = new Map<string, number>();
  const sweep = () => {
    const now = clock.monotonicMs();
    for (const held of leases.values()) for (const [id, { endsMs }] of held) if (endsMs <= now) held.delete(id);
    for (const [id, endsMs] of replicas) if (endsMs <= now) replicas.delete(id);
  };
  const held = (key: string) => {
    const known = leases.get(key) ?? new Map();
    leases.set(key, known);
    return known;
  };
  const rows: LimitShareRows = {
    async renew(replicaId, ttlMs, asks, released) {
      sweep();
      const endsMs = clock.monotonicMs() + ttlMs;
      replicas.set(replicaId, endsMs);
      for (const key of released) held(key).delete(replicaId);
      const grants = new Map<string, { amount: number; keptElsewhere: number }>();
      for (const ask of asks) {
        const of = held(ask.key);
        const others = [...of].filter(([id]) => id !== replicaId).map(([id, lease]) => ({ ...lease, replicaId: id }));
        const amount = planShare(ask.total, replicaId, ask, others);
        of.set(replicaId, { ...ask, amount, endsMs });
        grants.set(ask.key, { amount, keptElsewhere: others.reduce((sum, { keep }) => sum + keep, 0) });
      }
      return { replicaCount: replicas.size, grants };
    },
    async leave(replicaId) {
      for (const of of leases.values()) of.delete(replicaId);
      replicas.delete(replicaId);
    },
  };
  const leased = (key: string) => {
    sweep();
    return [...held(key).values()].reduce((sum, { amount }) => sum + amount, 0);
  };
  return { rows, leased, held };
}

let clock: FakeClock;
let database: ReturnType<typeof createRows>;
let started: Shares[];
/** Ends questions that get no answer, as a connection does that is given up in the end. */
let giveUp: (() => void)[];
beforeEach(() => {
  clock = createFakeClock();
  database = createRows(clock);
  started = [];
  giveUp = [];
});
afterEach(async () => {
  for (const end of giveUp) end();
  await Promise.all(started.map((shares) => shares.close()));
});

function startReplica() {
  const state: { answer: 'at once' | 'never' | 'with an error' } = { answer: 'at once' };
  const rows: LimitShareRows = {
    renew: async (...asked) => {
      if (state.answer === 'never') {
        return new Promise((_, reject) => giveUp.push(() => reject(new Error('the connection was given up'))));
      }
      if (state.answer === 'with an error') throw new Error('the database is away');
      return database.rows.renew(...asked);
    },
    leave: database.rows.leave,
  };
  const shares = createLeasedShares({ rows, replicaId: createId('replica'), clock, logger: silentLogger });
  started.push(shares);
  const join = <Limit extends SharedLimit>(limit: Limit): Limit => {
    shares.join(limit);
    return limit;
  };
  return {
    shares,
    state,
    requests: (perSecond: number, burst: number) => join(createRequestAllowance('r', { perSecond, burst }, clock)),
    bytes: (perSecond: number) => join(createByteAllowance('b', perSecond, clock)),
    streams(limit: number) {
      const count = { open: 0 };
      const allowance = join(createStreamAllowance('s', limit, count, clock));
      return {
        count,
        open() {
          const verdict = allowance.ask();
          if (verdict === 'free') count.open += 1;
          return verdict;
        },
      };
    },
  };
}

const STEP_MS = 10;
/** Lets time pass in small steps; in each, `each` is called. */
async function pass(ms: number, each: (stepMs: number) => void = () => {}): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    each(STEP_MS);
    await clock.advanceAsync(STEP_MS);
  }
}

describe('the requests per second of one principal on several servers', () => {
  const RATE = 100;
  const BURST = 20;

  for (const { name, weights } of [
    { name: 'two that are asked alike', weights: [1, 1] },
    { name: 'two of which one is hardly asked', weights: [1, 0.02] },
    { name: 'three', weights: [3, 2, 1] },
    { name: 'three of which only one is asked', weights: [1, 0, 0] },
  ]) {
    it(`SEC-D28 are the limit within ten per cent, on ${name}`, async () => {
      const limits = weights.map(() => startReplica().requests(RATE, BURST));
      await pass(3_000);
      let allowed = 0;
      const owed = weights.map(() => 0);
      await pass(20_000, (stepMs) => {
        limits.forEach((limit, i) => {
          // Three times the limit in all, as the weights say.
          owed[i] = (owed[i] ?? 0) + (stepMs / 1_000) * 3 * RATE * (weights[i] ?? 0);
          for (; (owed[i] ?? 0) >= 1; owed[i] = (owed[i] ?? 0) - 1) if (limit.take() === undefined) allowed += 1;
        });
        expect(database.leased('r')).toBeLessThanOrEqual(1_000_000);
      });
      expect(allowed).toBeGreaterThan(20 * RATE * 0.9);
      expect(allowed).toBeLessThan(20 * RATE * 1.1 + BURST);
    });
  }

  it('SEC-D28 move to where they are asked for, within two renewals', async () => {
    const [a, b] = [startReplica(), startReplica()].map((replica) => replica.requests(RATE, BURST));
    const flood = (limit: typeof a) => () => {
      for (let i = 0; i < 3; i++) if (limit?.take() === undefined) allowed += 1;
    };
    let allowed = 0;
    await pass(5_000, flood(a));
    await pass(3_000, flood(b));
    allowed = 0;
    await pass(10_000, flood(b));
    expect(allowed).toBeGreaterThan(10 * RATE * 0.9);
    expect(allowed).toBeLessThan(10 * RATE * 1.1);
  });

  it('begin with an equal part on each server, so that nobody waits for the database', async () => {
    const replicas = [startReplica(), startReplica(), startReplica()];
    await pass(2_000);
    const limits = replicas.map((replica) => replica.requests(30, 31));
    const taken = limits.map((limit) =>
      Array.from({ length: 30 }, () => limit.take()).filter((wait) => wait === undefined),
    );
    expect(taken.map(({ length }) => length)).toEqual([10, 10, 10]);
  });

  it('SEC-D28 of a server that died are the others’ once its leases have ended', async () => {
    const [dead, alive] = [startReplica(), startReplica()];
    const [lost, limit] = [dead.requests(RATE, BURST), alive.requests(RATE, BURST)];
    await pass(3_000, () => {
      lost.take();
      limit.take();
    });
    dead.state.answer = 'never';
    await pass(5_000, () => {
      limit.take();
      limit.take();
    });
    let allowed = 0;
    await pass(10_000, () => {
      for (let i = 0; i < 3; i++) if (limit.take() === undefined) allowed += 1;
    });
    expect(allowed).toBeGreaterThan(10 * RATE * 0.9);
  });

  it('are given back by a server that stops, at once', async () => {
    const [a, b] = [startReplica(), startReplica()];
    a.requests(RATE, BURST);
    b.requests(RATE, BURST);
    await pass(3_000);
    await a.shares.close();
    await pass(1_000);
    expect(database.held('r').size).toBe(1);
    expect(database.leased('r')).toBe(1_000_000);
  });

  for (const answer of ['never', 'with an error'] as const) {
    it(`SEC-D28 stand while the database answers ${answer}, then fall to an equal part, and come back`, async () => {
      const [a, b] = [startReplica(), startReplica()];
      const [asked] = [a.requests(RATE, BURST), b.requests(RATE, BURST)];
      let allowed = 0;
      const flood = () => {
        for (let i = 0; i < 3; i++) if (asked.take() === undefined) allowed += 1;
      };
      const perSecond = async (ms: number) => {
        allowed = 0;
        await pass(ms, flood);
        return (allowed * 1_000) / ms;
      };
      expect(await perSecond(4_000)).toBeGreaterThan(0);
      expect(await perSecond(4_000)).toBeGreaterThan(RATE * 0.9);
      for (const replica of [a, b]) replica.state.answer = answer;
      expect(await perSecond(1_500)).toBeGreaterThan(RATE * 0.9);
      await pass(2_000, flood);
      const equal = await perSecond(5_000);
      expect(equal).toBeGreaterThan(RATE * 0.45);
      expect(equal).toBeLessThan(RATE * 0.55);
      if (answer === 'never') return;
      for (const replica of [a, b]) replica.state.answer = 'at once';
      await pass(4_000, flood);
      expect(await perSecond(5_000)).toBeGreaterThan(RATE * 0.9);
    });
  }
});

describe('the streams of one principal on several servers', () => {
  it('SEC-D28 are never more than the limit once each server has a lease, and all of it can be used on one', async () => {
    const [a, b] = [startReplica(), startReplica()].map((replica) => replica.streams(10));
    await pass(2_000);
    await pass(6_000, () => {
      a?.open();
      expect((a?.count.open ?? 0) + (b?.count.open ?? 0)).toBeLessThanOrEqual(10);
    });
    expect(a?.count.open).toBe(10);
    await pass(2_000, () => b?.open());
    expect(b?.open()).toBe('full');
    expect(b?.count.open).toBe(0);
    if (a !== undefined) a.count.open = 4;
    await pass(3_000, () => b?.open());
    expect(b?.count.open).toBe(6);
  });

  it('say that places are on their way while the others hold places they do not need', async () => {
    const [a, b] = [startReplica(), startReplica()].map((replica) => replica.streams(10));
    await pass(2_000);
    const verdicts = Array.from({ length: 6 }, () => a?.open());
    expect(verdicts).toEqual(['free', 'free', 'free', 'free', 'free', 'moving']);
    await pass(3_000);
    expect(a?.open()).toBe('free');
    expect(b?.open()).toBe('free');
  });

  it('begin with one on each server at least', async () => {
    const replicas = [startReplica(), startReplica(), startReplica()];
    await pass(2_000);
    const limits = replicas.map((replica) => replica.streams(1));
    expect(limits.map((limit) => limit.open())).toEqual(['free', 'free', 'free']);
    expect(limits.map((limit) => limit.open())).not.toContain('free');
    for (const limit of limits.slice(1)) limit.count.open = 0;
    await pass(3_000);
    expect(limits.map((limit) => limit.open())).toEqual(['full', 'full', 'full']);
  });
});

describe('the bytes per second of one principal on several servers', () => {
  it('SEC-D28 are the limit within ten per cent, and what waits on one is demand', async () => {
    const streams = [startReplica(), startReplica()].map((replica) => replica.bytes(1_000_000).open());
    let passed = 0;
    const feed = (stream: (typeof streams)[number]) => {
      const next = () =>
        stream.pass(10_000, () => {
          passed += 10_000;
          queueMicrotask(next);
        });
      next();
    };
    streams.forEach(feed);
    await pass(5_000);
    passed = 0;
    await pass(10_000);
    expect(passed).toBeGreaterThan(9_000_000);
    expect(passed).toBeLessThan(11_000_000);
    for (const stream of streams) stream.stop();
  });
});
