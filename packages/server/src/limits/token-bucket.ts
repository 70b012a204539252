/** What a {@link TokenBucket} refills to, and how fast. */
export interface BucketRate {
  /** Tokens per second; 0 refills nothing. */
  readonly perSecond: number;
  /** Most tokens that a rest fills up. */
  readonly burst: number;
}

/** Longest wait that a bucket states, in milliseconds: further ahead nobody can be promised a place. */
const MAX_WAIT_MS = 30_000;
/** What rounding may take from a token that has just become whole; far below what could let one more through. */
const ROUNDING = 1e-9;

/**
 * Tokens that refill with time. In any span of t seconds no more than `perSecond * t + burst` are taken.
 *
 * Instants are monotonic milliseconds that the caller brings, never earlier than the last. The level is always computed from
 * one anchor, by one multiplication and an exact count, so that rounding does not add up however often tokens are taken.
 */
export class TokenBucket {
  #rate: BucketRate;
  #anchorMs: number;
  #anchorLevel: number;
  #taken = 0;
  /** Until when tokens that have not come yet are spoken for, by those who were told to wait. */
  #promisedMs = Number.NEGATIVE_INFINITY;

  /** A full bucket. */
  constructor(rate: BucketRate, atMs: number) {
    this.#rate = rate;
    this.#anchorMs = atMs;
    this.#anchorLevel = rate.burst;
  }

  /** Tokens there are; negative after {@link TokenBucket.spend} took more. */
  level(atMs: number): number {
    const level = this.#anchorLevel + ((atMs - this.#anchorMs) * this.#rate.perSecond) / 1_000 - this.#taken;
    if (level < this.#rate.burst) return level;
    this.#anchor(this.#rate.burst, atMs);
    return this.#rate.burst;
  }

  /**
   * Takes one token, or yields for how many milliseconds to wait. Whoever is told to wait has a place: the next one is told
   * to wait for the token after. Without that, all who wait would come back at one instant for one token, again and again.
   * A place is not kept from those who come without one.
   */
  take(atMs: number): number | undefined {
    const level = this.level(atMs);
    if (level >= 1 - ROUNDING) {
      this.#taken += 1;
      return undefined;
    }
    const perTokenMs = 1_000 / this.#rate.perSecond;
    const dueMs = Math.max(atMs + (1 - level) * perTokenMs, this.#promisedMs + perTokenMs);
    if (!(dueMs - atMs <= MAX_WAIT_MS)) return MAX_WAIT_MS;
    this.#promisedMs = dueMs;
    return dueMs - atMs;
  }

  /** Takes `count` tokens even when there are fewer. */
  spend(count: number, atMs: number): void {
    this.level(atMs);
    this.#taken += count;
  }

  /** Milliseconds until more than no token is there; 0 when one is, `Infinity` when none will come. */
  untilSomeMs(atMs: number): number {
    const level = this.level(atMs);
    if (level > 0) return 0;
    if (this.#rate.perSecond === 0) return Number.POSITIVE_INFINITY;
    // A whole millisecond is the least that timers know, and what is exactly empty has not yet some.
    return Math.floor((-level / this.#rate.perSecond) * 1_000) + 1;
  }

  /** Goes on at another rate, with the tokens there are, as far as they fit. */
  setRate(rate: BucketRate, atMs: number): void {
    if (rate.perSecond === this.#rate.perSecond && rate.burst === this.#rate.burst) return;
    const level = this.level(atMs);
    const aheadMs = Math.max(0, this.#promisedMs - atMs);
    // Tokens that are spoken for come at the new rate as well.
    this.#promisedMs = rate.perSecond === 0 ? atMs : atMs + (aheadMs * this.#rate.perSecond) / rate.perSecond;
    this.#rate = rate;
    this.#anchor(Math.min(level, rate.burst), atMs);
  }

  /** Whether the bucket is as good as a new one. */
  isFull(atMs: number): boolean {
    return this.level(atMs) >= this.#rate.burst;
  }

  #anchor(level: number, atMs: number): void {
    this.#anchorMs = atMs;
    this.#anchorLevel = level;
    this.#taken = 0;
  }
}
