/** One run of the benchmark: what it was asked for, and what it has found so far. */
import type { ComparisonRow, GoalRow, Row, TimesRow } from './report.ts';
import { timesCells } from './report.ts';
import { type Rounds, short, spreadOf } from './statistics.ts';

/** What a run was asked for. */
export interface RunOptions {
  readonly roundCount: number;
  /** Rounds of what is told by its p99. */
  readonly manyRoundCount: number;
  /** Length of each load. */
  readonly seconds: number;
  /** Load on every configuration before its first round. */
  readonly warmSeconds: number;
  /** Ids to run, or what stands before a hyphen in them; all without it. */
  readonly only?: readonly string[];
}

/** A run under way. Tells on stderr what it finds. */
export interface Run extends RunOptions {
  readonly rows: readonly Row[];
  readonly comparisons: readonly ComparisonRow[];
  readonly goals: readonly GoalRow[];
  readonly times: readonly TimesRow[];
  readonly notes: readonly string[];
  isWanted(id: string): boolean;
  add(row: Row): void;
  compare(row: ComparisonRow): void;
  goal(row: GoalRow): void;
  time(row: TimesRow): void;
  /** Something a reader of the tables must know; once. */
  note(line: string): void;
  /** A figure that could not be taken; why goes to stderr alone, since it may name paths of this machine. */
  failed(id: string, error: unknown): void;
}

/** Begins a run. */
export function createRun(options: RunOptions): Run {
  const { only } = options;
  const rows: Row[] = [];
  const comparisons: ComparisonRow[] = [];
  const goals: GoalRow[] = [];
  const times: TimesRow[] = [];
  const notes: string[] = [];
  const note = (line: string) => {
    if (!notes.includes(line)) notes.push(line);
    say(line);
  };
  return {
    ...options,
    rows,
    comparisons,
    goals,
    times,
    notes,
    isWanted: (id) => only === undefined || only.some((one) => id === one || id.startsWith(`${one}-`)),
    add(row) {
      rows.push(row);
      say(summary(row));
    },
    compare(row) {
      comparisons.push(row);
      say(summary(row));
    },
    goal(row) {
      goals.push(row);
      say(summary(row));
    },
    time(row) {
      times.push(row);
      say(timesCells(row).join(' | '));
    },
    note,
    failed(id, error) {
      note(`failed at least once: ${id}`);
      say(String(error));
    },
  };
}

/** Writes a line on stderr: stdout is the report's. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function summary({ title, unit, rounds }: { title: string; unit: string; rounds: Rounds }): string {
  const medians = Object.entries(rounds).map(([name, values]) => `${name} ${short(spreadOf(values).median)}`);
  return `${title}: ${medians.join(', ')} ${unit}`;
}
