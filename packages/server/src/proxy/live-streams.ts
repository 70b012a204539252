import type { Clock, Timer } from '@sallyport/core';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import type { Refusal } from './refusal.ts';

/** A request under way, as live enforcement sees it. */
export interface LiveStream {
  /** Version of the snapshot that the stream was decided on. */
  readonly snapshotVersion: number;
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
 * Keeps open streams: ends those that a change of the snapshot takes the basis from, and sees to their capabilities.
 * One timer serves all of them, so that a request of a millisecond costs none.
 */
export function createLiveStreams(snapshots: SnapshotSource, clock: Clock): LiveStreams {
  const streams = new Set<LiveStream>();
  let sweep: Timer | undefined;

  function enforce(stream: LiveStream, snapshot: Snapshot): boolean {
    const refusal = stream.recheck(snapshot);
    if (refusal !== undefined) stream.end(refusal);
    return refusal === undefined;
  }

  function renewAll(): void {
    sweep = undefined;
    // Without a fresh snapshot nothing is decided, so nothing is renewed: the agent ends what runs out.
    if (snapshots.isFresh()) {
      const snapshot = snapshots.current();
      for (const stream of streams) if (enforce(stream, snapshot)) stream.renew(clock.now());
    }
    arm();
  }

  function arm(): void {
    if (streams.size > 0) sweep ??= clock.setTimeout(renewAll, RENEW_SWEEP_MS);
  }

  const stop = snapshots.onChange((snapshot) => {
    for (const stream of streams) enforce(stream, snapshot);
  });

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
      return () => void streams.delete(stream);
    },
    close(refusal) {
      stop();
      sweep?.cancel();
      for (const stream of streams) stream.end(refusal);
    },
  };
}
