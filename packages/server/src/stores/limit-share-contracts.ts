import type { ReplicaId } from '@sallyport/core';
import type { ShareAsk } from '../limits/share-plan.ts';

/** What a server asks of one limit. */
export interface LimitAsk extends ShareAsk {
  /** Names the limit among all servers: whose, where, of what, how much. */
  readonly key: string;
  /** All there is of it, in its own unit, whole. The same for everybody who asks for `key`. */
  readonly total: number;
}

/** What a server gets of one limit until its lease ends. */
export interface LimitGrant {
  readonly amount: number;
  /** What the other servers keep of it, as they last said. */
  readonly keptElsewhere: number;
}

/** What a renewal yields. */
export interface LimitRenewal {
  /** Servers that have asked lately, this one included. */
  readonly replicaCount: number;
  /** By key; one for each ask. */
  readonly grants: ReadonlyMap<string, LimitGrant>;
}

/** Shares of limits that servers lease from one another. */
export interface LimitShareRows {
  /**
   * Renews everything that a server holds, in one transaction: takes what it asks for as far as others don't hold it, for
   * `ttlMs` from now by the database's clock, and gives back what it holds of `released`. Of no key more than `total` is ever
   * held by leases that have not ended, whoever asks at the same time.
   */
  renew(
    replicaId: ReplicaId,
    ttlMs: number,
    asks: readonly LimitAsk[],
    released: readonly string[],
  ): Promise<LimitRenewal>;
  /** Gives back everything that a server holds. */
  leave(replicaId: ReplicaId): Promise<void>;
}
