import type { Clock, Logger, LoginSessionId, Timer } from '@sallyport/core';
import type { Store } from '../stores/contracts.ts';

/** Remembers when login sessions were used, and writes it down now and then. */
export interface SessionActivity {
  /** Notes a use, now. Costs a map entry: fit for every request. */
  use(id: LoginSessionId): void;
  /** The last use that this server saw and has not written down yet. */
  lastUse(id: LoginSessionId): Date | undefined;
  /** Writes down what is new, in one transaction. */
  flush(): Promise<void>;
  /** Writes down what is new and stops. */
  close(): Promise<void>;
}

/**
 * How often uses are written down, in milliseconds. Another server, and whoever looks at the list of sessions, sees them
 * that much late.
 */
export const ACTIVITY_FLUSH_MS = 30_000;

/** Creates the memory of uses. One write for all sessions: a thousand busy people cost two statements a minute. */
export function createSessionActivity(options: {
  readonly store: Pick<Store, 'transact'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): SessionActivity {
  const { store, clock, logger } = options;
  let uses = new Map<LoginSessionId, Date>();
  let timer: Timer | undefined;
  let flushing: Promise<void> = Promise.resolve();

  async function writeDown(): Promise<void> {
    timer?.cancel();
    timer = undefined;
    const written = uses;
    if (written.size === 0) return;
    try {
      await store.transact((tx) => tx.touchLoginSessions(written));
      for (const [id, at] of written) if (uses.get(id) === at) uses.delete(id);
    } catch (error) {
      // They stay, and are written with the next ones.
      logger.warn({ err: error, count: written.size }, 'uses of login sessions could not be written down');
      arm();
    }
  }

  function flush(): Promise<void> {
    flushing = flushing.then(writeDown);
    return flushing;
  }

  function arm(): void {
    timer ??= clock.setTimeout(() => void flush(), ACTIVITY_FLUSH_MS);
  }

  return {
    use(id) {
      uses.set(id, new Date(clock.now()));
      arm();
    },
    lastUse: (id) => uses.get(id),
    flush,
    async close() {
      await flush();
      timer?.cancel();
      uses = new Map();
    },
  };
}
