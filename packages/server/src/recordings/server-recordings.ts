import { join } from 'node:path';
import type { Clock, Logger, ReplicaId } from '@sallyport/core';
import { createRecordingHead } from '../audit/recording-head.ts';
import { REPLICA_LEASE_MS } from '../audit/replica-lease.ts';
import { startRetention } from '../audit/retention/retention-job.ts';
import { closeAll } from '../close-all.ts';
import type { ServerConfig } from '../config.ts';
import { createSessionRecordings, type SessionRecordings } from '../proxy/recording/session-recordings.ts';
import { startWordIndex } from '../sessions/index-words.ts';
import { createRecordingSource, type RecordingSource } from '../sessions/recording-source.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import { openBlobStores } from './blob-stores.ts';
import { startDeletedRecordings } from './deleted.ts';
import { startInterruptedRecordings } from './interrupted.ts';

/** What {@link openServerRecordings} works with. */
export interface ServerRecordingsOptions {
  readonly config: Pick<ServerConfig, 'databaseUrl' | 'stateDir' | 'recordings'>;
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All of a server that has to do with recordings. */
export interface ServerRecordings {
  /** Records what the access proxy carries. */
  readonly sessions: SessionRecordings;
  /** Reads what was recorded. */
  readonly source: RecordingSource;
  /** Computes heads anew, for proofs. */
  readonly head: ReturnType<typeof createRecordingHead>;
  /** Resolves when all recordings that have ended are stored, and no job runs any more. */
  close(): Promise<void>;
}

/**
 * Opens the blob stores and starts what belongs to recordings: what ends those of servers that are gone, makes them searchable,
 * and deletes them, with the audit events that are as old, once their time is over.
 * @throws AuditError
 */
export function openServerRecordings(options: ServerRecordingsOptions): ServerRecordings {
  const { config, store, snapshots, replicaId, clock, logger } = options;
  const places = {
    store: config.databaseUrl === undefined ? ('file' as const) : ('database' as const),
    folder: join(config.stateDir, 'recordings'),
    ...config.recordings,
  };
  const blobStores = openBlobStores(places, store.recordings.blobs);
  const sessions = createSessionRecordings({ store, blobs: blobStores.current, replicaId, snapshots, clock, logger });
  const source = createRecordingSource(store.recordings, blobStores.all);
  const job = { store, holder: replicaId, clock, logger };
  const parts = [
    sessions,
    startInterruptedRecordings({ ...job, graceMs: config.databaseUrl === undefined ? 0 : REPLICA_LEASE_MS }),
    startWordIndex({ ...job, source }),
    startRetention(job),
    startDeletedRecordings({ ...job, blobStores: blobStores.all }),
  ];
  return {
    sessions,
    source,
    head: createRecordingHead(store.recordings, blobStores.all),
    close: () => closeAll(parts.map((part) => () => part.close())),
  };
}
