import { type Clock, createAlarm, type Logger, silentLogger, systemClock, type Timer } from '@sallyport/core';
import { type BuiltSnapshot, buildSnapshot, rebuildSnapshot } from './build-snapshot.ts';
import type { Snapshot, SnapshotSource } from './snapshot.ts';
import { rolledBack } from './stores/errors.ts';
import type { Store } from './stores/index.ts';

/** Options of {@link createSnapshotSource}. */
export interface SnapshotSourceOptions {
  readonly store: Pick<Store, 'changes'>;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Defaults to silence. */
  readonly logger?: Logger;
  /** How often the head of the change feed is asked for, in milliseconds. Defaults to 500. */
  readonly pollIntervalMs?: number;
  /** How old the last answer of the change feed may be for new decisions, in milliseconds. Defaults to 2 000. */
  readonly leaseMs?: number;
}

/**
 * Reads the first snapshot and keeps it current until closed. A change, of whatever replica, is noticed when the feed tells of
 * it, and at the latest when the head is next asked for; that question is the heartbeat, whose answer alone extends the lease.
 * A notification says that something changed but proves nothing about now, and its absence nothing at all. A database that
 * stalls or fails leaves the last snapshot standing and lets the lease run out; `current` never waits.
 *
 * Grants start and end at their instants: one timer is set to the next of them, whatever the database does meanwhile.
 * @throws StoreError when the first snapshot can't be read
 */
export async function createSnapshotSource(options: SnapshotSourceOptions): Promise<SnapshotSource> {
  const { store, clock = systemClock, logger = silentLogger, pollIntervalMs = 500, leaseMs = 2_000 } = options;
  const listeners = new Set<(snapshot: Snapshot) => void>();
  let answeredAtMs = clock.monotonicMs();
  let built = buildSnapshot(await store.changes.read(), now());
  let current = built.snapshot;
  let timer: Timer | undefined;
  let closed = false;
  let failing = false;
  /** A read that has not been sent yet, shared by everyone who asks for one meanwhile. */
  let next: Promise<Snapshot> | undefined;
  let reading: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Snapshot> {
    next = undefined;
    // Taken before the question: an answer proves freshness as of when it was asked for.
    const askedAtMs = clock.monotonicMs();
    const changes = await store.changes.read(current.version);
    // What was taken away since is not in there: better no decisions at all, until somebody says what the database is.
    if (changes.version < current.version) {
      throw rolledBack(`the database is at change ${changes.version}, this server has seen ${current.version}`);
    }
    answered(askedAtMs);
    if (changes.version !== current.version) publish(buildSnapshot(changes, now(), built));
    return current;
  }

  function publish(next: BuiltSnapshot): void {
    built = next;
    current = next.snapshot;
    if (!closed) alarm.setTo(next.grants.nextAtMs);
    for (const listener of listeners) notify(listener);
  }

  function now(): Date {
    return new Date(clock.now());
  }

  function answered(askedAtMs: number): void {
    answeredAtMs = Math.max(answeredAtMs, askedAtMs);
    if (failing) logger.info({ version: current.version }, 'the change feed answers again');
    failing = false;
  }

  function notify(listener: (snapshot: Snapshot) => void): void {
    try {
      listener(current);
    } catch (err) {
      // One listener's fault must not keep the others from ending what lost its basis.
      logger.error({ err }, 'a snapshot listener failed');
    }
  }

  function refresh(): Promise<Snapshot> {
    // A read already under way may have started before the caller's commit, so the caller shares the one after it.
    next ??= reading.then(read, read);
    reading = next.catch(() => {});
    return next;
  }

  async function poll(): Promise<void> {
    const askedAtMs = clock.monotonicMs();
    try {
      const head = await store.changes.head();
      if (head === current.version) answered(askedAtMs);
      else await refresh();
    } catch (err) {
      unanswered(err);
    }
    if (!closed) schedule();
  }

  function unanswered(err: unknown): void {
    if (!failing && !closed) logger.error({ err, version: current.version }, 'the change feed does not answer');
    failing = true;
  }

  function schedule(): void {
    timer = clock.setTimeout(() => void poll(), pollIntervalMs);
  }

  const alarm = createAlarm(clock, () => publish(rebuildSnapshot(built, now())));
  alarm.setTo(built.grants.nextAtMs);
  schedule();
  const unwatch = store.changes.watch((seq) => {
    // Own changes are often there already, by the refresh of whoever made them.
    if (seq > current.version) refresh().catch(unanswered);
  });
  return {
    current: () => current,
    isFresh: () => !closed && clock.monotonicMs() - answeredAtMs <= leaseMs,
    refresh,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      unwatch();
      timer?.cancel();
      alarm.setTo(undefined);
      listeners.clear();
      await reading;
    },
  };
}
