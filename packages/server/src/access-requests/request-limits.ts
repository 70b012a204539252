import type { PlannedAccessRequest } from '@sallyport/authz';
import { ApiError } from '../errors.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { AccessGround } from './ground.ts';

/** How much of access requests one principal may have. */
export interface AccessRequestLimits {
  /** Pending access requests of one principal; more are refused until one is decided. Default 50. */
  readonly maxPendingCount: number;
}

/** Defaults of {@link AccessRequestLimits}. */
export const ACCESS_REQUEST_LIMITS: AccessRequestLimits = { maxPendingCount: 50 };

/**
 * Refuses one more pending request of somebody who has as many as there may be.
 * @throws ApiError `ERR_API_LIMIT`
 */
export async function assertRoomFor(
  tx: Transaction,
  { caller }: AccessGround,
  { outcome }: PlannedAccessRequest,
): Promise<void> {
  if (outcome !== 'pending') return;
  const count = await tx.access.countPending(caller.id);
  const limit = ACCESS_REQUEST_LIMITS.maxPendingCount;
  if (count < limit) return;
  throw new ApiError({
    code: 'ERR_API_LIMIT',
    message: `you have ${count} access requests that wait for their reviews, limit is ${limit}`,
    nextStep: 'Cancel some, or wait until they are decided.',
  });
}
