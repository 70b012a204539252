import { describeExcess, type Gift } from '@sallyport/authz';
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
  { store, snapshots }: ApiContext,
  { caller }: Pick<Call, 'caller'>,
  work: (snapshot: Snapshot, commit: (write: (tx: Transaction) => Promise<void>) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = attempt === 1 ? snapshots.current() : await snapshots.refresh();
    try {
      const result = await work(snapshot, (write) =>
        store.transact(async (tx) => {
          await tx.lockOrganization(caller.organization.id);
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

/**
 * Refuses to hand out what the caller does not hold.
 * @throws ApiError `ERR_API_EXCEEDS_AUTHORITY`
 */
export function assertHolds(snapshot: Snapshot, { caller }: Pick<Call, 'caller'>, gift: Gift): void {
  const missing = describeExcess(snapshot, caller.principal, gift);
  if (missing.length === 0) return;
  throw new ApiError({
    code: 'ERR_API_EXCEEDS_AUTHORITY',
    message: `this would hand out more than you hold: ${missing.join('; ')}`,
    nextStep: 'Ask somebody who holds it.',
  });
}
