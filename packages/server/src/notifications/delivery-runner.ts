import type { Clock, Logger, NotificationChannelId } from '@sallyport/core';
import { type SingleRunner, startSingleRunner } from '../single-runner.ts';
import type { QueuedNotification, Store } from '../stores/contracts.ts';
import type { Lease } from '../stores/key-contracts.ts';
import type { Deliver } from './deliver.ts';

/** What {@link startDeliveries} works with. */
export interface DeliveriesOptions {
  readonly store: Pick<Store, 'leases' | 'notifications'>;
  /** Which server this is. */
  readonly holder: string;
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often what others queued, and what is to be tried again, is looked for. Default 5,000. */
  readonly intervalMs?: number;
}

/** Notifications that are read at once. */
const BATCH = 100;
/** Channels that are sent to at once. */
const MAX_BUSY_CHANNELS = 16;

/**
 * Delivers what is in the outbox, on one server at a time: at once what this server queued, the rest within the interval. Each
 * channel is sent to by itself, one notification after the other, so that one which hangs delays no other.
 */
export function startDeliveries(options: DeliveriesOptions): { close(): Promise<void> } {
  const { store, holder, deliver, clock, logger, intervalMs = 5_000 } = options;
  const busy = new Map<NotificationChannelId, Promise<void>>();
  let isClosed = false;

  async function run(lease: Lease): Promise<void> {
    const due = await store.notifications.due(new Date(clock.now()), BATCH, [...busy.keys()]);
    const ofChannel = new Map<NotificationChannelId, QueuedNotification[]>();
    for (const each of due) ofChannel.set(each.channelId, [...(ofChannel.get(each.channelId) ?? []), each]);
    for (const [channelId, queue] of ofChannel) {
      if (busy.size >= MAX_BUSY_CHANNELS || isClosed) return;
      busy.set(channelId, serve(channelId, queue, lease));
    }
  }

  async function serve(channelId: NotificationChannelId, queue: readonly QueuedNotification[], lease: Lease) {
    let isTaken = true;
    try {
      for (const notification of queue) {
        if (isClosed) return;
        isTaken = await deliver(notification, lease);
        // What failed once most likely fails for the others too; they are due still.
        if (!isTaken) break;
      }
    } catch (err) {
      isTaken = false;
      logger.warn({ err, channelId }, 'what came of a notification could not be noted; it is sent again');
    } finally {
      busy.delete(channelId);
      if (isTaken) runner.wake();
    }
  }

  const runner: SingleRunner = startSingleRunner({
    name: 'notifications',
    holder,
    leases: store.leases,
    intervalMs,
    clock,
    logger,
    run,
  });
  const stopWatching = store.notifications.watch(() => runner.wake());
  return {
    async close() {
      isClosed = true;
      stopWatching();
      await runner.close();
      await Promise.all(busy.values());
    },
  };
}
