import { describe, expect, it } from 'vitest';
import { isSteady, percentile, ratios, short, spreadOf } from './statistics.ts';

describe('spreadOf', () => {
  it('takes the middle of an odd number of values and the mean of the two middle ones of an even number', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  });
  it('leaves failed rounds out', () => {
    expect(spreadOf([1, Number.NaN, 3])).toEqual({ median: 2, min: 1, max: 3 });
  });
});

it('takes the smallest value that a share of them does not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 99, 100]);
  expect(percentile([], 0.5)).toBeNaN();
});

it('divides within a round, never across rounds', () => {
  expect(ratios({ direct: [10, 20], sallyport: [5, 5] }, 'sallyport', 'direct')).toEqual([0.5, 0.25]);
});

it('gives no verdict when the baseline moved by more than 30 %', () => {
  expect(isSteady({ direct: [100, 110, 120] }, 'direct')).toBe(true);
  expect(isSteady({ direct: [100, 120, 140] }, 'direct')).toBe(false);
});

it('writes three digits', () => {
  expect([1234.5, 99.94, 0.012345, Number.NaN].map(short)).toEqual(['1,235', '99.9', '0.0123', '–']);
});
