import { expect, it } from 'vitest';
import { type RunFacts, renderReport } from './report.ts';

const run = {
  roundCount: 2,
  seconds: 1,
  notes: [],
  rows: [
    {
      id: 'small-h1-c16',
      title: 'GET',
      unit: 'req/s',
      rounds: { direct: [100, 100], tunnel: [30, 40], peer: [60, 50] },
    },
  ],
  comparisons: [
    {
      id: 'memory',
      title: 'memory',
      unit: 'MiB',
      figure: '200 watches',
      baseline: 'idle',
      rounds: { idle: [50, 50], '200 watches': [60, 70] },
    },
  ],
  times: [{ title: 'end of exec', unit: 'ms', goal: 'p99 at most 1,000', values: [3, 1, 2] }],
  goals: [
    { id: 'ends', title: 'end of streams', unit: 'ms', goal: 'p99 at most 1,000', rounds: { 'a p99': [40, 60] } },
  ],
};
const lines = (overrides: Partial<RunFacts['run']>) =>
  renderReport({ command: 'bench', upstream: 'nginx', at: new Date(0), run: { ...run, ...overrides } }).split('\n');

it('puts a dash where a configuration has no figure, and in its ratios', () => {
  expect(lines({}).find((line) => line.startsWith('| GET'))).toBe(
    '| GET | req/s | 100 (100–100) | 35 (30–40) | – | – | – | 55 (50–60) | 0.65 (0.5–0.8) | – | – | – | – |',
  );
});

it('divides the figure of a comparison by what it is held against', () => {
  expect(lines({}).find((line) => line.startsWith('| memory'))).toBe(
    '| memory | MiB | 200 watches: 65 (60–70) | idle: 50 (50–50) | 1.3 (1.2–1.4) |',
  );
});

it('puts every figure of a goal beside it', () => {
  expect(lines({}).filter((line) => /^\| (Measure.*Goal.*a p99|end of streams)/.test(line))).toEqual([
    '| Measure | Unit | Goal | a p99 |',
    '| end of streams | ms | p99 at most 1,000 | 50 (40–60) |',
  ]);
});

it('tells times by their percentiles, with how many there are', () => {
  expect(lines({}).filter((line) => /^\| (Measure.*Rounds|end of exec)/.test(line))).toEqual([
    '| Measure | Unit | Goal | Rounds | p50 | p95 | p99 | max |',
    '| end of exec | ms | p99 at most 1,000 | 3 | 2 | 3 | 3 | 3 |',
  ]);
});

it('holds what was found against its floor and goal, and gives no verdict when the divisor moved', () => {
  const floor = (rounds: Record<string, number[]>) =>
    lines({ rows: [{ id: 'small-h1-c16', title: 'GET', unit: 'req/s', rounds }] }).find((line) =>
      line.startsWith('| tunnel alone, HTTP/1.1, req/s at c16'),
    );
  const title = '| tunnel alone, HTTP/1.1, req/s at c16, of the peer |';
  const steady = [100, 100, 100];
  expect(floor({ tunnel: [90, 100, 110], 'tunnel-tls': [120, 130, 140], peer: steady })).toBe(
    `${title} 1 (0.9–1.1) | 1.3 (1.2–1.4) | 0.95 | 1.2 | floor |`,
  );
  expect(floor({ tunnel: [50, 50, 50], peer: steady })).toBe(`${title} 0.5 (0.5–0.5) | – | 0.95 | 1.2 | **missed** |`);
  expect(floor({ tunnel: [120, 130, 140], peer: steady })).toMatch(/ goal \|$/);
  expect(floor({ tunnel: steady, peer: [50, 100, 150] })).toMatch(/ unsteady \|$/);
});

it('leaves a table without lines out', () => {
  const none = { comparisons: [], goals: [], times: [] };
  const other = [{ id: 'other', title: 'other', unit: 's', rounds: { direct: [1] } }];
  expect(lines({ ...none, rows: other }).filter((line) => line.startsWith('| Measure'))).toHaveLength(1);
});
