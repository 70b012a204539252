import { AuditError, type AuditEvent } from '@sallyport/audit';
import { type Clock, createId, isCodedError, isId, type Logger } from '@sallyport/core';
import type { LogEntry, SinkCursor } from '../../stores/audit-sink-contracts.ts';
import type { Store } from '../../stores/contracts.ts';
import { StoreError } from '../../stores/errors.ts';
import type { Lease } from '../../stores/key-contracts.ts';
import { eventsBehind, isBehindBounds } from './sink-bounds.ts';
import type { DeliveryTarget } from './target.ts';

/** What {@link createBatchDelivery} works with. */
export interface BatchDeliveryOptions {
  readonly store: Pick<Store, 'auditSinks' | 'transact'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
}

/** What became of a step: where the cursor is now, or why it stays. */
export type Step =
  | { readonly cursor: SinkCursor }
  | { readonly failed: { readonly retryAfterMs?: number; readonly isFinal: boolean; readonly batchEvents: number } };

/** Takes a sink one step on in a log: sends up to `limit` events, or skips what is beyond its bounds. */
export type DeliverBatch = (target: DeliveryTarget, cursor: SinkCursor, lease: Lease, limit: number) => Promise<Step>;

/**
 * Creates what delivers. Events go out before the cursor moves, so that some may go out twice and none is forgotten: their ids tell.
 * The cursor moves through the fence of the lease, and only from where it was read.
 */
export function createBatchDelivery({ store, clock, logger, signal }: BatchDeliveryOptions): DeliverBatch {
  const now = () => new Date(clock.now());

  async function moveOn(
    cursor: SinkCursor,
    lease: Lease,
    toIndex: number,
    how: 'delivered' | 'skipped',
    events: readonly AuditEvent[],
  ): Promise<Step> {
    await store.transact(async (tx) => {
      await tx.holdLease(lease);
      if (!(await tx.auditSinks.advance(cursor, toIndex, how))) {
        throw new StoreError({
          code: 'ERR_STORE_CONFLICT',
          message: `audit sink ${cursor.sink} was expected at index ${cursor.nextIndex} of log ${cursor.log}, but was moved`,
        });
      }
      for (const event of events) await tx.appendAudit(event);
    });
    // When the next event happened is not known before the cursor is read again.
    const { failingSince, lastError, waitingSince: _, ...rest } = cursor;
    const failure =
      how === 'delivered' ? {} : { ...(failingSince && { failingSince }), ...(lastError && { lastError }) };
    return { cursor: { ...rest, ...failure, nextIndex: toIndex } };
  }

  /** Where a sink of best effort goes on that is too far behind: at half its bounds, so that it does not skip every time. */
  async function placeWithinBounds({ bounds }: DeliveryTarget, cursor: SinkCursor): Promise<number> {
    const { log, nextIndex, size } = cursor;
    const byCount = eventsBehind(cursor) > bounds.maxEvents ? size - Math.floor(bounds.maxEvents / 2) : nextIndex;
    const oldest = new Date(clock.now() - bounds.maxTimeMs / 2);
    return Math.max(byCount, (await store.auditSinks.indexAt(log, nextIndex, oldest)) ?? size);
  }

  async function noteFailure(target: DeliveryTarget, cursor: SinkCursor, lease: Lease, error: unknown): Promise<void> {
    const reason = isCodedError(error) ? error.message : 'a fault of the server, see its log';
    if (!isCodedError(error)) logger.error({ err: error, sink: target.name }, 'an audit sink failed unexpectedly');
    else logger.warn({ sink: target.name, log: cursor.log, error: reason }, 'an audit sink did not take events');
    await store.transact(async (tx) => {
      await tx.holdLease(lease);
      if (!(await tx.auditSinks.recordFailed(cursor, reason))) return;
      await tx.appendAudit(sinkEvent(target, cursor.log, 'audit.sink.failed', 'warning', { reason }));
    });
  }

  function sinkEvent(
    { name, of }: DeliveryTarget,
    log: string,
    code: 'audit.sink.gap' | 'audit.sink.failed' | 'audit.sink.recovered',
    severity: AuditEvent['severity'],
    details: Readonly<Record<string, string | number>>,
  ): AuditEvent {
    const at = now();
    return {
      id: createId('auditEvent', at.getTime()),
      code,
      at,
      severity,
      ...(isId('organization', log) && { organizationId: log }),
      details: { sink: name, ...(of !== undefined && { auditSinkId: of.id }), log, ...details },
      // Details follow from the code, which the compiler can't see through a parameter.
    } as AuditEvent;
  }

  const gap = (target: DeliveryTarget, { log }: SinkCursor, fromIndex: number, toIndex: number, reason: string) =>
    sinkEvent(target, log, 'audit.sink.gap', 'critical', { fromIndex, toIndex, reason });

  return async (target, cursor, lease, limit) => {
    const { log, nextIndex } = cursor;
    const isBestEffort = target.bounds.delivery === 'bestEffort';
    if (isBestEffort && isBehindBounds(cursor, target.bounds, now())) {
      const toIndex = await placeWithinBounds(target, cursor);
      if (toIndex > nextIndex) {
        const reason = cursor.lastError ?? 'the sink is slower than events come';
        logger.error(
          { sink: target.name, log, fromIndex: nextIndex, toIndex: toIndex - 1 },
          'an audit sink skips events',
        );
        return moveOn(cursor, lease, toIndex, 'skipped', [gap(target, cursor, nextIndex, toIndex - 1, reason)]);
      }
    }
    const entries = await store.auditSinks.entries(log, nextIndex, limit);
    const last = entries.at(-1);
    if (last === undefined) return { cursor: { ...cursor, size: nextIndex } };
    const batch = entries.flatMap(({ event }) => (event !== undefined && target.wants(event) ? [event] : []));
    const deleted = deletedStretches(entries).map(([from, to]) =>
      gap(target, cursor, from, to, 'retention had deleted them before they could be sent'),
    );
    if (batch.length === 0) return moveOn(cursor, lease, last.index + 1, 'skipped', deleted);
    try {
      const sink = await target.open();
      await sink.write(batch, { signal, position: { log, firstIndex: nextIndex, lastIndex: last.index } });
    } catch (error) {
      // A server that stops has not failed to deliver.
      if (signal.aborted) return { failed: { isFinal: false, batchEvents: batch.length } };
      const { retryAfterMs, isFinal } =
        error instanceof AuditError ? error : { retryAfterMs: undefined, isFinal: false };
      await noteFailure(target, cursor, lease, error);
      if (isFinal && isBestEffort && entries.length === 1) {
        const reason = isCodedError(error) ? error.message : 'the receiver does not take it';
        return moveOn(cursor, lease, last.index + 1, 'skipped', [gap(target, cursor, nextIndex, last.index, reason)]);
      }
      return { failed: { isFinal, batchEvents: entries.length, ...(retryAfterMs !== undefined && { retryAfterMs }) } };
    }
    const recovered =
      cursor.failingSince === undefined ? [] : [sinkEvent(target, log, 'audit.sink.recovered', 'info', {})];
    return moveOn(cursor, lease, last.index + 1, 'delivered', [...deleted, ...recovered]);
  };
}

/** First and last index of each stretch of entries whose events are gone. */
function deletedStretches(entries: readonly LogEntry[]): readonly (readonly [number, number])[] {
  const stretches: [number, number][] = [];
  for (const { index, event } of entries) {
    if (event !== undefined) continue;
    const current = stretches.at(-1);
    if (current?.[1] === index - 1) current[1] = index;
    else stretches.push([index, index]);
  }
  return stretches;
}
