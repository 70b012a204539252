import type { Clock, Timer } from '@sallyport/core';
import type { Authenticated } from '../proxy/authenticate.ts';
import { type ByteAllowance, createByteAllowance } from './byte-allowance.ts';
import { createRequestAllowance, type RequestAllowance } from './request-allowance.ts';
import type { SharedLimit, Shares } from './shares.ts';
import { createStreamAllowance, type StreamAllowance, type StreamCount } from './stream-allowance.ts';
import type { BucketRate } from './token-bucket.ts';

/** What principals have used of their limits on this server. */
export interface Allowances {
  requests(who: Authenticated, rate: BucketRate): RequestAllowance;
  /** Of this server alone: not shared with others. */
  refusals(who: Authenticated, rate: BucketRate): RequestAllowance;
  bytes(who: Authenticated, perSecond: number): ByteAllowance;
  streams(who: Authenticated, limit: number, count: StreamCount): StreamAllowance;
  streamCount(who: Authenticated): StreamCount;
  close(): void;
}

/** How often what is idle is dropped, in milliseconds. */
const SWEEP_MS = 10_000;

/**
 * Keeps an allowance for each principal, cluster and limit that is in use, and drops those that are as good as new: memory is
 * bounded by what is asked for within the time in which buckets fill.
 */
export function createAllowances(shares: Shares, clock: Clock): Allowances {
  const requests = new Map<string, RequestAllowance>();
  const refusals = new Map<string, RequestAllowance>();
  const bytes = new Map<string, ByteAllowance>();
  const streams = new Map<string, StreamAllowance>();
  const counts = new Map<string, StreamCount>();
  let timer: Timer | undefined;

  function obtain<Kept>(from: Map<string, Kept>, key: string, make: (key: string) => Kept): Kept {
    const known = from.get(key);
    if (known !== undefined) return known;
    const made = make(key);
    from.set(key, made);
    timer ??= clock.setTimeout(sweep, SWEEP_MS);
    return made;
  }

  function shared<Limit extends SharedLimit>(limit: Limit): Limit {
    shares.join(limit);
    return limit;
  }

  function sweep(): void {
    for (const kept of [requests, bytes, streams]) {
      for (const [key, allowance] of kept) {
        if (!allowance.isIdle()) continue;
        kept.delete(key);
        shares.leave(allowance);
      }
    }
    for (const [key, allowance] of refusals) if (allowance.isIdle()) refusals.delete(key);
    for (const [key, { open }] of counts) if (open === 0) counts.delete(key);
    const isInUse = [requests, refusals, bytes, streams, counts].some(({ size }) => size > 0);
    timer = isInUse ? clock.setTimeout(sweep, SWEEP_MS) : undefined;
  }

  return {
    requests: (who, rate) =>
      obtain(requests, `${whose(who)} requests ${rate.perSecond} ${rate.burst}`, (key) =>
        shared(createRequestAllowance(key, rate, clock)),
      ),
    refusals: (who, rate) => obtain(refusals, whose(who), (key) => createRequestAllowance(key, rate, clock)),
    bytes: (who, perSecond) =>
      obtain(bytes, `${whose(who)} bytes ${perSecond}`, (key) => shared(createByteAllowance(key, perSecond, clock))),
    streams: (who, limit, count) =>
      obtain(streams, `${whose(who)} streams ${limit}`, (key) =>
        shared(createStreamAllowance(key, limit, count, clock)),
      ),
    streamCount: (who) => obtain(counts, whose(who), () => ({ open: 0 })),
    close() {
      timer?.cancel();
    },
  };
}

/** What allowances are kept by. */
export function whose({ principal, cluster }: Authenticated): string {
  return `${principal.id} ${cluster.id}`;
}
