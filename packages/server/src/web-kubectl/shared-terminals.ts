import type { Clock, Logger, PrincipalId, ReplicaId, TerminalId, Timer } from '@sallyport/core';
import type { TerminalList } from '@sallyport/core/api';
import type { OpenTerminal, Store, TerminalEnd } from '../stores/contracts.ts';
import { ENDED_TERMINAL_MEMORY_MS } from '../stores/terminal-contracts.ts';

/** How soon a server hears that one of its terminals is to be ended, in milliseconds. */
const LOOK_INTERVAL_MS = 500;
/** How many of one person's that ended are told of. */
const TOLD_COUNT = 20;

/** What {@link createSharedTerminals} needs. */
export interface SharedTerminalsOptions {
  readonly store: Pick<Store, 'transact' | 'terminals'>;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  /** Ends one that runs here, as it was asked for on another server. Called again while it goes on. */
  readonly onEndAsked: (id: TerminalId) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The terminals of all servers of one database, as the server that runs some of them reads and writes them. */
export interface SharedTerminals {
  /**
   * Tells all servers that one opens here, unless its principal has `maxOpen` already. Yields how many it had. What was noted is
   * to be ended by {@link SharedTerminals.ended}.
   */
  open(terminal: Omit<OpenTerminal, 'replicaId'>, maxOpen: number): Promise<number>;
  /** How many a principal has open on all servers. */
  count(principalId: PrincipalId): Promise<number>;
  /** What a principal has open, and how those of the last hour ended, at most 20 of them. */
  list(principalId: PrincipalId): Promise<Pick<TerminalList, 'items' | 'ended'>>;
  /** Asks whichever server runs it to end one of a principal; says whether there is one, and nobody asked before. */
  askEnd(principalId: PrincipalId, id: TerminalId): Promise<boolean>;
  /** Tells all servers how one ended. Where the database does not take it, it is tried again. Resolves after the first try. */
  ended(end: TerminalEnd): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Creates it. While a terminal runs here, the database is asked twice a second whether somebody wants it ended, in one question
 * for all of them.
 */
export function createSharedTerminals(options: SharedTerminalsOptions): SharedTerminals {
  const { store, replicaId, onEndAsked, clock, logger } = options;
  const running = new Set<TerminalId>();
  const unwritten = new Map<TerminalId, TerminalEnd>();
  let timer: Timer | undefined;
  let looking: Promise<void> | undefined;
  let writing: Promise<void> | undefined;
  let isFailing = false;
  let isClosed = false;

  const hasWork = () => !isClosed && (running.size > 0 || unwritten.size > 0);

  /** Looks in a while, as long as there is something to look for. */
  function lookLater(): void {
    if (timer !== undefined || looking !== undefined || !hasWork()) return;
    timer = clock.setTimeout(() => {
      timer = undefined;
      looking = look().finally(() => {
        looking = undefined;
        lookLater();
      });
    }, LOOK_INTERVAL_MS);
  }

  async function look(): Promise<void> {
    try {
      await write();
      for (const id of await store.terminals.toEnd(replicaId)) onEndAsked(id);
      isFailing = false;
    } catch (err) {
      if (!isFailing)
        logger.warn({ err }, 'other servers could not be told of terminals, nor asked; it is tried again');
      isFailing = true;
    }
  }

  /** Writes what is to be written, at one time only. */
  function write(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function writeAll(): Promise<void> {
    for (const end of unwritten.values()) {
      await store.transact(({ terminals }) => terminals.end(end));
      unwritten.delete(end.id);
    }
  }

  return {
    async open(terminal, maxOpen) {
      const own = { ...terminal, replicaId };
      const count = await store.transact(({ terminals }) => terminals.open(own, maxOpen));
      if (count < maxOpen) running.add(terminal.id);
      lookLater();
      return count;
    },
    async count(principalId) {
      return (await store.terminals.open({ principalId, replicaId })).length;
    },
    async list(principalId) {
      const of = { principalId, replicaId };
      const since = new Date(clock.now() - ENDED_TERMINAL_MEMORY_MS);
      const open = await store.terminals.open(of);
      const ended = await store.terminals.ended({ ...of, since, limit: TOLD_COUNT });
      return {
        items: open
          .filter(({ isEndAsked }) => !isEndAsked)
          .map(({ id, clusterName, startedAt, expiresAt }) => ({ id, cluster: clusterName, startedAt, expiresAt })),
        ended: ended.map(({ id, clusterName, endedAt, reason }) => ({ id, cluster: clusterName, endedAt, reason })),
      };
    },
    askEnd: (principalId, id) => store.transact(({ terminals }) => terminals.askEnd(id, { principalId, replicaId })),
    async ended(end) {
      running.delete(end.id);
      unwritten.set(end.id, end);
      await write().catch((err: unknown) => {
        logger.warn({ err, terminalId: end.id }, 'the end of a terminal could not be told to other servers yet');
      });
      lookLater();
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      await looking;
      await writing?.catch(() => {});
      // What the database does not take is found in the state folder at the next start.
      await write().catch(() => {});
    },
  };
}
