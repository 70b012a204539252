import type { Clock, Logger } from '@sallyport/core';
import { startSingleRunner } from '../single-runner.ts';
import type { Store } from '../stores/contracts.ts';
import { advanceKeys, listKeySets, type RotationContext } from './rotate-keys.ts';

/** What {@link startKeyRotation} works with. */
export interface KeyRotationOptions {
  readonly store: Pick<Store, 'transact' | 'keys' | 'leases'>;
  /** Which server this is. */
  readonly holder: string;
  readonly policies?: RotationContext['policies'];
  readonly purposes?: RotationContext['purposes'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 15,000. */
  readonly intervalMs?: number;
}

/** Takes the steps of every key's life when they are due, on one server at a time. */
export function startKeyRotation(options: KeyRotationOptions): { close(): Promise<void> } {
  const { store, holder, policies, purposes, clock, logger, intervalMs = 15_000 } = options;
  const context = { store, clock, ...(policies && { policies }), ...(purposes && { purposes }) };
  return startSingleRunner({
    name: 'keyRotation',
    holder,
    leases: store.leases,
    intervalMs,
    clock,
    logger,
    async run(lease) {
      for (const purpose of await listKeySets(store)) {
        for (const step of await advanceKeys(context, purpose, lease)) {
          logger.info({ purpose, step: step.kind }, 'a key changed');
        }
      }
    },
  });
}
