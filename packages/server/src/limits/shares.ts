import type { ShareAsk } from './share-plan.ts';

/** A limit that servers share, as one server uses it. */
export interface SharedLimit {
  /** Names the limit among all servers: whose, where, of what, how much. */
  readonly key: string;
  /** All there is of it, in its own unit, whole. */
  readonly total: number;
  /** What this server could use, measured since it was last asked. */
  measure(): ShareAsk;
  /** Sets what this server may use, and what the others keep, as far as it is known. */
  apply(amount: number, keptElsewhere: number): void;
}

/** Says how much of each limit this server may use. */
export interface Shares {
  /** Begins with a limit: calls its `apply` before it returns, and again whenever the share changes. */
  join(limit: SharedLimit): void;
  /** Ends with a limit, and gives its share back. */
  leave(limit: SharedLimit): void;
  /** Gives everything back. Idempotent. */
  close(): Promise<void>;
}

/** For a server that is alone: it has the whole of everything, and asks nobody. */
export const wholeShares: Shares = {
  join: (limit) => limit.apply(limit.total, 0),
  leave() {},
  close: async () => {},
};
