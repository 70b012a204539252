/** How many of what a run opens: three sizes that double. */
export interface Sizes {
  readonly tunnels: readonly number[];
  readonly busy: readonly number[];
  readonly terminals: readonly number[];
  readonly watches: readonly number[];
  readonly users: readonly number[];
  /** Length of each load. */
  readonly seconds: number;
}

const doubled = (n: number): readonly number[] => [n, 2 * n, 4 * n];

/** What figures are published of. */
export const FULL: Sizes = {
  tunnels: doubled(500),
  busy: doubled(50),
  terminals: doubled(500),
  watches: doubled(1_250),
  users: doubled(25_000),
  seconds: 10,
};

/** A smoke run: it shows that everything works, and nothing else. */
export const QUICK: Sizes = {
  tunnels: doubled(5),
  busy: doubled(2),
  terminals: doubled(5),
  watches: doubled(10),
  users: doubled(250),
  seconds: 1,
};

/** The same with a share of everything. */
export function shareOf({ seconds, ...counts }: Sizes, share: number): Sizes {
  const of = (numbers: readonly number[]) => numbers.map((n) => Math.max(1, Math.round(n * share)));
  return {
    tunnels: of(counts.tunnels),
    busy: of(counts.busy),
    terminals: of(counts.terminals),
    watches: of(counts.watches),
    users: of(counts.users),
    seconds,
  };
}
