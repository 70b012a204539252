import { AUDIT_CATEGORIES, type AuditCategory, codesOfCategory, createAuditEvent } from '@sallyport/audit';
import { type Clock, isId, type Logger, type OrganizationId } from '@sallyport/core';
import { type SingleRunner, startSingleRunner } from '../../single-runner.ts';
import type { Store } from '../../stores/contracts.ts';
import type { Lease } from '../../stores/key-contracts.ts';
import type { DueRecording } from '../../stores/retention-contracts.ts';
import { effectiveRetention, endOf } from './effective-retention.ts';
import { formatRanges } from './index-ranges.ts';

/** What {@link startRetention} works with. */
export interface RetentionOptions {
  readonly store: Pick<Store, 'transact' | 'leases' | 'retention'>;
  /** Which server this is. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** From one look for what is over to the next, in milliseconds. */
const INTERVAL_MS = 3_600_000;
/** Events that one transaction deletes: what their indexes take in its event is far below what an event may hold. */
const BATCH_EVENTS = 2_000;
const BATCH_RECORDINGS = 100;
const BATCH_CHECKPOINTS = 10_000;
/** How long every checkpoint is kept, in milliseconds. */
const CHECKPOINTS_KEPT_MS = 24 * 3_600_000;

/** What tells of deletions is never deleted: without it, what is gone by right looks like what was taken away. */
const KEPT_FOR_EVER = 'audit.retention.applied';

/**
 * Deletes audit events and recordings whose time is over and that no legal hold keeps, on one server at a time. The hashes of
 * events stay in the tree of their log, and each batch is an event that names the indexes that are gone. Thins out old checkpoints.
 */
export function startRetention(options: RetentionOptions): SingleRunner {
  const { store, holder, clock, logger } = options;
  return startSingleRunner({
    name: 'audit-retention',
    holder,
    leases: store.leases,
    intervalMs: INTERVAL_MS,
    clock,
    logger,
    run: (lease) => applyRetention(options, lease),
  });
}

/** Deletes what is over now; see {@link startRetention}. */
export async function applyRetention(options: RetentionOptions, lease: Lease): Promise<void> {
  const { store, clock } = options;
  const at = new Date(clock.now());
  for (const log of await store.retention.logs()) {
    const kept = effectiveRetention((await store.retention.find(log)).spec);
    for (const category of AUDIT_CATEGORIES) {
      const before = endOf(kept[category], at);
      if (before !== undefined) await deleteEvents(options, lease, log, category, before);
    }
    const before = endOf(kept.recordings, at);
    if (before !== undefined && isId('organization', log)) await deleteRecordings(options, lease, log, before);
    await pruneCheckpoints(options, lease, log, at);
  }
}

async function deleteEvents(
  { store, clock, logger }: RetentionOptions,
  lease: Lease,
  log: string,
  category: AuditCategory,
  before: Date,
): Promise<void> {
  const selection = { log, codes: codesOfCategory(category).filter((code) => code !== KEPT_FOR_EVER), before };
  let count: number;
  let total = 0;
  let held: number | undefined;
  do {
    held ??= await store.retention.countHeld(selection);
    const heldCount = held;
    count = await store.transact(async (tx) => {
      const deleted = await tx.retention.deleteEvents(lease, { ...selection, limit: BATCH_EVENTS });
      if (deleted.length === 0) return 0;
      await tx.appendAudit(
        createAuditEvent(KEPT_FOR_EVER, clock.now(), {
          ...(isId('organization', log) && { organizationId: log }),
          details: {
            log,
            category,
            before: before.toISOString(),
            deleted: deleted.length,
            ...(heldCount > 0 && { held: heldCount }),
            ranges: formatRanges(deleted),
          },
        }),
      );
      return deleted.length;
    });
    total += count;
  } while (count === BATCH_EVENTS);
  if (total > 0) logger.info({ log, category, deleted: total }, 'deleted audit events whose time is over');
}

/**
 * A busy log is signed twice a second. Who looks for a checkpoint later is shown the last of each hour, and proofs of consistency
 * are made of the tree, for whatever two sizes: the others prove nothing that is not proved without them.
 */
async function pruneCheckpoints(
  { store, logger }: RetentionOptions,
  lease: Lease,
  log: string,
  at: Date,
): Promise<void> {
  const before = new Date(at.getTime() - CHECKPOINTS_KEPT_MS);
  let count: number;
  let total = 0;
  do {
    count = await store.transact(async (tx) => {
      await tx.holdLease(lease);
      return tx.auditProof.pruneCheckpoints(log, before, BATCH_CHECKPOINTS);
    });
    total += count;
  } while (count === BATCH_CHECKPOINTS);
  if (total > 0) logger.info({ log, deleted: total }, 'deleted checkpoints that were not the last of their hour');
}

async function deleteRecordings(
  options: RetentionOptions,
  lease: Lease,
  organizationId: OrganizationId,
  before: Date,
): Promise<void> {
  const { store, logger } = options;
  const failed = new Set<string>();
  for (;;) {
    const due = await store.retention.dueRecordings(organizationId, before, BATCH_RECORDINGS + failed.size);
    const next = due.filter(({ id }) => !failed.has(id));
    if (next.length === 0) return;
    for (const recording of next) {
      try {
        if (!(await deleteRecording(options, lease, recording, before))) failed.add(recording.id);
      } catch (err) {
        failed.add(recording.id);
        logger.warn({ err, recording: recording.id }, 'a recording whose time is over could not be deleted');
      }
    }
  }
}

/**
 * The row holds the key: without it the chunks can never be read, and are deleted in their own time. A hold that was ordered
 * meanwhile keeps all of it.
 */
async function deleteRecording(
  { store, clock }: RetentionOptions,
  lease: Lease,
  { id, organizationId }: DueRecording,
  before: Date,
): Promise<boolean> {
  return store.transact(async (tx) => {
    if (!(await tx.retention.deleteRecording(lease, id))) return false;
    await tx.appendAudit(
      createAuditEvent('session.recording.deleted', clock.now(), {
        organizationId,
        recordingId: id,
        details: { before: before.toISOString() },
      }),
    );
    return true;
  });
}
