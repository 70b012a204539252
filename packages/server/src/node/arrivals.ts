import { type Clock, systemClock } from '@sallyport/core';
import { tryAddress } from '../authn/local/lock-out.ts';

/** How connections are let in. */
export interface ArrivalLimits {
  /** Connections let in per turn of the event loop. Default 8: a TLS handshake takes about a millisecond of it. */
  readonly perTurn: number;
  /** Longest wait for that, in milliseconds. Default 10,000: as long as a handshake may take. Then the connection is closed. */
  readonly maxWaitMs: number;
}

/** Limits in force where the options name none. */
export const ARRIVAL_LIMITS: ArrivalLimits = Object.freeze({ perTurn: 8, maxWaitMs: 10_000 });

/** A connection that waits to be let in. */
export interface Arrival {
  /** Who takes turns: the peer, in the form of {@link plainAddress}, or another name without a colon. */
  readonly address: string;
  /** Lets it in. Not called for a connection that has gone meanwhile; that is for the caller to look at. */
  start(): void;
  /** It has waited for too long. */
  drop(): void;
}

/** The queue in front of what costs much for each connection. */
export interface Arrivals {
  /** Lets a connection in: at once where nobody waits. */
  enter(arrival: Arrival): void;
}

/**
 * Makes a queue in which addresses take turns (of IPv6, networks of 64 bits): however many connections one of them opens, the next
 * one's connection waits behind one of them only, and what is under way already is never held up for longer than a turn.
 */
export function createArrivals(limits: ArrivalLimits = ARRIVAL_LIMITS, clock: Clock = systemClock): Arrivals {
  interface Waiting {
    readonly arrival: Arrival;
    readonly sinceMs: number;
  }
  /** In the order of their turns: who had one goes to the end. */
  const queues = new Map<string, Waiting[]>();
  let left = limits.perTurn;
  let isArmed = false;

  function arm(): void {
    if (isArmed) return;
    isArmed = true;
    setImmediate(turn);
  }

  function turn(): void {
    isArmed = false;
    left = limits.perTurn;
    while (left > 0 && queues.size > 0) {
      const { arrival, sinceMs } = next();
      if (clock.monotonicMs() - sinceMs >= limits.maxWaitMs) {
        arrival.drop();
        continue;
      }
      left -= 1;
      arrival.start();
    }
    if (left < limits.perTurn || queues.size > 0) arm();
  }

  function next(): Waiting {
    const [key, queue] = queues.entries().next().value as [string, Waiting[]];
    queues.delete(key);
    const first = queue.shift() as Waiting;
    if (queue.length > 0) queues.set(key, queue);
    return first;
  }

  return {
    enter(arrival) {
      arm();
      if (queues.size === 0 && left > 0) {
        left -= 1;
        arrival.start();
        return;
      }
      const key = tryAddress(arrival.address);
      const queue = queues.get(key);
      const waiting = { arrival, sinceMs: clock.monotonicMs() };
      if (queue === undefined) queues.set(key, [waiting]);
      else queue.push(waiting);
    },
  };
}
