import type { Clock } from '@sallyport/core';
import type { Authenticated } from '../proxy/authenticate.ts';
import type { Refusal } from '../proxy/refusal.ts';
import { createAllowances, whose } from './allowances.ts';
import type { PacedStream } from './byte-pacer.ts';
import { isStream, type LimitedRequest } from './is-stream.ts';
import { floodOfRefusals, rateExceeded, streamsExceeded, tooManyAtOnce } from './limit-refusals.ts';
import { requestRate } from './request-allowance.ts';
import { type Shares, wholeShares } from './shares.ts';

/** What nobody may exceed on one server, whatever roles and policies say. */
export interface AccessLimiterLimits {
  /** Refusals per second that one principal is told of one by one. Default 20: more than any client asks for in vain. */
  readonly refusalsPerSecond: number;
  /** Refusals that may come at once after a rest. Default 200. */
  readonly refusalBurst: number;
  /** Streams of one principal on one cluster through one server. Default 1,000: a tunnel carries 4,000 for everybody. */
  readonly maxStreams: number;
  /**
   * Requests of one principal on one cluster that are under way through one server, streams among them. Default 2,000: whoever
   * reads none of the answers would else fill the tunnel for everybody.
   */
  readonly maxRequests: number;
}

/** The usual bounds. */
export const ACCESS_LIMITER_LIMITS: AccessLimiterLimits = {
  refusalsPerSecond: 20,
  refusalBurst: 200,
  maxStreams: 1_000,
  maxRequests: 2_000,
};

/** Leave to go on, for one request. */
export interface Passage {
  /** Paces the answer; absent where bytes are not limited. */
  readonly pace?: PacedStream;
  /** Ends the request's part in all limits. Idempotent. */
  leave(): void;
}

/** The stage that holds principals to their limits, between the decision and everything that costs. */
export interface AccessLimiter {
  /** Lets a request go on, or says which limit is against it. What is refused uses nothing up. */
  enter(request: LimitedRequest): Passage | Refusal;
  /** Counts a refusal for another reason; says so when there are too many, and the refusal is answered by that. */
  refused(who: Authenticated): Refusal | undefined;
  /** Gives back what is held of limits that servers share. */
  close(): Promise<void>;
}

/** What {@link createAccessLimiter} works with. */
export interface AccessLimiterOptions {
  readonly clock: Clock;
  /** How much of each limit this server has. Defaults to {@link wholeShares}. */
  readonly shares?: Shares;
}

/**
 * Makes the stage. Everything is counted by principal and cluster, in buckets of their own: one that is empty delays nobody
 * else. Requests that are allowed under different limits (by different roles) are counted apart, each under its own.
 */
export function createAccessLimiter(options: AccessLimiterOptions, limits = ACCESS_LIMITER_LIMITS): AccessLimiter {
  const { clock, shares = wholeShares } = options;
  const allowances = createAllowances(shares, clock);
  /** Requests of each principal on each cluster; who has none is not in it. */
  const underWay = new Map<string, number>();
  const refusals = { perSecond: limits.refusalsPerSecond, burst: limits.refusalBurst };

  return {
    enter(request) {
      const { who, decision } = request;
      const { concurrentStreams, bytesOutPerSecond } = decision.limits ?? {};
      const key = whose(who);
      if ((underWay.get(key) ?? 0) >= limits.maxRequests) return tooManyAtOnce(request, limits.maxRequests);
      const place = isStream(request) ? allowances.streamCount(who) : undefined;
      if (place !== undefined) {
        if (place.open >= limits.maxStreams) return streamsExceeded(request, limits.maxStreams, 'full', 'server');
        const verdict =
          concurrentStreams === undefined ? 'free' : allowances.streams(who, concurrentStreams, place).ask();
        if (verdict !== 'free') return streamsExceeded(request, concurrentStreams ?? 0, verdict);
      }
      const rate = decision.limits && requestRate(decision.limits);
      const waitMs = rate && allowances.requests(who, rate).take();
      if (rate !== undefined && waitMs !== undefined) return rateExceeded(request, rate, waitMs);
      const pace = bytesOutPerSecond === undefined ? undefined : allowances.bytes(who, bytesOutPerSecond).open();
      underWay.set(key, (underWay.get(key) ?? 0) + 1);
      if (place !== undefined) place.open += 1;
      let hasLeft = false;
      return {
        ...(pace && { pace }),
        leave() {
          if (hasLeft) return;
          hasLeft = true;
          const left = (underWay.get(key) ?? 1) - 1;
          if (left === 0) underWay.delete(key);
          else underWay.set(key, left);
          if (place !== undefined) place.open -= 1;
          pace?.stop();
        },
      };
    },
    refused(who) {
      const waitMs = allowances.refusals(who, refusals).take();
      return waitMs === undefined ? undefined : floodOfRefusals(who, refusals, waitMs);
    },
    async close() {
      allowances.close();
      await shares.close();
    },
  };
}
