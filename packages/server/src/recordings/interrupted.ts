import { createAuditEvent } from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import { startSingleRunner } from '../single-runner.ts';
import type { SessionRecording, Store } from '../stores/contracts.ts';

/** What {@link startInterruptedRecordings} works with. */
export interface InterruptedRecordingsOptions {
  readonly store: Pick<Store, 'transact' | 'leases' | 'recordings'>;
  readonly holder: string;
  /** How long a server that is not heard of may still be there, in milliseconds: 0 where there is no other one. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const INTERVAL_MS = 5_000;
const BATCH = 100;

/** Why a recording that its server did not end is not whole. */
export const SERVER_GONE = 'the server that recorded it was gone';

/**
 * Ends recordings of servers that are gone, on one server at a time: what was stored stays readable, and its head goes to the
 * audit log as it stands.
 */
export function startInterruptedRecordings(options: InterruptedRecordingsOptions): { close(): Promise<void> } {
  const { store, holder, graceMs, clock, logger } = options;
  let beginAtMs: number | undefined;
  return startSingleRunner({
    name: 'interrupted-recordings',
    holder,
    leases: store.leases,
    intervalMs: INTERVAL_MS,
    clock,
    logger,
    async run(lease) {
      // Servers that wait for the database as well must have had the time to say that they live.
      beginAtMs ??= clock.monotonicMs() + graceMs;
      if (clock.monotonicMs() < beginAtMs) return;
      try {
        for (let found: readonly SessionRecording[]; ; ) {
          found = await store.recordings.abandoned(BATCH);
          for (const recording of found) {
            await store.transact(async (tx) => {
              await tx.holdLease(lease);
              const endedAt = new Date(clock.now());
              const end = { id: recording.id, state: 'interrupted', endedAt, reason: SERVER_GONE } as const;
              const ended = await tx.recordings.end(end);
              if (ended !== undefined) await tx.appendAudit(interruptedEvent({ ...recording, ...ended }, endedAt));
            });
          }
          if (found.length > 0) logger.warn({ count: found.length }, 'ended recordings of servers that are gone');
          if (found.length < BATCH) return;
        }
      } catch (error) {
        beginAtMs = undefined;
        throw error;
      }
    },
  });
}

function interruptedEvent(recording: SessionRecording, at: Date) {
  const { id, organizationId, clusterId, clusterName, chunkCount, bytes, headSha256 } = recording;
  return createAuditEvent('session.recording.interrupted', at.getTime(), {
    organizationId,
    clusterId,
    clusterName,
    recordingId: id,
    details: { state: 'interrupted', chunks: chunkCount, bytes, headSha256, reason: SERVER_GONE },
  });
}
