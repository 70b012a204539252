import type { GrantResource } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { daysFrom, layOut, startOfDay } from './calendar-days.ts';

const day = new Date(2026, 7, 12);
const at = (hours: number) => new Date(day.getTime() + hours * 3_600_000);
const aGrant = (cluster: string, from: number, to: number, endedAt?: number) =>
  ({
    id: `${cluster}-${from}`,
    scope: { kind: 'clusters', clusters: [cluster] },
    startsAt: at(from),
    endsAt: at(to),
    ...(endedAt !== undefined && { endedAt: at(endedAt) }),
  }) as unknown as GrantResource;

describe('layOut', () => {
  it('gives each place a row, and windows that overlap lanes of their own', () => {
    const rows = layOut(
      [aGrant('b', 6, 12), aGrant('a', 0, 12), aGrant('b', 10, 18), aGrant('b', 12, 24)],
      day,
      at(24),
    );
    expect(rows.map(({ place, lanes }) => [place, lanes])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(rows[1]?.bars.map(({ start, end, lane }) => [start, end, lane])).toEqual([
      [0.25, 0.5, 0],
      [10 / 24, 0.75, 1],
      [0.5, 1, 0],
    ]);
  });

  it('cuts off at the edges, ends where a grant ended, and leaves out what is outside', () => {
    const rows = layOut(
      [aGrant('a', -5, 6), aGrant('a', 8, 30, 12), aGrant('a', -9, -1), aGrant('a', 24, 30)],
      day,
      at(24),
    );
    expect(rows[0]?.bars.map(({ start, end }) => [start, end])).toEqual([
      [0, 0.25],
      [1 / 3, 0.5],
    ]);
  });
});

describe('daysFrom', () => {
  it('begins each day at its midnight', () => {
    const days = daysFrom(startOfDay(at(15)), 3);
    expect(days.map((each) => [each.getDate(), each.getHours()])).toEqual([
      [12, 0],
      [13, 0],
      [14, 0],
      [15, 0],
    ]);
  });
});
