import { type AuditPipeline, createAuditEvent } from '@sallyport/audit';
import type { Clock, OrganizationId } from '@sallyport/core';
import { LoginError } from '../../errors.ts';
import { requestTrace } from '../../request-trace.ts';
import type { Store } from '../../stores/contracts.ts';
import { countTry, LOCK_OUT_DEFAULTS, type LockOutLimits, tryAddress } from './lock-out.ts';

/** What is about to be tried, and by whom. */
export interface Try {
  readonly organizationId?: OrganizationId;
  /** The name that was typed, in its compared form, whether somebody has it or not. Absent: nobody is named. */
  readonly nameKey?: string;
  /** Empty when the socket is gone. */
  readonly sourceAddress: string;
}

/** Lets tries through until there were too many. */
export interface TryGate {
  /**
   * Counts a try before it is judged. Call `succeeded` on what comes back when it was right.
   * @throws LoginError `ERR_LOGIN_TOO_MANY_ATTEMPTS`
   */
  enter(attempt: Try): Promise<{ succeeded(): Promise<void> }>;
  /** Forgets the failures at an account, as a reset by an administrator does. */
  unlock(organizationId: OrganizationId, nameKey: string): Promise<void>;
}

/** Creates the gate. Counts lie in the database: all replicas count together, and a restart forgets nothing. */
export function createTryGate(options: {
  readonly store: Pick<Store, 'transact'>;
  readonly audit: AuditPipeline;
  readonly clock: Clock;
  readonly limits?: LockOutLimits;
}): TryGate {
  const { store, audit, clock } = options;
  const limits = { ...LOCK_OUT_DEFAULTS, ...options.limits };
  const accountKey = (organizationId: OrganizationId | undefined, nameKey: string) =>
    `account ${organizationId ?? ''} ${nameKey}`;

  return {
    async enter({ organizationId, nameKey, sourceAddress }) {
      const addressKey = `address ${tryAddress(sourceAddress)}`;
      // In this order everywhere, so that two tries never wait for one another's rows.
      const keys = [
        { what: 'address', key: addressKey, max: limits.maxAddressFailures },
        ...(nameKey === undefined
          ? []
          : [{ what: 'account', key: accountKey(organizationId, nameKey), max: limits.maxAccountFailures }]),
      ];
      const at = new Date(clock.now());
      const locks = await store.transact(async ({ tries }) => {
        const outcomes = [];
        for (const each of keys) {
          const outcome = countTry(await tries.lock(each.key), each.max, limits, at);
          if (!outcome.allowed) throw tooMany(outcome.lockedUntil, at);
          outcomes.push({ ...each, ...outcome });
        }
        for (const { key, record } of outcomes) await tries.put(key, record);
        return outcomes.filter(({ locksNow }) => locksNow);
      });
      // Once per lock. What is refused while it lasts is not told apart: a flood would fill the log.
      for (const { what, record } of locks) {
        await audit.record(
          createAuditEvent('login.locked', at.getTime(), {
            ...requestTrace(),
            ...(organizationId !== undefined && { organizationId }),
            ...(sourceAddress !== '' && { sourceAddress }),
            details: { what, failures: record.failures, until: record.lockedUntil?.toISOString() ?? '' },
          }),
          'required',
        );
      }
      return {
        succeeded: () =>
          store.transact(async ({ tries }) => {
            const record = await tries.lock(addressKey);
            // Takes back this one try only: who has an account of their own must not reset the count by it.
            if (record !== undefined && record.failures > 1) {
              const failures = record.failures - 1;
              await tries.put(addressKey, { failures, lastAt: record.lastAt });
            } else {
              await tries.forget(addressKey);
            }
            if (nameKey !== undefined) await tries.forget(accountKey(organizationId, nameKey));
          }),
      };
    },
    unlock: (organizationId, nameKey) =>
      store.transact(({ tries }) => tries.forget(accountKey(organizationId, nameKey))),
  };
}

function tooMany(lockedUntil: Date, at: Date): LoginError {
  const minutes = Math.ceil((lockedUntil.getTime() - at.getTime()) / 60_000);
  return new LoginError({
    code: 'ERR_LOGIN_TOO_MANY_ATTEMPTS',
    message: 'there were too many tries for this account or from this address',
    nextStep: `Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, then try again.`,
  });
}
