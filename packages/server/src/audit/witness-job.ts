import { createAuditEvent } from '@sallyport/audit';
import type { CheckpointWitness } from '@sallyport/audit/witness';
import { type Clock, isCodedError, isId, type Logger, parseId } from '@sallyport/core';
import { startSingleRunner } from '../single-runner.ts';
import type { WitnessedLog } from '../stores/audit-proof-contracts.ts';
import type { Store } from '../stores/contracts.ts';
import type { Lease } from '../stores/key-contracts.ts';

/** A witness, and how often it is handed checkpoints. */
export interface ScheduledWitness {
  readonly witness: CheckpointWitness;
  /** Shortest time from one checkpoint of a log to the next, in milliseconds. */
  readonly intervalMs: number;
}

/** What {@link startWitnessing} works with. */
export interface WitnessingOptions {
  readonly store: Pick<Store, 'transact' | 'leases' | 'auditProof'>;
  /** Which server this is. */
  readonly holder: string;
  readonly witnesses: readonly ScheduledWitness[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often it is looked for checkpoints that a witness lacks, and a failure is tried again, in milliseconds. */
const LOOK_INTERVAL_MS = 30_000;
const MAX_REASON_CHARACTERS = 256;

/**
 * Hands the newest checkpoint of each log to each witness, on one server at a time. A witness that fails is told once, in the
 * log whose checkpoint it did not take, and once more when it takes one again; it holds nothing else up.
 */
export function startWitnessing(options: WitnessingOptions): { close(): Promise<void> } {
  const { store, holder, witnesses, clock, logger } = options;
  const stopping = new AbortController();

  async function run(lease: Lease): Promise<void> {
    const known = await store.auditProof.witnessed();
    const logs = await store.auditProof.logs();
    for (const { witness, intervalMs } of witnesses) {
      for (const log of logs) {
        const state = known.find((one) => one.witness === witness.name && one.log === log);
        const isDue = state?.at === undefined || state.at.getTime() + intervalMs <= clock.now();
        if (isDue && !stopping.signal.aborted)
          await hand(lease, witness, state ?? { witness: witness.name, log, size: 0 });
      }
    }
  }

  async function hand(lease: Lease, witness: CheckpointWitness, state: WitnessedLog): Promise<void> {
    const { log } = state;
    const newest = await store.auditProof.newestCheckpoint(log);
    if (newest === undefined || newest.size <= state.size) return;
    const { size, note } = newest;
    try {
      await witness.record({ log, size, note }, { signal: stopping.signal });
    } catch (err) {
      if (stopping.signal.aborted) return;
      if (state.failingSince === undefined) {
        logger.warn(
          { err, witness: witness.name, log, size },
          'a witness did not take a checkpoint and is tried again',
        );
        await writeDown(lease, { ...state, failingSince: new Date(clock.now()) }, { size, reason: reasonOf(err) });
      }
      return;
    }
    const taken = { witness: witness.name, log, size, at: new Date(clock.now()) };
    await writeDown(lease, taken, state.failingSince && { size });
  }

  /** Writes down what a witness has, with an event where its failing begins or ends. */
  async function writeDown(
    lease: Lease,
    state: WitnessedLog,
    change: { readonly size: number; readonly reason?: string } | undefined,
  ): Promise<void> {
    const { witness, log } = state;
    const place = isId('organization', log) ? { organizationId: parseId('organization', log) } : {};
    await store.transact(async (tx) => {
      await tx.holdLease(lease);
      await tx.auditProof.putWitnessed(state);
      if (change === undefined) return;
      const { size, reason } = change;
      const event =
        reason === undefined
          ? createAuditEvent('audit.witness.recorded', clock.now(), { ...place, details: { witness, log, size } })
          : createAuditEvent('audit.witness.failed', clock.now(), {
              ...place,
              details: { witness, log, size, reason },
            });
      await tx.appendAudit(event);
    });
  }

  const runner = startSingleRunner({
    name: 'audit-witness',
    holder,
    leases: store.leases,
    intervalMs: Math.min(LOOK_INTERVAL_MS, ...witnesses.map(({ intervalMs }) => intervalMs)),
    clock,
    logger,
    run,
  });
  return {
    async close() {
      stopping.abort();
      await runner.close();
    },
  };
}

function reasonOf(error: unknown): string {
  return isCodedError(error) ? error.message.slice(0, MAX_REASON_CHARACTERS) : 'it failed';
}
