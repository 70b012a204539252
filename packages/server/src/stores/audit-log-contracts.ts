import type { ReplicaId } from '@sallyport/core';

/** What a log is at a size. */
export interface LogTree {
  /** Id of an organization, or `installation`. */
  readonly log: string;
  readonly size: number;
  /** Root of its Merkle tree, 32 bytes. */
  readonly root: Uint8Array;
}

/** Bringing audit events into their logs, inside a transaction that holds the lease of the job. */
export interface AuditLogWrites {
  /** Gives the oldest events without an index theirs, at most `limit`, and yields how many those were and the logs that grew. */
  index(limit: number): Promise<{ readonly count: number; readonly grown: readonly LogTree[] }>;
  /** The logs whose newest checkpoint is of fewer entries than they have. */
  unsigned(): Promise<readonly LogTree[]>;
  /**
   * Writes down that servers are gone whose lease has ended, and that at most `limit` requests which they left open were
   * interrupted. Yields how many rows that were; repeat while there are any.
   */
  interrupt(limit: number): Promise<number>;
}

/** Leases by which servers tell that they live. The database's clock alone says when one has ended. */
export interface ReplicaRows {
  /** Begins or prolongs a lease. `peerAddress` is where other servers dial this one, `host:port`; absent: none can. */
  renew(replicaId: ReplicaId, ttlMs: number, peerAddress?: string): Promise<void>;
  /** Servers whose leases live. */
  live(): Promise<readonly ReplicaId[]>;
  isLive(replicaId: ReplicaId): Promise<boolean>;
  /** Ends the leases of all others: on a database that serves one server, they are gone. */
  expireOthers(replicaId: ReplicaId): Promise<void>;
  /** Ends a lease in order: nothing that it carried is open. */
  leave(replicaId: ReplicaId): Promise<void>;
}
