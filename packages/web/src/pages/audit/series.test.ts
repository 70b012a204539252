import { auditAggregateQuerySchema } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { chartColumns, seriesOf, seriesQueryOf, spanFor } from './series.ts';

const at = (hour: number) => new Date(Date.UTC(2026, 10, 17, hour));

describe('the chart of requests', () => {
  for (const [hours, want] of [
    [0.01, '5s'],
    [1, '1m'],
    [6, '5m'],
    [24, '15m'],
    [24 * 7, '2h'],
    [24 * 90, '1d'],
    [24 * 3_650, '39d'],
  ] as const) {
    it(`has bars of ${want} for ${hours} hours`, () => {
      const range = { from: at(0), to: new Date(at(0).getTime() + hours * 3_600_000) };
      expect(spanFor(range)).toBe(want);
    });
  }

  it('counts each request once, unless events were chosen by what they are', () => {
    const range = { from: at(0), to: at(24) };
    const query = seriesQueryOf({ cluster: 'prod' }, range);
    expect(auditAggregateQuerySchema.parse(query)).toMatchObject({
      by: 'effect',
      interval: '15m',
      code: ['proxy.request.completed', 'proxy.request.denied', 'proxy.request.interrupted'],
    });
    expect(seriesQueryOf({ category: 'login' }, range)).not.toHaveProperty('code');
    expect(seriesQueryOf({ code: 'login.failed' }, range).code).toBe('login.failed');
  });

  it('shows what was refused on top of what was allowed', () => {
    const series = seriesOf({
      from: at(0),
      to: at(2),
      total: 13,
      isComplete: true,
      values: [
        { value: 'allow', count: 9 },
        { value: 'deny', count: 3 },
      ],
      buckets: [
        { at: at(0), count: 0 },
        { at: at(1), count: 13, values: [{ value: 'deny', count: 3 }] },
      ],
    });
    expect(series).toMatchObject({ allowed: [0, 10], refused: [0, 3], allowedCount: 10, refusedCount: 3 });
    expect(chartColumns(series)).toEqual([
      [at(0).getTime() / 1_000, at(1).getTime() / 1_000],
      [0, 13],
      [0, 3],
    ]);
  });
});
