import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_PURPOSES, type KeyFacts } from '../stores/key-contracts.ts';
import { type KeyPolicy, type KeyStep, planRotation } from './key-plan.ts';
import { KEY_POLICIES } from './key-policies.ts';

const POLICY: KeyPolicy = { lifetimeMs: 1_000, announceMs: 100, overlapMs: 200 };
const date = (ms: number) => new Date(ms);
const key = (keyId: string, phase: KeyFacts['phase'], signsFrom: number, verifiesUntil?: number): KeyFacts => ({
  purpose: 'oauth',
  keyId,
  phase,
  createdAt: date(0),
  signsFrom: date(signsFrom),
  ...(verifiesUntil !== undefined && { verifiesUntil: date(verifiesUntil) }),
});

describe('what is due among the keys of a purpose', () => {
  const table: readonly [name: string, keys: readonly KeyFacts[], now: number, steps: readonly KeyStep[]][] = [
    ['nothing for a young key', [key('a', 'current', 0)], 899, []],
    [
      'a successor, one announcement before the end of its life',
      [key('a', 'current', 0)],
      900,
      [{ kind: 'announce', signsFrom: date(1_000) }],
    ],
    [
      'a successor with its whole announcement, however late',
      [key('a', 'current', 0)],
      5_000,
      [{ kind: 'announce', signsFrom: date(5_100) }],
    ],
    ['nothing while the successor is announced', [key('a', 'current', 0), key('b', 'next', 1_000)], 999, []],
    [
      'the switch when the announcement is over',
      [key('a', 'current', 0), key('b', 'next', 1_000)],
      1_000,
      [{ kind: 'activate', keyId: 'b', verifiesUntil: date(1_200) }],
    ],
    ['nothing while the former key verifies', [key('b', 'current', 1_000), key('a', 'retired', 0, 1_200)], 1_199, []],
    [
      'the end of the former key',
      [key('b', 'current', 1_000), key('a', 'retired', 0, 1_200)],
      1_200,
      [{ kind: 'remove', keyId: 'a' }],
    ],
    [
      'the switch at once when nothing signs',
      [key('b', 'next', 9_000)],
      0,
      [{ kind: 'activate', keyId: 'b', verifiesUntil: date(200) }],
    ],
    ['a key when there is none', [], 7, [{ kind: 'announce', signsFrom: date(7) }]],
    ['nothing when the clock was set back', [key('a', 'current', 5_000)], 0, []],
  ];
  it.each(table)('is %s', (_, keys, now, steps) => {
    expect(planRotation(keys, POLICY, date(now))).toEqual(steps);
  });

  it('is never a successor when the purpose rotates by command only', () => {
    const byCommand = { ...POLICY, lifetimeMs: undefined };
    expect(planRotation([key('a', 'current', 0)], byCommand, date(1e12))).toEqual([]);
    expect(planRotation([key('a', 'current', 0), key('b', 'next', 5)], byCommand, date(5))).toHaveLength(1);
  });
});

/** Takes steps as the store does. */
function apply(keys: readonly KeyFacts[], steps: readonly KeyStep[], now: number, newId: string): KeyFacts[] {
  let after = [...keys];
  for (const step of steps) {
    if (step.kind === 'announce') after.push({ ...key(newId, 'next', step.signsFrom.getTime()), createdAt: date(now) });
    if (step.kind === 'remove') after = after.filter(({ keyId }) => keyId !== step.keyId);
    if (step.kind === 'activate') {
      after = after.map((one) => {
        if (one.phase === 'current') return { ...one, phase: 'retired', verifiesUntil: step.verifiesUntil };
        return one.keyId === step.keyId ? { ...one, phase: 'current', signsFrom: date(now) } : one;
      });
    }
  }
  return after;
}

describe('the life of keys, looked at at any times', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 60 });

  it('always has one key that signs, and at most one next', () => {
    fc.assert(
      fc.property(gaps, (delays) => {
        let keys: KeyFacts[] = [key('k0', 'current', 0)];
        let now = 0;
        delays.forEach((delay, i) => {
          now += delay;
          keys = apply(keys, planRotation(keys, POLICY, date(now)), now, `k${i + 1}`);
          expect(keys.filter(({ phase }) => phase === 'current')).toHaveLength(1);
          expect(keys.filter(({ phase }) => phase === 'next').length).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  it('announces each key for its whole time before it signs, and trusts it for the whole overlap after', () => {
    fc.assert(
      fc.property(gaps, (delays) => {
        let keys: KeyFacts[] = [key('k0', 'current', 0)];
        let now = 0;
        const retiredAt = new Map<string, number>();
        delays.forEach((delay, i) => {
          now += delay;
          const after = apply(keys, planRotation(keys, POLICY, date(now)), now, `k${i + 1}`);
          for (const one of after) {
            const before = keys.find(({ keyId }) => keyId === one.keyId);
            if (one.phase === 'current' && before?.phase === 'next') {
              expect(now - one.createdAt.getTime()).toBeGreaterThanOrEqual(POLICY.announceMs);
            }
            if (one.phase === 'current') expect(before, 'a key signs unannounced').toBeDefined();
            if (one.phase === 'retired' && before?.phase === 'current') retiredAt.set(one.keyId, now);
          }
          for (const gone of keys.filter(({ keyId }) => !after.some((one) => one.keyId === keyId))) {
            expect(now - (retiredAt.get(gone.keyId) ?? now)).toBeGreaterThanOrEqual(POLICY.overlapMs);
          }
          keys = after;
        });
      }),
    );
  });

  it('needs nothing more at the same instant once its steps are taken', () => {
    fc.assert(
      fc.property(gaps, (delays) => {
        let keys: KeyFacts[] = [key('k0', 'current', 0)];
        let now = 0;
        delays.forEach((delay, i) => {
          now += delay;
          keys = apply(keys, planRotation(keys, POLICY, date(now)), now, `k${i + 1}`);
          expect(planRotation(keys, POLICY, date(now))).toEqual([]);
        });
      }),
    );
  });
});

it.each(KEY_PURPOSES)(
  'announces %s within its life, for longer than servers and agents take to hear of it',
  (purpose) => {
    const { lifetimeMs, announceMs, overlapMs } = KEY_POLICIES[purpose];
    expect(announceMs).toBeLessThan(lifetimeMs ?? 0);
    expect(announceMs).toBeGreaterThanOrEqual(10 * 60_000);
    expect(overlapMs).toBeGreaterThanOrEqual(60_000);
  },
);
