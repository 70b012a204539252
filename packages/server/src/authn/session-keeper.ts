import type { Clock, Logger, LoginSessionId, Timer } from '@sallyport/core';
import type { SnapshotSource } from '../snapshot.ts';
import { type LoginSessions, type SessionEnd, sessionRulesOf } from './login-sessions.ts';
import { ACTIVITY_FLUSH_MS, type SessionActivity } from './session-activity.ts';
import { endOfSession } from './session-rules.ts';

/** Ends login sessions that have come to their end, and what hangs on them. */
export interface SessionKeeper {
  /** Looks over all sessions once; says how many it ended. */
  sweep(): Promise<number>;
  start(): void;
  close(): Promise<void>;
}

/** How often sessions are looked over, in milliseconds. */
export const SESSION_SWEEP_MS = 30_000;

/**
 * Creates the keeper. A session that ended by itself is refused anyway; the keeper is what closes its open streams, tells the
 * audit log, and deletes the row. A rest is counted from the last use that any server wrote down, so it may last two
 * flushes longer than configured.
 */
export function createSessionKeeper(options: {
  readonly snapshots: SnapshotSource;
  readonly loginSessions: LoginSessions;
  readonly activity: SessionActivity;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absolute life of sessions by configuration, in milliseconds. */
  readonly lifetimeMs?: number;
}): SessionKeeper {
  const { snapshots, loginSessions, activity, clock, logger } = options;
  let timer: Timer | undefined;
  let isClosed = false;
  let sweeping: Promise<unknown> = Promise.resolve();

  async function sweep(): Promise<number> {
    const snapshot = snapshots.current();
    const now = clock.now();
    const ended = new Map<SessionEnd, LoginSessionId[]>();
    for (const session of snapshot.loginSessions.values()) {
      const { idleMs: _, ...absolute } = sessionRulesOf(snapshot, session.organizationId, options.lifetimeMs);
      const rules = sessionRulesOf(snapshot, session.organizationId, options.lifetimeMs);
      const isOver = endOfSession(session, absolute).getTime() <= now;
      const isIdle =
        endOfSession(session, rules, activity.lastUse(session.id)).getTime() + 2 * ACTIVITY_FLUSH_MS <= now;
      if (!isOver && !isIdle) continue;
      const reason = isOver ? 'expired' : 'idle';
      ended.set(reason, [...(ended.get(reason) ?? []), session.id]);
    }
    let count = 0;
    for (const [reason, ids] of ended) count += await loginSessions.endAll(ids, undefined, reason);
    return count;
  }

  return {
    sweep,
    start() {
      const tick = async () => {
        sweeping = sweep().catch((error: unknown) => {
          logger.warn({ err: error }, 'login sessions could not be looked over');
        });
        await sweeping;
        if (!isClosed) timer = clock.setTimeout(() => void tick(), SESSION_SWEEP_MS);
      };
      timer = clock.setTimeout(() => void tick(), SESSION_SWEEP_MS);
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      await sweeping;
    },
  };
}
