import type { AuditSinkTest, KindResource } from '@sallyport/core/api';
import { boundsOf, eventsBehind } from '../audit/delivery/sink-bounds.ts';
import { sinkStateOf } from '../audit/delivery/sink-standing.ts';
import { notFound } from '../resources/permitted.ts';
import type { SinkCursor } from '../stores/audit-sink-contracts.ts';
import { callEvent, type Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

type Sink = KindResource<'AuditSink'>;

/** Writes an event that tells of the test, and sends that very event to the sink at once. */
export const testAuditSink: Handler = async (context, call): Promise<AuditSinkTest> => {
  assertPermitted(context, call, 'auditSinks.update');
  const name = call.parameters['name'] ?? '';
  const sink = context.snapshots.current().find('AuditSink', name, call.caller.organization.id);
  if (sink === undefined) throw notFound('AuditSink', name);
  const event = callEvent(context, call, 'audit.sink.tested', { details: { sink: name, auditSinkId: sink.id } });
  await context.store.transact((tx) => tx.appendAudit(event));
  return context.auditSinks.test(sink, event);
};

/** Adds to what a handler shows of sinks how far they have got, which is not of the snapshot. */
export function withSinkHealth(handler: Handler): Handler {
  return async (context, call) => {
    const shown = await handler(context, call);
    if (typeof shown !== 'object' || shown === null) return shown;
    const cursors = await context.store.auditSinks.cursors(call.caller.organization.id);
    const bySink = new Map(cursors.map((cursor) => [cursor.sink, cursor]));
    const at = new Date(context.clock.now());
    const complete = (sink: Sink): Sink => {
      const cursor = bySink.get(sink.metadata.id);
      return cursor === undefined ? sink : { ...sink, status: { ...sink.status, ...healthOf(sink, cursor, at) } };
    };
    if ('items' in shown) return { ...shown, items: (shown.items as Sink[]).map(complete) };
    return complete(shown as Sink);
  };
}

function healthOf({ spec }: Sink, cursor: SinkCursor, at: Date): Omit<Sink['status'], 'secrets'> {
  const { nextIndex, deliveredAt, failingSince, lastError } = cursor;
  return {
    state: spec.disabled === true ? 'disabled' : sinkStateOf(cursor, boundsOf(spec), at),
    eventsBehind: eventsBehind(cursor),
    ...(deliveredAt !== undefined && { lastDeliveredAt: deliveredAt, lastDeliveredIndex: nextIndex - 1 }),
    ...(failingSince !== undefined && { failingSince }),
    ...(lastError !== undefined && { lastError }),
  };
}
