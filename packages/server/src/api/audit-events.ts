import type { AuditEventId } from '@sallyport/core';
import { isId } from '@sallyport/core';
import type {
  AuditEventList,
  AuditEventResource,
  auditAggregateQuerySchema,
  auditQuerySchema,
} from '@sallyport/core/api';
import type { z } from 'zod';
import { countSelection } from '../audit-search/count.ts';
import { describeAuditEvent } from '../audit-search/describe-event.ts';
import { formatPageMark, parsePageMark, recordReading } from '../audit-search/reads.ts';
import { selectionOf } from '../audit-search/selection.ts';
import { ApiError } from '../errors.ts';
import type { ApiContext, Call, Handler } from './context.ts';

/** Lists audit events that the caller sees. */
export const listAuditEvents: Handler = async (context, call): Promise<AuditEventList> => {
  const { limit, continue: text, fields: _, ...rest } = call.query as z.output<typeof auditQuerySchema>;
  const { order, ...filter } = rest;
  const mark = text === undefined ? undefined : parsePageMark(text);
  const selection = selectionOf(context, call.caller, filter);
  const readId = await recordReading(context, call, { operation: 'listAuditEvents', filter: rest }, mark);
  // One more than is shown tells whether there is another page.
  const found = await context.store.auditReads.list(selection, {
    order,
    limit: limit + 1,
    ...(mark !== undefined && { after: mark }),
  });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ event }) => describeAuditEvent(event)),
    metadata: found.length > limit && last ? { continue: formatPageMark({ at: last.at, seq: last.seq, readId }) } : {},
  };
};

/** Shows one audit event. One that the caller does not see answers as one that does not exist. */
export const getAuditEvent: Handler = async (context, call): Promise<AuditEventResource> => {
  const id = call.parameters['id'] ?? '';
  const selection = selectionOf(context, call.caller, {});
  const found = isId('auditEvent', id) ? await context.store.auditReads.find(selection, id) : undefined;
  if (found === undefined) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no audit event ${JSON.stringify(id.slice(0, 64))} for you`,
      nextStep: 'Run `sallyport audit search` to see those that there are.',
    });
  }
  await recordRead(context, call, found.id);
  return describeAuditEvent(found);
};

async function recordRead(context: ApiContext, call: Call, eventId: AuditEventId): Promise<void> {
  await recordReading(context, call, { operation: 'getAuditEvent', filter: { id: eventId } });
}

/** Counts audit events that the caller sees. */
export const aggregateAuditEvents: Handler = async (context, call) => {
  const { by, top, interval, ...filter } = call.query as z.output<typeof auditAggregateQuerySchema>;
  const selection = selectionOf(context, call.caller, filter);
  await recordReading(context, call, { operation: 'aggregateAuditEvents', filter: { ...filter, by, interval } });
  return countSelection(context, selection, { top, by, interval });
};
