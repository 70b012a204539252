import { describe, expect, it } from 'vitest';
import { MAX_TRIES, planRetry } from './delivery-plan.ts';

const at = new Date('2026-03-01T12:00:00Z');
const giveUpAt = new Date('2026-03-02T12:00:00Z');
const aTry = { tries: 1, at, giveUpAt, isFinal: false, random: 0 };
const waitOf = (failed: Parameters<typeof planRetry>[0]) =>
  (planRetry(failed).nextTryAt?.getTime() ?? Number.NaN) - at.getTime();

describe('planRetry', () => {
  it('waits twice as long after each try, up to an hour', () => {
    expect([1, 2, 3, 10, 11].map((tries) => waitOf({ ...aTry, tries, random: 1 }))).toEqual([
      5_000, 10_000, 20_000, 2_560_000, 3_600_000,
    ]);
  });

  it('draws from the upper half of the wait', () => {
    expect(waitOf({ ...aTry, tries: 3, random: 0 })).toBe(10_000);
    expect(waitOf({ ...aTry, tries: 3, random: 0.5 })).toBe(15_000);
  });

  it('waits as long as the receiver asks for', () => {
    expect(waitOf({ ...aTry, retryAfterMs: 120_000 })).toBe(120_000);
    expect(waitOf({ ...aTry, tries: 8, retryAfterMs: 1_000 })).toBe(320_000);
  });

  it.each([
    ['after the last try', { tries: MAX_TRIES }],
    ['when the same can not succeed', { isFinal: true }],
    ['when the next try would come too late', { giveUpAt: new Date(at.getTime() + 1_000) }],
    ['when the receiver asks for more time than there is', { retryAfterMs: 25 * 60 * 60_000 }],
  ])('gives up %s', (_, changed) => {
    expect(planRetry({ ...aTry, ...changed })).toEqual({ isDead: true });
  });
});
