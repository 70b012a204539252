/** The table of a run, as Markdown. */
import { arch, cpus, release, totalmem, type } from 'node:os';
import { floorLines } from './floors.ts';
import { hasH2load } from './h2load.ts';
import type { Run } from './run.ts';
import { isSteady, percentile, type Rounds, ratios, short, spreadOf } from './statistics.ts';

/** One line of the table. */
export interface Row {
  /** As `--only` takes it. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly rounds: Rounds;
}

/** One line of the second table: a figure, and the one it is divided by. */
export interface ComparisonRow extends Row {
  readonly figure: string;
  readonly baseline: string;
}

/** One line of the third table: figures that must stay within a goal, whatever anything else takes. */
export interface GoalRow extends Row {
  /** E.g. `p99 at most 1,000`. */
  readonly goal: string;
}

/** One line of the fourth table: how long something took, each time. */
export interface TimesRow {
  readonly title: string;
  readonly unit: string;
  readonly goal: string;
  readonly values: readonly number[];
}

/** A run as a reader needs it to judge its figures. */
export interface RunFacts {
  readonly command: string;
  /** Name of the static upstream. */
  readonly upstream: string;
  readonly at: Date;
  readonly run: Pick<Run, 'roundCount' | 'seconds' | 'rows' | 'comparisons' | 'goals' | 'times' | 'notes'>;
}

const cell = (rounds: Rounds, name: string): string => {
  const { median, min, max } = spreadOf(rounds[name] ?? []);
  return Number.isFinite(median) ? `${short(median)} (${short(min)}–${short(max)})` : '–';
};

const ratioCell = (rounds: Rounds, name: string, baseline: string): string => {
  const { median, min, max } = spreadOf(ratios(rounds, name, baseline));
  if (!Number.isFinite(median)) return '–';
  return isSteady(rounds, baseline) ? `${short(median)} (${short(min)}–${short(max)})` : `${short(median)}, unsteady`;
};

const COLUMNS = ['direct', 'tunnel', 'tunnel-tls', 'sallyport', 'sallyport-tls', 'peer'] as const;
const RATIOS = [
  ['tunnel', 'peer'],
  ['tunnel-tls', 'peer'],
  ['sallyport', 'peer'],
  ['sallyport-tls', 'peer'],
  ['sallyport', 'direct'],
] as const;

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (head: readonly string[], lines: readonly (readonly string[])[]): string[] =>
  lines.length === 0 ? [] : ['', line(head), `|${'---|'.repeat(head.length)}`, ...lines.map(line)];

/** Columns of the third table. */
const goalNames = (goals: readonly GoalRow[]): readonly string[] => [
  ...new Set(goals.flatMap(({ rounds }) => Object.keys(rounds))),
];

/** Cells of a line of the fourth table. */
export function timesCells({ title, unit, goal, values }: TimesRow): readonly string[] {
  const shares = [0.5, 0.95, 0.99, 1].map((share) => short(percentile(values, share)));
  return [title, unit, goal, String(values.length), ...shares];
}

/** Renders the tables of a run for a document. */
export function renderReport({ command, upstream, at, run }: RunFacts): string {
  const processors = cpus();
  return [
    `\`${command}\` on ${at.toISOString().slice(0, 10)}: ${processors.length} × ${processors[0]?.model.trim() ?? arch()}, ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.versions.node}, upstream ${upstream}, ` +
      `${run.roundCount} rounds of ${run.seconds} s. Load, by ${hasH2load ? 'h2load' : 'a program in Node'}, and everything under load share the machine.`,
    ...table(['Measure', 'Measured', 'over the TLS link', 'Floor', 'Goal', ''], floorLines(run)),
    ...table(
      ['Measure', 'Unit', ...COLUMNS, ...RATIOS.map((names) => names.join(' / '))],
      run.rows.map(({ title, unit, rounds }) => [
        title,
        unit,
        ...COLUMNS.map((name) => cell(rounds, name)),
        ...RATIOS.map(([name, baseline]) => ratioCell(rounds, name, baseline)),
      ]),
    ),
    ...table(
      ['Measure', 'Unit', 'Figure', 'Against', 'Ratio'],
      run.comparisons.map(({ title, unit, rounds, figure, baseline }) => [
        title,
        unit,
        `${figure}: ${cell(rounds, figure)}`,
        `${baseline}: ${cell(rounds, baseline)}`,
        ratioCell(rounds, figure, baseline),
      ]),
    ),
    ...table(
      ['Measure', 'Unit', 'Goal', ...goalNames(run.goals)],
      run.goals.map(({ title, unit, goal, rounds }) => [
        title,
        unit,
        goal,
        ...goalNames(run.goals).map((name) => cell(rounds, name)),
      ]),
    ),
    ...table(['Measure', 'Unit', 'Goal', 'Rounds', 'p50', 'p95', 'p99', 'max'], run.times.map(timesCells)),
    ...(run.notes.length > 0 ? ['', ...run.notes.map((note) => `- ${note}`)] : []),
    '',
  ].join('\n');
}
