import { AUDIT_METRICS_FORMATS, type AuditDelivery, type AuditReceiver } from '@sallyport/core/api';
import { formatDeliveryMetrics } from '../audit/delivery/delivery-metrics.ts';
import { eventsBehind } from '../audit/delivery/sink-bounds.ts';
import type { ApiContext, Handler } from './context.ts';
import { assertOnInstallation } from './locate.ts';
import type { TextAnswer } from './text-answer.ts';

/** Shows how all sinks and witnesses do. */
export const getAuditDelivery: Handler = async (context, call): Promise<AuditDelivery> => {
  assertOnInstallation(context, call, 'installation.read');
  return { items: await receiversOf(context) };
};

/** Shows the same as figures for monitoring. */
export const getAuditDeliveryMetrics: Handler = async (context, call): Promise<TextAnswer> => {
  assertOnInstallation(context, call, 'installation.read');
  const text = formatDeliveryMetrics(await receiversOf(context), new Date(context.clock.now()));
  return { mediaType: AUDIT_METRICS_FORMATS.openmetrics, chunks: once(text) };
};

async function receiversOf(context: ApiContext): Promise<AuditReceiver[]> {
  const { organizations } = context.snapshots.current();
  const sinks = (await context.auditSinks.standings()).map(({ name, organizationId, state, cursor }): AuditReceiver => {
    const { log, waitingSince, deliveredAt, failingSince, lastError } = cursor;
    const organization = organizationId && organizations.get(organizationId)?.name;
    return {
      ...{ type: 'sink', name, log, state, eventsBehind: eventsBehind(cursor) },
      ...(organization !== undefined && { organization }),
      ...(waitingSince && { waitingSince }),
      ...(deliveredAt && { lastDeliveredAt: deliveredAt }),
      ...(failingSince && { failingSince }),
      ...(lastError !== undefined && { lastError }),
    };
  });
  return [...sinks, ...(await witnessesOf(context))];
}

async function witnessesOf({ store, auditProof: { witnesses = [] } }: ApiContext): Promise<AuditReceiver[]> {
  if (witnesses.length === 0) return [];
  const known = await store.auditProof.witnessed();
  const newest = await Promise.all(
    (await store.auditProof.logs()).map(async (log) => ({
      log,
      size: (await store.auditProof.newestCheckpoint(log))?.size ?? 0,
    })),
  );
  return witnesses.flatMap((name) =>
    newest.map(({ log, size }): AuditReceiver => {
      const found = known.find((one) => one.witness === name && one.log === log);
      return {
        ...{ type: 'witness', name, log, state: found?.failingSince === undefined ? 'delivering' : 'failing' },
        eventsBehind: Math.max(0, size - (found?.size ?? 0)),
        ...(found?.at && { lastDeliveredAt: found.at }),
        ...(found?.failingSince && { failingSince: found.failingSince }),
      };
    }),
  );
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
