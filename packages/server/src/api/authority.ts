import { describeExcess, type Gift } from '@sallyport/authz';
import type { OrganizationId } from '@sallyport/core';
import { ApiError } from '../errors.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { ApiContext, Call } from './context.ts';

/** How often a decision is made anew when others change what it was made on. */
const MAX_ATTEMPTS = 8;

/** Thrown inside a transaction to undo it; never seen outside. */
class GroundMoved extends Error {}

/**
 * Decides on a snapshot and writes only while that decision still stands: when anything that it could have been made on
 * changed meanwhile, `work` decides again. `commit` runs a transaction with that check in front.
 * @throws ApiError
 */
export async function deciding<Result>(
  { store, snapshots }: Pick<ApiContext, 'store' | 'snapshots'>,
  organizationId: OrganizationId,
  work: (snapshot: Snapshot, commit: (write: (tx: Transaction) => Promise<void>) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = attempt === 1 ? snapshots.current() : await snapshots.refresh();
    try {
      const result = await work(snapshot, (write) =>
        store.transact(async (tx) => {
          await tx.lockOrganization(organizationId);
          if (await tx.hasPolicyChangedSince(snapshot.version)) throw new GroundMoved();
          await write(tx);
        }),
      );
      await snapshots.refresh();
      return result;
    } catch (error) {
      if (!(error instanceof GroundMoved)) throw error;
      if (attempt < MAX_ATTEMPTS) continue;
      throw new ApiError({
        code: 'ERR_API_CONFLICT',
        message: 'the organization changes faster than this could be decided',
        nextStep: 'Try again in a moment.',
      });
    }
  }
}

const MAX_MISSING_SHOWN = 5;

/**
 * Refuses to hand out what the caller does not hold.
 * @throws ApiError `ERR_API_EXCEEDS_AUTHORITY`
 */
export function assertHolds(
  records: Parameters<typeof describeExcess>[0],
  { caller }: { readonly caller: Pick<Call['caller'], 'principal'> },
  gift: Gift,
): void {
  const missing = describeExcess(records, caller.principal, gift);
  if (missing.length === 0) return;
  const rest = missing.length - MAX_MISSING_SHOWN;
  throw new ApiError({
    code: 'ERR_API_EXCEEDS_AUTHORITY',
    message:
      `this would hand out more than you hold: ${missing.slice(0, MAX_MISSING_SHOWN).join('; ')}` +
      `${rest > 0 ? `; and ${rest} more` : ''}`,
    nextStep: 'Hand out less, or ask somebody who holds it to do this.',
  });
}
