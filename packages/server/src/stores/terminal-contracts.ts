import type { PrincipalId, ReplicaId, TerminalId } from '@sallyport/core';

/** How long it is remembered how a terminal ended, in milliseconds. The audit log has all of them. */
export const ENDED_TERMINAL_MEMORY_MS = 60 * 60_000;

/** A terminal in the browser that is open. */
export interface OpenTerminal {
  readonly id: TerminalId;
  /** The server that runs it. */
  readonly replicaId: ReplicaId;
  readonly principalId: PrincipalId;
  /** Name of its cluster, as it was when it was opened. */
  readonly clusterName: string;
  readonly startedAt: Date;
  /** When it ends at the latest. */
  readonly expiresAt: Date;
}

/** How a terminal ended. */
export interface TerminalEnd {
  readonly id: TerminalId;
  readonly endedAt: Date;
  /** As in its audit event. */
  readonly reason: string;
}

/** Whose terminals are asked for, and by which server. */
export interface TerminalsOf {
  readonly principalId: PrincipalId;
  /** The server that asks; it lives, whatever its lease says. */
  readonly replicaId: ReplicaId;
}

/** What servers know of one another's terminals. Those of a server whose lease has ended are not open any more. */
export interface TerminalRows {
  /** Those that are open, the oldest first. */
  open(of: TerminalsOf): Promise<readonly (OpenTerminal & { readonly isEndAsked: boolean })[]>;
  /**
   * How those ended that did after `since`, the last one first. One of a server whose lease has ended, and that has not come
   * back to tell, counts as `interrupted` at the end of the lease.
   */
  ended(
    of: TerminalsOf & { readonly since: Date; readonly limit: number },
  ): Promise<readonly (TerminalEnd & Pick<OpenTerminal, 'clusterName'>)[]>;
  /** Those of a server that somebody asked to be ended, and that have not ended. */
  toEnd(replicaId: ReplicaId): Promise<readonly TerminalId[]>;
}

/** Terminals, inside a transaction. */
export interface TerminalWrites {
  /**
   * Notes a terminal as open, unless its principal has `maxOpen` on all servers together. Yields how many it had before; of
   * several that are opened at once, each counts those before it.
   */
  open(terminal: OpenTerminal, maxOpen: number): Promise<number>;
  /** Has whichever server runs it end a terminal. Says whether it is open, and nobody did so before. */
  askEnd(id: TerminalId, of: TerminalsOf): Promise<boolean>;
  /** Notes how one ended. One that is not known, or has ended before, stays as it is. */
  end(end: TerminalEnd): Promise<void>;
}
