import { join } from 'node:path';
import { type AuditPipeline, createAuditPipeline } from '@sallyport/audit';
import type { Clock, Logger, ReplicaId } from '@sallyport/core';
import { createStoreAuditSink, type Store } from '../stores/index.ts';
import type { CheckpointSigner } from './checkpoint-signer.ts';
import { startAuditLog } from './log-job.ts';
import { keepReplicaLease } from './replica-lease.ts';
import { drainLeftSpools, openOwnSpool } from './spool-folders.ts';

/** What {@link openAuditTrail} works with. */
export interface AuditTrailOptions {
  readonly store: Store;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  /** Where other servers dial this one, `host:port`. Absent: none can. */
  readonly peerAddress?: string;
  /** Folder of this server's state. */
  readonly stateDir: string;
  /** Whether no other server can be on this database. */
  readonly isAlone: boolean;
  readonly signer: CheckpointSigner;
  /** Bytes that may wait in this server's spool. Defaults to 1 GiB. */
  readonly maxSpoolBytes?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where events of a server go, from the request that waits for them to the signed log. */
export interface AuditTrail {
  readonly pipeline: AuditPipeline;
  /** Why events are refused at the moment, and requests with them; `undefined` while all is well. */
  failure(): Error | undefined;
  /** Drains what can be drained, then gives up the lease: nothing of this server is open any more. */
  close(): Promise<void>;
}

/**
 * Opens the audit trail of a server: brings home what an earlier process left in its spool, tells the others that this one
 * lives, and begins to index and sign.
 * @throws StoreError, AuditError
 */
export async function openAuditTrail(options: AuditTrailOptions): Promise<AuditTrail> {
  const { store, replicaId, peerAddress, stateDir, isAlone, signer, maxSpoolBytes, clock, logger } = options;
  const root = join(stateDir, 'audit', 'spool');
  const folders = { root, ...(maxSpoolBytes !== undefined && { maxBytes: maxSpoolBytes }), clock, logger };
  await drainLeftSpools(folders, store);
  const lease = await keepReplicaLease({
    replicas: store.replicas,
    replicaId,
    ...(peerAddress !== undefined && { peerAddress }),
    isAlone,
    clock,
    logger,
  });
  const spool = await openOwnSpool(folders, replicaId);
  const pipeline = createAuditPipeline({
    sinks: [{ sink: createStoreAuditSink(store, { replicaId }), delivery: 'required' }],
    spool,
    clock,
    logger,
  });
  const log = startAuditLog({ store, holder: replicaId, isAlone, signer, clock, logger });
  return {
    pipeline,
    failure: () => spool.failure,
    async close() {
      try {
        await pipeline.close();
      } finally {
        await lease.close();
        await log.close();
      }
    },
  };
}
