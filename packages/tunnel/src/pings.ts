import type { Clock } from '@sallyport/core';
import type { TunnelError } from './errors.ts';
import { MAX_UNANSWERED_PINGS } from './limits.ts';

interface Outstanding {
  readonly id: number;
  readonly sentAt: number;
  readonly result: PromiseWithResolvers;
}

interface PromiseWithResolvers {
  readonly promise: Promise<number>;
  readonly resolve: (roundTripMs: number) => void;
  readonly reject: (error: TunnelError) => void;
}

/** PINGs that are under way, and the round trip they measured. PROTOCOL.md, section 3.9. */
export class Pings {
  /** Shortest of the last few round trips: longer ones measure a queue rather than the network. */
  roundTripMs = 0;
  readonly #clock: Clock;
  readonly #send: (id: number) => void;
  readonly #outstanding: Outstanding[] = [];
  readonly #samples: number[] = [];
  #nextId = 0;

  constructor(clock: Clock, send: (id: number) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Sends a PING; one that would be too many shares the answer of the newest. */
  ping(): Promise<number> {
    const newest = this.#outstanding.at(-1);
    if (newest !== undefined && this.#outstanding.length >= MAX_UNANSWERED_PINGS) return newest.result.promise;
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) >>> 0;
    const result = withResolvers();
    this.#outstanding.push({ id, sentAt: this.#clock.monotonicMs(), result });
    this.#send(id);
    return result.promise;
  }

  /** Takes a PONG; `false` when no PING has that number. */
  onPong(id: number): boolean {
    // A reliable, ordered link answers in order.
    const [first] = this.#outstanding;
    if (first?.id !== id) return false;
    this.#outstanding.shift();
    const roundTripMs = this.#clock.monotonicMs() - first.sentAt;
    this.#samples.push(roundTripMs);
    if (this.#samples.length > 4) this.#samples.shift();
    this.roundTripMs = Math.min(...this.#samples);
    first.result.resolve(roundTripMs);
    return true;
  }

  fail(error: TunnelError): void {
    for (const { result } of this.#outstanding.splice(0)) result.reject(error);
  }
}

function withResolvers(): PromiseWithResolvers {
  let resolve!: (roundTripMs: number) => void;
  let reject!: (error: TunnelError) => void;
  const promise = new Promise<number>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // The keepalive's own PINGs have nobody to await them.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
