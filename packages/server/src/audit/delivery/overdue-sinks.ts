import type { Clock, Logger, OrganizationId, Timer } from '@sallyport/core';
import type { SinkCursor } from '../../stores/audit-sink-contracts.ts';
import type { Store } from '../../stores/contracts.ts';
import { eventsBehind, isBehindBounds } from './sink-bounds.ts';
import type { DeliveryTarget } from './target.ts';

/** A required sink that is further behind than it may be. */
export interface OverdueSink {
  readonly name: string;
  readonly eventsBehind: number;
  readonly maxEvents: number;
  readonly maxTimeMs: number;
}

/** Which required sinks are overdue, by organization; under `undefined` one that every organization waits for. */
export type OverdueSinks = ReadonlyMap<OrganizationId | undefined, OverdueSink>;

/** Finds the required sinks that are further behind than they may be. */
export function findOverdue(
  targets: readonly Pick<DeliveryTarget, 'key' | 'name' | 'of' | 'bounds'>[],
  cursors: readonly SinkCursor[],
  at: Date,
): OverdueSinks {
  const overdue = new Map<OrganizationId | undefined, OverdueSink>();
  for (const { key, name, of, bounds } of targets) {
    if (bounds.delivery !== 'required') continue;
    const late = cursors.find((cursor) => cursor.sink === key && isBehindBounds(cursor, bounds, at));
    if (late === undefined) continue;
    const { maxEvents, maxTimeMs } = bounds;
    overdue.set(of?.organizationId, { name, eventsBehind: eventsBehind(late), maxEvents, maxTimeMs });
  }
  return overdue;
}

/** Which required sinks are overdue, as this server saw it last. */
export interface OverdueWatch {
  /** The one for which requests of an organization are refused. */
  of(organizationId: OrganizationId | undefined): OverdueSink | undefined;
  close(): Promise<void>;
}

/**
 * Looks every second which required sinks are overdue: every server for itself, so that all refuse, and go on, within that time.
 * While the database can't be asked, what was seen last stands; requests are refused then for other reasons.
 */
export function watchOverdueSinks(options: {
  readonly store: Pick<Store, 'auditSinks'>;
  /** The sinks of now that are not disabled. */
  readonly targets: () => readonly DeliveryTarget[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Defaults to 1 000. */
  readonly intervalMs?: number;
}): OverdueWatch {
  const { store, targets, clock, logger, intervalMs = 1_000 } = options;
  let overdue: OverdueSinks = new Map();
  let isClosed = false;
  let timer: Timer | undefined;

  async function look(): Promise<void> {
    try {
      const required = targets().filter(({ bounds }) => bounds.delivery === 'required');
      const cursors = required.length === 0 ? [] : await store.auditSinks.cursors();
      const seen = findOverdue(required, cursors, new Date(clock.now()));
      tellChange(overdue, seen);
      overdue = seen;
    } catch (err) {
      logger.warn({ err }, 'whether audit sinks are overdue could not be looked up');
    }
    if (!isClosed) timer = clock.setTimeout(start, intervalMs);
  }

  function tellChange(before: OverdueSinks, after: OverdueSinks): void {
    for (const [organizationId, { name, eventsBehind: count }] of after) {
      if (before.get(organizationId)?.name === name) continue;
      logger.error(
        { sink: name, organizationId, eventsBehind: count },
        'requests are refused: a required audit sink is overdue',
      );
    }
    for (const [organizationId, { name }] of before) {
      if (!after.has(organizationId))
        logger.info({ sink: name, organizationId }, 'a required audit sink has caught up');
    }
  }

  let looking: Promise<void> = Promise.resolve();
  function start(): void {
    looking = look();
  }
  start();
  return {
    of: (organizationId) => overdue.get(organizationId) ?? overdue.get(undefined),
    async close() {
      isClosed = true;
      timer?.cancel();
      await looking;
    },
  };
}
