import { refusedField } from '../access-requests/refusals.ts';
import { ApiError } from '../errors.ts';

/** How much access reviews may be. */
export interface AccessReviewLimits {
  /** Open access reviews of one organization; more are refused until one is closed. Default 50. */
  readonly maxOpenCount: number;
  /** Bindings, counted by subject, and grants that one access review asks about; more are refused. Default 10,000. */
  readonly maxItemCount: number;
  /** Shortest time from start to close, and between reminders, in milliseconds. Default one hour. */
  readonly minPeriodMs: number;
  /** Longest time from start to close, in milliseconds. Default 365 days. */
  readonly maxPeriodMs: number;
}

const HOUR_MS = 3_600_000;

/** Defaults of {@link AccessReviewLimits}. */
export const ACCESS_REVIEW_LIMITS: AccessReviewLimits = {
  maxOpenCount: 50,
  maxItemCount: 10_000,
  minPeriodMs: HOUR_MS,
  maxPeriodMs: 365 * 24 * HOUR_MS,
};

/**
 * Refuses one more open review where there are as many as there may be.
 * @throws ApiError `ERR_API_LIMIT`
 */
export function assertRoomForReview(openCount: number): void {
  const limit = ACCESS_REVIEW_LIMITS.maxOpenCount;
  if (openCount < limit) return;
  throw new ApiError({
    code: 'ERR_API_LIMIT',
    message: `${openCount} access reviews are open, limit is ${limit}`,
    nextStep: 'Close some first.',
  });
}

/**
 * Refuses a review of more than can be written at once.
 * @throws ApiError `ERR_API_LIMIT`
 */
export function assertItemCount(count: number): void {
  const limit = ACCESS_REVIEW_LIMITS.maxItemCount;
  if (count <= limit) return;
  throw new ApiError({
    code: 'ERR_API_LIMIT',
    message: `this would ask about ${count} things, limit is ${limit}`,
    nextStep: 'Name a narrower scope, or fewer roles.',
  });
}

/**
 * Refuses a time that is too short or too long.
 * @throws ApiError `ERR_API_REQUEST_INVALID`
 */
export function assertPeriod(path: string, periodMs: number): void {
  const { minPeriodMs, maxPeriodMs } = ACCESS_REVIEW_LIMITS;
  if (periodMs < minPeriodMs) throw refusedField(path, 'comes to less than 1h');
  if (periodMs > maxPeriodMs) throw refusedField(path, 'comes to more than 365d');
}
