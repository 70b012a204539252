import { describe, expect, it } from 'vitest';
import { eachAtMost, extrapolated, growthPerDoubling, type Series, tooFast } from './growth.ts';
import { renderPlot } from './plot.ts';
import { putBehind, renderTable } from './report.ts';

const aSeries = (values: readonly number[], overrides: Partial<Series> = {}): Series => ({
  id: 'memory',
  title: 'memory of idle tunnels',
  unit: 'KiB',
  items: 'tunnels',
  points: values.map((value, i) => ({ n: 500 * 2 ** i, value })),
  ...overrides,
});

describe('growth', () => {
  it('is a factor per doubling, also where sizes do more than double', () => {
    expect(growthPerDoubling(aSeries([10, 20, 80]).points)).toEqual([2, 4]);
    expect(
      growthPerDoubling([
        { n: 1, value: 1 },
        { n: 4, value: 16 },
      ]),
    ).toEqual([4]);
  });

  it('is too fast where any doubling more than doubles, or makes more of what should stay', () => {
    expect(tooFast(aSeries([10, 21, 43]))).toBeUndefined();
    expect(tooFast(aSeries([10, 20, 46]))).toBe(2.2);
    expect(tooFast(aSeries([10, 11, 10], { isConstant: true }))).toBeUndefined();
    expect(tooFast(aSeries([10, 11, 14], { isConstant: true }))).toBe(1.2);
  });

  it('goes on as between the last two sizes', () => {
    expect(extrapolated(aSeries([10, 20, 60]), 10_000)).toBe(380);
    expect(eachAtMost(aSeries([10, 20, 60]))).toBe(0.03);
    expect(eachAtMost(aSeries([10, 20, 60], { isConstant: true }))).toBeNaN();
  });
});

describe('the table', () => {
  const facts = { command: 'npm run scale', at: new Date('2026-11-23'), database: 'PostgreSQL', notes: ['a note'] };

  it('tells growth and what one takes, and marks what is over a bound', () => {
    const table = renderTable({ ...facts, series: [aSeries([50_000, 100_000, 400_000], { floorEach: 150 })] });
    expect(table).toContain(
      '| memory of idle tunnels | KiB | 50,000 at 500 | 100,000 at 1,000 | 400,000 at 2,000 | ×2.00, ×4.00 **over 2.2** | 200 | 150 **missed** |',
    );
    expect(table).toContain('- memory of idle tunnels, 10,000 tunnels, extrapolated: 2,800,000 KiB\n- a note');
  });

  it('replaces the one of before', () => {
    expect(putBehind('# Scale\n\nWords.\n\n## Latest run\n\nold', '## Latest run', 'new\n')).toBe(
      '# Scale\n\nWords.\n\n## Latest run\n\nnew\n',
    );
    expect(putBehind('# Scale\n', '## Latest run', 'new\n')).toBe('# Scale\n\n## Latest run\n\nnew\n');
  });
});

it('draws the points between the axes, and words as words', () => {
  const svg = renderPlot(aSeries([10, 20, 60], { title: 'a < b' }));
  expect(svg).toContain('<title>a &#60; b</title>');
  expect(svg).toContain('<polyline class="line" points="149,172.7 234,145.3 404,36"/>');
});
