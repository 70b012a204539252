/** What one replica asks of a limit, or was last known to ask. Units are the limit's own: streams, or millionths of a rate. */
export interface ShareAsk {
  /** What it can't do without: streams that are open, or the least part of a rate. */
  readonly keep: number;
  /** What it could use beyond that. */
  readonly want: number;
}

/** What another replica asks and holds until its lease ends. */
export interface HeldShare extends ShareAsk {
  readonly replicaId: string;
  readonly amount: number;
}

/**
 * The part of `total` that a replica gets now. Everybody is meant to have what it keeps, then what it wants, in proportion
 * where there is not enough, and an equal part of what is left over. But nobody gets what another one still holds: a replica
 * grows only as others shrink, so that no more than `total` is ever out, whatever the order in which they ask.
 */
export function planShare(total: number, replicaId: string, ask: ShareAsk, others: readonly HeldShare[]): number {
  const free = others.reduce((rest, { amount }) => rest - amount, total);
  return Math.max(0, Math.min(meantFor(total, replicaId, ask, others), free));
}

function meantFor(total: number, replicaId: string, ask: ShareAsk, others: readonly HeldShare[]): number {
  const all = [{ ...ask, replicaId }, ...others];
  const sum = (of: (one: ShareAsk) => number) => all.reduce((added, one) => added + of(one), 0);
  const rest = total - sum(({ keep }) => keep);
  if (rest <= 0) return ask.keep;
  const wanted = sum(({ want }) => want);
  const isShort = wanted > rest;
  const part = ({ want }: ShareAsk) => (isShort ? Math.floor((rest * want) / wanted) : want);
  const left = rest - sum(part);
  const sharing = isShort ? all.filter(({ want }) => want > 0) : all;
  if (!sharing.some((one) => one.replicaId === replicaId)) return ask.keep;
  // All come to the same answer, each by itself: what can't be divided goes to the first by their ids.
  const rank = sharing.filter((one) => one.replicaId < replicaId).length;
  const odd = rank < left % sharing.length ? 1 : 0;
  return ask.keep + part(ask) + Math.floor(left / sharing.length) + odd;
}
