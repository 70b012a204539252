import { describe, expect, it } from 'vitest';
import { endingSoon, heldText, pendingReviewsText } from './held-grants.ts';
import { formatAgo, formatMoment, formatSpan, formatUntil } from './time.ts';

// Noon where the tests run, so that an hour more or less is the same day.
const now = new Date(2026, 4, 17, 12, 0, 0).getTime();
const MINUTE = 60_000;
const inMinutes = (count: number) => new Date(now + count * MINUTE);

describe('spans', () => {
  for (const [ms, want] of [
    [0, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [119_000, '1m'],
    [42 * MINUTE, '42m'],
    [90 * MINUTE, '1h30m'],
    [120 * MINUTE, '2h'],
    [(26 * 60 + 59) * MINUTE, '1d2h'],
    [30 * 24 * 60 * MINUTE, '30d'],
    [-5_000, '0s'],
  ] as const) {
    it(`writes ${ms} ms as ${want}`, () => expect(formatSpan(ms)).toBe(want));
  }
});

describe('moments', () => {
  it('are times of the day, with the day where it is another one', () => {
    expect(formatMoment(inMinutes(184), now)).toBe('15:04');
    expect(formatMoment(new Date(2026, 4, 18, 9, 5), now)).toBe('2026-05-18 09:05');
    expect(formatUntil(inMinutes(42), now)).toBe('until 12:42 (42m left)');
    expect(formatUntil(inMinutes(-1), now)).toBe('until 11:59 (over)');
    expect(formatAgo(inMinutes(-42), now)).toBe('11:18 (42m ago)');
    expect(formatAgo(inMinutes(1), now)).toBe('12:01 (just now)');
    expect(formatUntil(new Date(now + 60 * MINUTE - 400), now)).toBe('until 12:59 (1h left)');
  });
});

describe('what is held for a while', () => {
  const grant = (role: string, from: number, to: number) => ({
    id: 'gnt_01kq5w3s8h4m2n6p7r9t1v3x5z' as never,
    role,
    scope: { kind: 'organization' as const },
    startsAt: inMinutes(from),
    endsAt: inMinutes(to),
  });

  it('is told with the time that is left', () => {
    expect(heldText([grant('developer', -1, 42), grant('admin', 60, 120)], now)).toBe(
      'developer until 12:42 (42m left), admin from 13:00',
    );
    expect(heldText([grant('developer', -60, 0)], now)).toBe('-');
  });

  it('warns in the last five minutes, and says how to get more time', () => {
    const renew = 'sallyport access renew gnt_01kq5w3s8h4m2n6p7r9t1v3x5z --duration 1h --reason TEXT';
    expect(endingSoon([grant('dev\u001b[31m', -60, 3)], now)).toEqual([
      `Warning: dev\\u001b[31m ends in 3m. For more time:  ${renew}`,
    ]);
    expect(endingSoon([grant('a', -1, 5), grant('b', -1, 0), grant('c', 1, 3)], now)).toEqual([]);
    expect(endingSoon([grant('a', -1, 4)], now, { profile: 'work' })[0]).toContain('TEXT --profile work');
  });

  it('tells how many requests wait for one', () => {
    expect(pendingReviewsText(0)).toEqual([]);
    expect(pendingReviewsText(1)).toEqual([
      '1 access request waits for your review:  sallyport access list --to-review',
    ]);
    expect(pendingReviewsText(3)[0]).toContain('3 access requests wait for your review');
  });
});
