/** Medians, ratios within a round, and when not to draw a conclusion. */

/** Figures of one measure: configuration → one value per round, in the order of rounds. */
export type Rounds = Readonly<Record<string, readonly number[]>>;

/** Median, smallest and largest of some values. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Spread of values; NaN all through when there are none. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1
      ? (sorted[Math.floor(middle)] as number)
      : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** The smallest of some values that as large a share of them does not exceed: 0.99 for p99. NaN when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Value over baseline, round by round. */
export function ratios(rounds: Rounds, name: string, baseline: string): readonly number[] {
  return (rounds[name] ?? []).map((value, i) => value / (rounds[baseline]?.[i] ?? Number.NaN));
}

/** How far a baseline may move between rounds before its ratios say nothing. */
export const MAX_BASELINE_MOVE = 0.3;

/** Whether the baseline stood still enough for a verdict. */
export function isSteady(rounds: Rounds, baseline: string): boolean {
  const { median, min, max } = spreadOf(rounds[baseline] ?? []);
  return (max - min) / median <= MAX_BASELINE_MOVE;
}

/** Three significant digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
