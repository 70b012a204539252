/** The floors that the project holds itself to, and the goals, as a table of what a run found for each. */
import type { Run } from './run.ts';
import { isSteady, type Rounds, ratios, type Spread, short, spreadOf } from './statistics.ts';

/** One line: how it follows from the figures of a measure. */
export interface Floor {
  /** Of the measure, as `--only` takes it. */
  readonly id: string;
  readonly title: string;
  readonly floor: number;
  readonly goal: number;
  /** Whether less is better, as of times, or more, as of throughput. */
  readonly isAtMost: boolean;
  /** Value of each round, for a way through Sallyport's parts; empty where there is none. */
  readonly values: (rounds: Rounds, link: '' | '-tls') => readonly number[];
  /** What the values are divided by; no verdict when it moved too much. */
  readonly baseline?: string;
}

const over = (name: string, baseline: string): Pick<Floor, 'values' | 'baseline'> => ({
  values: (rounds, link) => ratios(rounds, `${name}${link}`, baseline),
  baseline,
});
/** Of a comparison or goal, which has no other link. */
const alone = (values: (rounds: Rounds) => readonly number[]): Pick<Floor, 'values'> => ({
  values: (rounds, link) => (link === '' ? values(rounds) : []),
});

/** What each adds to `direct`, as a ratio of what the peer adds. */
function addedRatio(rounds: Rounds, link: string): readonly number[] {
  const at = (name: string, i: number) => rounds[name]?.[i] ?? Number.NaN;
  return (rounds['direct'] ?? []).map((direct, i) => (at(`sallyport${link}`, i) - direct) / (at('peer', i) - direct));
}

/** All floors that this machine can measure by itself, in the order of the table. */
export const FLOORS: readonly Floor[] = [
  {
    id: 'small-h1-c1',
    title: 'whole path, GET at c1 over HTTP/1.1, p50 added, of the peer’s added',
    ...{ floor: 2, goal: 1.2, isAtMost: true, values: addedRatio },
  },
  {
    id: 'kubectl-get',
    title: '`kubectl get pods`, of direct',
    ...{ floor: 1.25, goal: 1.1, isAtMost: true, ...over('sallyport', 'direct') },
  },
  {
    id: 'kubectl-exec',
    title: '`kubectl exec -- true`, of direct',
    ...{ floor: 1.3, goal: 1.15, isAtMost: true, ...over('sallyport', 'direct') },
  },
  {
    id: 'small-h1-c16',
    title: 'tunnel alone, HTTP/1.1, req/s at c16, of the peer',
    ...{ floor: 0.95, goal: 1.2, isAtMost: false, ...over('tunnel', 'peer') },
  },
  {
    id: 'small-h1-c64',
    title: 'tunnel alone, HTTP/1.1, req/s at c64, of the peer',
    ...{ floor: 1.2, goal: 1.5, isAtMost: false, ...over('tunnel', 'peer') },
  },
  {
    id: 'small-h2-c16',
    title: 'tunnel alone, HTTP/2, req/s at c16, of the peer',
    ...{ floor: 0.75, goal: 1, isAtMost: false, ...over('tunnel', 'peer') },
  },
  {
    id: 'port-forward',
    title: '`kubectl port-forward`, MB/s, of direct',
    ...{ floor: 0.6, goal: 0.8, isAtMost: false, ...over('sallyport', 'direct') },
  },
  {
    id: 'kubectl-cp',
    title: '`kubectl cp`, speed, of direct',
    ...{ floor: 0.6, goal: 0.8, isAtMost: false, baseline: 'direct' },
    values: (rounds, link) => ratios(rounds, 'direct', `sallyport${link}`),
  },
  {
    id: 'audit-reads',
    title: 'reads at c16 with audit on, of off',
    ...{ floor: 1.1, goal: 1.05, isAtMost: true, baseline: 'audit off' },
    ...alone((rounds) => ratios(rounds, 'audit on', 'audit off')),
  },
  {
    id: 'recording',
    title: 'exec that prints much, recorded, of not recorded',
    ...{ floor: 1.15, goal: 1.05, isAtMost: true, baseline: 'not recorded' },
    ...alone((rounds) => ratios(rounds, 'recorded', 'not recorded')),
  },
  {
    id: 'decision',
    title: 'a decision at 500 bindings and 500 policies, all about who asks, µs',
    ...{ floor: 10, goal: 3, isAtMost: true, ...alone((rounds) => rounds['by all'] ?? []) },
  },
  {
    id: 'filtering',
    title: 'filtering a list under 2,000 rules, added ms per MiB',
    ...{ floor: 12, goal: 6, isAtMost: true, ...alone(slowestOf) },
  },
  {
    id: 'shim',
    title: 'credential shim, warm, of an empty Node program',
    ...{ floor: 0.3, goal: 0.1, isAtMost: true, baseline: 'empty Node program' },
    ...alone((rounds) => ratios(rounds, 'shim', 'empty Node program')),
  },
  {
    id: 'agent-memory',
    title: 'memory of an idle agent, MB',
    ...{ floor: 70, goal: 60, isAtMost: true, ...alone((rounds) => megabytes(rounds['idle'])) },
  },
  {
    id: 'agent-memory',
    title: 'memory of an agent with 200 streams, MB',
    ...{ floor: 130, goal: 100, isAtMost: true, ...alone((rounds) => megabytes(rounds['200 watches'])) },
  },
];

/** Lines for every floor that a run has figures for. */
export function floorLines(run: Pick<Run, 'rows' | 'comparisons' | 'goals'>): readonly (readonly string[])[] {
  return FLOORS.flatMap((floor) => {
    const row = [...run.rows, ...run.comparisons, ...run.goals].find(({ id }) => id === floor.id);
    if (row === undefined) return [];
    const measured = spreadOf(floor.values(row.rounds, ''));
    if (!Number.isFinite(measured.median)) return [];
    const isCertain = floor.baseline === undefined || isSteady(row.rounds, floor.baseline);
    return [
      [
        floor.title,
        cell(measured),
        cell(spreadOf(floor.values(row.rounds, '-tls'))),
        short(floor.floor),
        short(floor.goal),
        isCertain ? verdict(floor, measured.median) : 'unsteady',
      ],
    ];
  });
}

function verdict({ floor, goal, isAtMost }: Floor, value: number): string {
  const reaches = (mark: number) => (isAtMost ? value <= mark : value >= mark);
  if (reaches(goal)) return 'goal';
  return reaches(floor) ? 'floor' : '**missed**';
}

function cell({ median, min, max }: Spread): string {
  return Number.isFinite(median) ? `${short(median)} (${short(min)}–${short(max)})` : '–';
}

/** Of each round, the slowest of what it took. */
function slowestOf(rounds: Rounds): readonly number[] {
  const names = Object.keys(rounds);
  return (rounds[names[0] ?? ''] ?? []).map((_, i) =>
    Math.max(...names.map((name) => rounds[name]?.[i] ?? Number.NaN)),
  );
}

function megabytes(mebibytes: readonly number[] = []): readonly number[] {
  return mebibytes.map((value) => (value * 2 ** 20) / 1e6);
}
