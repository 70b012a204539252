import type { Clock, Timer } from '@sallyport/core';
import { type BucketRate, TokenBucket } from './token-bucket.ts';

/** One answer whose bytes are paced. */
export interface PacedStream {
  /**
   * Calls `go` once `bytes` may pass: at once when there is room, later when not, always in the order of the calls. What is
   * handed in waits in memory, so the source must hold back more until `go` says that it was passed on. No bytes wait for
   * nothing but what was handed in before.
   */
  pass(bytes: number, go: () => void): void;
  /** Forgets whatever waits. */
  stop(): void;
}

/** Shares so many bytes a second among streams, in turn. */
export interface BytePacer {
  open(): PacedStream;
  setRate(rate: BucketRate): void;
  /** Bytes that wait. */
  readonly waitingBytes: number;
  /** Whether nothing waits and the bucket is as good as a new one. */
  isIdle(): boolean;
}

interface Job {
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * Makes a pacer. Whatever is handed in passes whole as soon as there is any room, also when that leaves the room in debt:
 * in t seconds no more than `perSecond * t + burst` bytes pass, and the last piece. Streams that wait take turns, one piece
 * each, so that one large answer does not hold up the small ones of the same person.
 */
export function createBytePacer(rate: BucketRate, clock: Clock): BytePacer {
  const bucket = new TokenBucket(rate, clock.monotonicMs());
  /** Streams that wait, next one first, each with what it waits with. */
  const ring = new Map<PacedStream, Job[]>();
  let waitingBytes = 0;
  let timer: Timer | undefined;
  let isPumping = false;

  function run({ bytes, go }: Job): void {
    if (bytes > 0) bucket.spend(bytes, clock.monotonicMs());
    go();
  }

  function runFirst(jobs: Job[]): void {
    const job = jobs.shift();
    if (job === undefined) return;
    waitingBytes -= job.bytes;
    run(job);
  }

  function pump(): void {
    // `go` may hand in more, or stop streams.
    if (isPumping) return;
    isPumping = true;
    try {
      for (const [stream, jobs] of ring) {
        if (bucket.level(clock.monotonicMs()) <= 0) break;
        // To the end of the ring: the loop comes to it again after everybody else's turn.
        ring.delete(stream);
        ring.set(stream, jobs);
        do runFirst(jobs);
        while (jobs[0]?.bytes === 0);
        if (jobs.length === 0 && ring.get(stream) === jobs) ring.delete(stream);
      }
    } finally {
      isPumping = false;
      arm();
    }
  }

  function arm(): void {
    timer?.cancel();
    timer = undefined;
    if (ring.size === 0) return;
    const waitMs = bucket.untilSomeMs(clock.monotonicMs());
    // Without a rate there is nothing to wait for but another rate.
    if (Number.isFinite(waitMs)) timer = clock.setTimeout(pump, waitMs);
  }

  return {
    open() {
      const stream: PacedStream = {
        pass(bytes, go) {
          const job = { bytes, go };
          const waiting = ring.get(stream);
          if (waiting === undefined && (bytes === 0 || (ring.size === 0 && bucket.level(clock.monotonicMs()) > 0))) {
            return run(job);
          }
          waitingBytes += bytes;
          if (waiting === undefined) ring.set(stream, [job]);
          else waiting.push(job);
          if (timer === undefined && !isPumping) arm();
        },
        stop() {
          const jobs = ring.get(stream);
          if (jobs === undefined) return;
          for (const { bytes } of jobs.splice(0)) waitingBytes -= bytes;
          ring.delete(stream);
          if (ring.size === 0 && !isPumping) arm();
        },
      };
      return stream;
    },
    setRate(next) {
      bucket.setRate(next, clock.monotonicMs());
      if (ring.size > 0) pump();
    },
    get waitingBytes() {
      return waitingBytes;
    },
    isIdle: () => ring.size === 0 && bucket.isFull(clock.monotonicMs()),
  };
}
