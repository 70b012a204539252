import type { AuditFilter } from '@sallyport/core/api';
import { recordReading } from '../audit-search/reads.ts';
import { selectionOf } from '../audit-search/selection.ts';
import { openTail } from '../audit-search/tail.ts';
import type { Handler } from './context.ts';
import type { TextAnswer } from './text-answer.ts';

/** Sends audit events that the caller sees as they come. Audited once, when it begins. */
export const tailAuditEvents: Handler = async (context, call): Promise<TextAnswer> => {
  const filter = call.query as AuditFilter;
  selectionOf(context, call.caller, filter);
  const chunks = openTail(context, call, filter);
  await recordReading(context, call, { operation: 'tailAuditEvents', filter });
  return { mediaType: 'text/event-stream', chunks };
};
