import type { Writable } from 'node:stream';
import type { AuditPipeline } from '@sallyport/audit';
import type { Clock, Logger, ReplicaId } from '@sallyport/core';
import type { ServerConfig } from '../config.ts';
import { openConfiguredSinks } from '../config-audit.ts';
import { openWitnesses } from '../config-witnesses.ts';
import type { ServerMetrics } from '../monitoring/server-metrics.ts';
import type { TrustRoots } from '../pki/index.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import { type AuditSinks, createAuditSinks } from './audit-sinks.ts';
import { openAuditTrail } from './audit-trail.ts';
import { type CheckpointSigner, createCheckpointSigner } from './checkpoint-signer.ts';
import { startWitnessing } from './witness-job.ts';

/** What {@link openServerAudit} works with. */
export interface ServerAuditOptions {
  readonly config: Pick<ServerConfig, 'audit' | 'databaseUrl' | 'stateDir'>;
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  /** Where other servers dial this one, `host:port`. Absent: none can. */
  readonly peerAddress?: string;
  /** Origin of the server. */
  readonly publicUrl: string;
  /** Counts what passes through a pipeline. Absent: nobody counts. */
  readonly counting?: ServerMetrics['counting'];
  readonly checkpointKeys: TrustRoots['auditCheckpointKeys'];
  /** Networks (CIDR) that sinks may lead to though they are not public. */
  readonly allowedAddresses: readonly string[];
  /** Where sinks write that the configuration sends to the standard output. */
  readonly stdout?: Writable;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All of a server that has to do with its audit log. */
export interface ServerAudit {
  /** Takes events, whatever sinks are behind. */
  readonly pipeline: AuditPipeline;
  /** Takes events of proxied requests: refuses them while a required sink is overdue. */
  readonly guarded: AuditPipeline;
  readonly sinks: AuditSinks;
  /** What proves the log: public keys that sign checkpoints, and names of the witnesses. */
  readonly proof: { readonly keys: CheckpointSigner['keys']; readonly witnesses: readonly string[] };
  /** Why requests are refused at the moment, for `/readyz`; `undefined` while all is well. */
  failure(): Error | undefined;
  close(): Promise<void>;
}

/**
 * Opens the way of audit events, from the spool to the signed log, and from there to sinks and witnesses.
 * @throws StoreError, AuditError, ServerError `ERR_CONFIG_INVALID`
 */
export async function openServerAudit(options: ServerAuditOptions): Promise<ServerAudit> {
  const { config, store, snapshots, replicaId, publicUrl, checkpointKeys, allowedAddresses, stdout } = options;
  const { clock, logger } = options;
  const { sinks: sinkConfigs = [], witnesses: witnessConfigs = [], maxSpoolBytes } = config.audit ?? {};
  const configured = openConfiguredSinks(sinkConfigs, { ...(stdout && { stdout }), clock });
  const witnesses = openWitnesses(witnessConfigs, clock);
  const checkpoints = createCheckpointSigner({ publicUrl, keys: checkpointKeys });
  const trail = await openAuditTrail({
    store,
    replicaId,
    ...(options.peerAddress !== undefined && { peerAddress: options.peerAddress }),
    stateDir: config.stateDir,
    isAlone: config.databaseUrl === undefined,
    signer: checkpoints,
    ...(maxSpoolBytes !== undefined && { maxSpoolBytes }),
    clock,
    logger,
  });
  const pipeline = options.counting?.(trail.pipeline) ?? trail.pipeline;
  const sinks = createAuditSinks({
    store,
    snapshots,
    replicaId,
    configured,
    outbound: { allowedAddresses, hostname: new URL(publicUrl).hostname },
    clock,
    logger,
  });
  const witnessing =
    witnesses.length > 0 ? startWitnessing({ store, holder: replicaId, witnesses, clock, logger }) : undefined;
  return {
    pipeline,
    guarded: sinks.guard(pipeline),
    sinks,
    proof: { keys: checkpoints.keys, witnesses: witnessConfigs.map(({ name }) => name) },
    failure: () => trail.failure(),
    async close() {
      try {
        await witnessing?.close();
        await sinks.close();
      } finally {
        await trail.close();
      }
    },
  };
}
