import { MIN_WINDOW_BYTES } from './limits.ts';
import type { WindowBudget } from './window-budget.ts';

/** What the windows of one tunnel share. */
export interface WindowPolicy {
  readonly initialWindowBytes: number;
  readonly maxWindowBytes: number;
  /** Budget of the tunnel, and the one of the process behind it. */
  readonly budgets: readonly [WindowBudget, WindowBudget];
  /** Milliseconds, never going back. */
  now(): number;
  /** Last measured round trip, milliseconds. */
  roundTripMs(): number;
}

/**
 * Turn-around of two busy event loops on top of the network's round trip, in milliseconds. Without it a window on
 * loopback, where the idle round trip is a fraction of this, would never grow and would itself be the limit.
 */
const LOOP_SLACK_MS = 5;

/** Credit that one direction of one stream has been given. PROTOCOL.md, section 6. */
export class ReceiveWindow {
  /** Bytes reserved in the budgets: most that can be in flight or unconsumed. */
  size: number;
  /** Bytes the peer may still send. */
  credit: number;
  readonly #policy: WindowPolicy;
  /** Received, and not yet consumed. */
  #unconsumed = 0;
  /** Consumed, and not yet given back. */
  #unreturned = 0;
  #consumedSinceMark = 0;
  #markedAt: number;

  constructor(policy: WindowPolicy, size: number) {
    this.#policy = policy;
    this.size = size;
    this.credit = size;
    this.#markedAt = -1;
  }

  /** Counts bytes that arrived; `false` when the peer overran its credit. */
  receive(bytes: number): boolean {
    if (this.#markedAt < 0) this.#markedAt = this.#policy.now();
    this.credit -= bytes;
    this.#unconsumed += bytes;
    return this.credit >= 0;
  }

  /** Raises the window to the initial size when the budgets allow; returns the credit to grant. */
  widen(): number {
    const extra = this.#policy.initialWindowBytes - this.size;
    if (extra <= 0 || !reserve(this.#policy, extra)) return 0;
    this.size += extra;
    this.credit += extra;
    return extra;
  }

  /** Counts bytes the consumer took; returns the credit to grant now, or `0` while less than half a window is owed. */
  consume(bytes: number): number {
    // A consumer that counts a byte twice must not widen its own window.
    const taken = Math.min(bytes, this.#unconsumed);
    this.#unconsumed -= taken;
    this.#unreturned += taken;
    if (this.#unreturned * 2 < this.size) return 0;
    const returned = this.#unreturned;
    this.#unreturned = 0;
    const grant = this.#shrink(returned + this.#grow(returned));
    this.credit += grant;
    return grant;
  }

  /** Gives the reservation back; nothing may be called after it. */
  release(): void {
    for (const budget of this.#policy.budgets) budget.release(this.size);
    this.size = 0;
  }

  /** Doubles the window when all of it went through within about two round trips. */
  #grow(returned: number): number {
    this.#consumedSinceMark += returned;
    if (this.#consumedSinceMark < this.size) return 0;
    const now = this.#policy.now();
    const isFast = now - this.#markedAt <= 2 * this.#policy.roundTripMs() + LOOP_SLACK_MS;
    this.#markedAt = now;
    this.#consumedSinceMark = 0;
    const extra = Math.min(this.size, this.#policy.maxWindowBytes - this.size);
    if (!isFast || extra <= 0 || !reserve(this.#policy, extra)) return 0;
    this.size += extra;
    return extra;
  }

  /** Keeps credit back while a budget is overdrawn, so that windows fall towards the floor. */
  #shrink(grant: number): number {
    const { budgets } = this.#policy;
    if (budgets[0].usedBytes <= budgets[0].limitBytes && budgets[1].usedBytes <= budgets[1].limitBytes) return grant;
    const withheld = Math.min(grant, Math.max(0, Math.min(this.size >>> 1, this.size - MIN_WINDOW_BYTES)));
    this.size -= withheld;
    for (const budget of budgets) budget.release(withheld);
    return grant - withheld;
  }
}

/** Makes the window of a stream we open: OPEN carries its size. */
export function createOpenerWindow(policy: WindowPolicy): ReceiveWindow {
  if (reserve(policy, policy.initialWindowBytes)) return new ReceiveWindow(policy, policy.initialWindowBytes);
  return createAcceptorWindow(policy);
}

/** Makes the window of a stream we accept: the floor, which the peer may count on without being told. */
export function createAcceptorWindow(policy: WindowPolicy): ReceiveWindow {
  for (const budget of policy.budgets) budget.reserve(MIN_WINDOW_BYTES);
  return new ReceiveWindow(policy, MIN_WINDOW_BYTES);
}

function reserve(policy: WindowPolicy, bytes: number): boolean {
  const [tunnel, process] = policy.budgets;
  if (!tunnel.tryReserve(bytes)) return false;
  if (process.tryReserve(bytes)) return true;
  tunnel.release(bytes);
  return false;
}
