import {
  AUDIT_EXPORT_FORMATS,
  type AuditEventResource,
  auditEventSchema,
  type auditExportQuerySchema,
  EXPORT_COUNT_HEADER,
} from '@sallyport/core/api';
import { z } from 'zod';
import { createCsvLines } from '../audit-search/csv-columns.ts';
import { describeAuditEvent } from '../audit-search/describe-event.ts';
import { selectionOf } from '../audit-search/selection.ts';
import { stillIn } from '../audit-search/still-in.ts';
import { parseFields } from '../resources/select.ts';
import type { AuditPlace } from '../stores/audit-query.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import type { TextAnswer } from './text-answer.ts';

/** Events that are in memory at once. */
const BATCH = 500;

type Query = z.output<typeof auditExportQuerySchema>;

/**
 * Exports the audit events that the caller sees, as they are when it begins: how many is told in a header before the first of
 * them. What the caller sees is looked at anew for each batch; whoever loses their login session or their sight meanwhile gets
 * no more, and a connection that breaks off.
 */
export const exportAuditEvents: Handler = async (context, call): Promise<TextAnswer> => {
  const query = call.query as Query;
  const { format, order: _, fields, ...filter } = query;
  const { count, upTo } = await context.store.auditReads.count(selectionOf(context, call.caller, filter));
  const lines = format === 'csv' ? createCsvLines(fields) : createJsonLines(fields);
  await context.audit.record(
    callEvent(context, call, 'audit.exported', {
      details: { operation: 'exportAuditEvents', format, query: JSON.stringify(query), count },
    }),
    'required',
  );
  const day = new Date(context.clock.now()).toISOString().slice(0, 10);
  return {
    mediaType: AUDIT_EXPORT_FORMATS[format],
    fileName: `audit-${day}.${format}`,
    headers: { [EXPORT_COUNT_HEADER]: String(count) },
    chunks: write(context, call, { ...query, upTo }, lines),
  };
};

interface Lines {
  readonly head: string;
  line(event: AuditEventResource): string;
}

function createJsonLines(fields: string | undefined): Lines {
  const select = fields === undefined ? undefined : parseFields(fields);
  return {
    head: '',
    line(event) {
      const told = z.encode(auditEventSchema, event);
      return `${JSON.stringify(select?.(told) ?? told)}\n`;
    },
  };
}

async function* write(
  context: ApiContext,
  { caller: begun }: Call,
  { upTo, order, format: _, fields: _fields, ...filter }: Query & { readonly upTo: number },
  { head, line }: Lines,
): AsyncIterable<string> {
  if (head !== '') yield head;
  let after: AuditPlace | undefined;
  for (;;) {
    const caller = stillIn(context, begun);
    const batch = await context.store.auditReads.list(selectionOf(context, caller, filter), {
      order,
      upTo,
      limit: BATCH,
      ...(after !== undefined && { after }),
    });
    if (batch.length > 0) yield batch.map(({ event }) => line(describeAuditEvent(event))).join('');
    if (batch.length < BATCH) return;
    after = batch.at(-1);
  }
}
