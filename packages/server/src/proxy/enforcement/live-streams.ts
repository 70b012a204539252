import { type Clock, createAlarm, type Timer } from '@sallyport/core';
import type { Snapshot, SnapshotSource } from '../../snapshot.ts';
import type { Refusal } from '../refusal.ts';

/** A request under way, as live enforcement sees it. */
export interface LiveStream {
  /** Version of the snapshot that the stream was decided on. */
  readonly snapshotVersion: number;
  /**
   * When it has to be decided again although nothing has changed, in milliseconds since the epoch: a grant or a login session
   * ends then. Changes with each recheck. Absent: never.
   */
  readonly recheckAtMs: number | undefined;
  /** Decides again on `snapshot`; a refusal means that the basis of the stream is gone. */
  recheck(snapshot: Snapshot): Refusal | undefined;
  /** Ends the stream in its own protocol, with the reason. */
  end(refusal: Refusal): void;
  /** Sends a new capability when the old one is about to end. */
  renew(nowMs: number): void;
}

/** Every open stream of this replica. */
export interface LiveStreams {
  readonly size: number;
  /** Registers a stream; returns the way to take it out when it ends. */
  add(stream: LiveStream): () => void;
  /** Ends every stream with a reason, and listens to changes no more. */
  close(refusal: Refusal): void;
}

/** How often streams are asked whether they need a new capability. Well below the margin they renew with. */
const RENEW_SWEEP_MS = 5_000;

/**
 * Keeps open streams: ends those that a change of the snapshot, or the clock, takes the basis from, and sees to their
 * capabilities. Two timers serve all of them, so that a request of a millisecond costs none: one sweeps, the other is set to
 * the instant at which the first of them loses a grant or its login session.
 */
export function createLiveStreams(snapshots: SnapshotSource, clock: Clock): LiveStreams {
  const streams = new Set<LiveStream>();
  let sweep: Timer | undefined;
  let nextMs = Number.POSITIVE_INFINITY;
  const alarm = createAlarm(clock, endDue);

  function enforce(stream: LiveStream, snapshot: Snapshot): boolean {
    const refusal = stream.recheck(snapshot);
    if (refusal !== undefined) stream.end(refusal);
    else awaitEnd(stream);
    return refusal === undefined;
  }

  function awaitEnd({ recheckAtMs = Number.POSITIVE_INFINITY }: LiveStream): void {
    if (recheckAtMs >= nextMs) return;
    nextMs = recheckAtMs;
    alarm.setTo(nextMs);
  }

  function endDue(): void {
    const nowMs = clock.now();
    const snapshot = snapshots.current();
    nextMs = Number.POSITIVE_INFINITY;
    for (const stream of streams) {
      if (stream.recheckAtMs !== undefined && stream.recheckAtMs <= nowMs) enforce(stream, snapshot);
      else awaitEnd(stream);
    }
  }

  function keep(snapshot: Snapshot): void {
    // Without a fresh snapshot nothing new is decided, so nothing is renewed: the agent ends what runs out.
    const isFresh = snapshots.isFresh();
    for (const stream of streams) if (enforce(stream, snapshot) && isFresh) stream.renew(clock.now());
  }

  function keepAll(): void {
    sweep = undefined;
    keep(snapshots.current());
    arm();
  }

  function arm(): void {
    if (streams.size > 0) sweep ??= clock.setTimeout(keepAll, RENEW_SWEEP_MS);
  }

  const stop = snapshots.onChange(keep);

  return {
    get size() {
      return streams.size;
    },
    add(stream) {
      streams.add(stream);
      arm();
      // What changed between the decision and now was told to others only.
      const snapshot = snapshots.current();
      if (snapshot.version !== stream.snapshotVersion) enforce(stream, snapshot);
      else awaitEnd(stream);
      return () => void streams.delete(stream);
    },
    close(refusal) {
      stop();
      sweep?.cancel();
      for (const stream of streams) stream.end(refusal);
      alarm.setTo(undefined);
    },
  };
}
