import type { Clock, Logger, Timer } from '@sallyport/core';
import { startSingleRunner } from '../single-runner.ts';
import type { LogTree, Store } from '../stores/contracts.ts';
import type { Lease } from '../stores/key-contracts.ts';
import type { CheckpointSigner } from './checkpoint-signer.ts';
import { REPLICA_LEASE_MS } from './replica-lease.ts';

/** What {@link startAuditLog} works with. */
export interface AuditLogOptions {
  readonly store: Pick<Store, 'transact' | 'leases' | 'watchAudit'>;
  /** Which server this is. */
  readonly holder: string;
  /** Whether no other server can be on this database. */
  readonly isAlone: boolean;
  readonly signer: CheckpointSigner;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Events that get their indexes in one transaction. */
const BATCH_EVENTS = 2_000;
const BATCH_REQUESTS = 500;
/** From an event to its index, in milliseconds. Half of what is promised for index and checkpoint together. */
const INDEX_DELAY_MS = 400;
/** How often a server that is alone looks although nothing woke it, in milliseconds. */
const ALONE_INTERVAL_MS = 2_000;
const SWEEP_INTERVAL_MS = 2_000;
/** How long a leader that is gone is waited for, and how often that is looked at, in milliseconds. */
const LEASE_MS = 5_000;
const STANDBY_INTERVAL_MS = 1_000;

/**
 * Brings the logs on, on one server at a time: gives events their indexes, signs what the logs are then, and ends the requests
 * of servers that are gone. Events of other servers are looked for, since to be told of each would cost every commit.
 */
export function startAuditLog(options: AuditLogOptions): { close(): Promise<void> } {
  const { store, holder, isAlone, signer, clock, logger } = options;
  const graceMs = isAlone ? 0 : REPLICA_LEASE_MS;
  let timer: Timer | undefined;
  let sweepAtMs: number | undefined;
  /** Whether a log may have entries that no checkpoint is of. */
  let isUnsigned = true;

  async function run(lease: Lease): Promise<void> {
    try {
      await indexAll(lease);
      await sweep(lease);
    } catch (error) {
      sweepAtMs = undefined;
      throw error;
    }
  }

  async function indexAll(lease: Lease): Promise<void> {
    let count: number;
    do {
      count = await store.transact(async (tx) => {
        await tx.holdLease(lease);
        const indexed = await tx.auditLog.index(BATCH_EVENTS);
        const trees = isUnsigned ? await tx.auditLog.unsigned() : indexed.grown;
        if (trees.length === 0) return indexed.count;
        const signed = sign(trees);
        for (const checkpoint of signed ?? []) await tx.auditProof.putCheckpoint(checkpoint);
        isUnsigned = signed === undefined;
        return indexed.count;
      });
    } while (count === BATCH_EVENTS);
  }

  /** Events get their indexes whether or not there is a key to sign them with. */
  function sign(trees: readonly LogTree[]) {
    try {
      return trees.map(({ log, size, root }) => signer.sign(log, size, root));
    } catch (err) {
      logger.error({ err }, 'checkpoints of the audit log could not be signed and are tried again');
      return undefined;
    }
  }

  async function sweep(lease: Lease): Promise<void> {
    const nowMs = clock.monotonicMs();
    // After the database was away, or this server, the others need time to show that they live.
    sweepAtMs ??= nowMs + graceMs;
    if (nowMs < sweepAtMs) return;
    sweepAtMs = nowMs + SWEEP_INTERVAL_MS;
    let count: number;
    do {
      count = await store.transact(async (tx) => {
        await tx.holdLease(lease);
        return tx.auditLog.interrupt(BATCH_REQUESTS);
      });
      if (count > 0) logger.warn({ count }, 'ended what servers left open that are gone');
    } while (count >= BATCH_REQUESTS);
  }

  const runner = startSingleRunner({
    name: 'audit-log',
    holder,
    leases: store.leases,
    intervalMs: isAlone ? ALONE_INTERVAL_MS : INDEX_DELAY_MS,
    leaseMs: LEASE_MS,
    standbyIntervalMs: STANDBY_INTERVAL_MS,
    clock,
    logger,
    run,
  });
  const stopWatching = isAlone
    ? store.watchAudit(() => {
        timer ??= clock.setTimeout(() => {
          timer = undefined;
          runner.wake();
        }, INDEX_DELAY_MS);
      })
    : () => {};
  return {
    async close() {
      stopWatching();
      timer?.cancel();
      await runner.close();
    },
  };
}
