/** How a figure grows with how much there is. */

/** A figure at one size. */
export interface Point {
  readonly n: number;
  readonly value: number;
}

/** A figure at sizes that double. */
export interface Series {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** What there are `n` of, in the plural. */
  readonly items: string;
  /** In ascending order of `n`. */
  readonly points: readonly Point[];
  /** Whether the figure should stay as it is however many there are. Default: it grows with them. */
  readonly isConstant?: true;
  /** Most that one item may take, in `unit`; absent where nothing was promised. */
  readonly floorEach?: number;
}

/** Growth per doubling that noise does not explain: where a figure should double, and where it should stay. */
export const MOST_GROWTH = { linear: 2.2, constant: 1.2 } as const;

/** By what the figure grew for each doubling, between neighbouring points; 2 is linear. */
export function growthPerDoubling(points: readonly Point[]): readonly number[] {
  return points.slice(1).map((point, i) => {
    const before = points[i] ?? point;
    return (point.value / before.value) ** (1 / Math.log2(point.n / before.n));
  });
}

/** The growth that was too much, if any was. */
export function tooFast({ points, isConstant }: Series): number | undefined {
  const bound = isConstant ? MOST_GROWTH.constant : MOST_GROWTH.linear;
  return growthPerDoubling(points).some((factor) => factor > bound) ? bound : undefined;
}

/** What one item takes, at the size where that is most; `NaN` for what does not come from them. */
export function eachAtMost({ points, isConstant }: Series): number {
  return isConstant || points.length === 0 ? Number.NaN : Math.max(...points.map(({ n, value }) => value / n));
}

/** The figure at a size that was not measured, on the line through the last two points. */
export function extrapolated({ points }: Series, n: number): number {
  const [before, last] = points.slice(-2);
  if (before === undefined || last === undefined) return Number.NaN;
  return last.value + ((last.value - before.value) / (last.n - before.n)) * (n - last.n);
}
