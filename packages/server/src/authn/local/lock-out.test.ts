import { describe, expect, it } from 'vitest';
import { countTry, LOCK_OUT_DEFAULTS, type TryRecord, tryAddress } from './lock-out.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const limits = LOCK_OUT_DEFAULTS;

/** Tries that all fail, at the given seconds; what each led to. */
function fail(...seconds: number[]) {
  let record: TryRecord | undefined;
  return seconds.map((second) => {
    const outcome = countTry(record, limits.maxAccountFailures, limits, new Date(START + second * 1000));
    if (!outcome.allowed) return 'locked';
    record = outcome.record;
    return record.lockedUntil === undefined ? record.failures : (record.lockedUntil.getTime() - START) / 1000 - second;
  });
}

describe('the lock-out', () => {
  it('locks after five failures, for a minute', () => {
    expect(fail(0, 1, 2, 3, 4, 5, 63)).toEqual([1, 2, 3, 4, 60, 'locked', 'locked']);
  });

  it('doubles the lock with each further failure, up to an hour', () => {
    const lengths: number[] = [];
    let at = 10;
    let record: TryRecord | undefined = { failures: 4, lastAt: new Date(START) };
    for (let i = 0; i < 9; i++) {
      const outcome = countTry(record, limits.maxAccountFailures, limits, new Date(START + at * 1000));
      if (!outcome.allowed || outcome.record.lockedUntil === undefined) throw new Error('should lock');
      record = outcome.record;
      const end = (outcome.record.lockedUntil.getTime() - START) / 1000;
      lengths.push(end - at);
      at = end;
    }
    expect(lengths).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });

  it('stays finite after any number of failures', () => {
    const record = { failures: 1e6, lastAt: new Date(START) };
    expect(countTry(record, 5, limits, new Date(START))).toMatchObject({
      allowed: true,
      record: { lockedUntil: new Date(START + limits.maxLockMs) },
    });
  });

  it('forgets failures after a day without one', () => {
    expect(fail(0, 1, 2, 3, 86_402)).toEqual([1, 2, 3, 4, 60]);
    expect(fail(0, 1, 2, 3, 86_403)).toEqual([1, 2, 3, 4, 1]);
  });

  it('counts an IPv6 line as one address', () => {
    expect(tryAddress('192.0.2.7')).toBe('192.0.2.7');
    expect(tryAddress('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(tryAddress('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
    expect(tryAddress('2001:0db8:0001:0002:ffff::')).toBe('2001:db8:1:2::/64');
    expect(tryAddress('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(tryAddress('::1')).toBe('0:0:0:0::/64');
  });
});
