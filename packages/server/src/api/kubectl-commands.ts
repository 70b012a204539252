import type { KubectlCommandList, kubectlCommandQuerySchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { listCommands } from '../audit-search/commands/list-commands.ts';
import { formatPageMark, parsePageMark, recordReading } from '../audit-search/reads.ts';
import { selectionOf } from '../audit-search/selection.ts';
import type { Handler } from './context.ts';

/** Lists calls of kubectl whose requests the caller sees. */
export const listKubectlCommands: Handler = async (context, call): Promise<KubectlCommandList> => {
  const { limit, continue: text, ...filter } = call.query as z.output<typeof kubectlCommandQuerySchema>;
  const mark = text === undefined ? undefined : parsePageMark(text);
  const selection = selectionOf(context, call.caller, filter);
  const readId = await recordReading(context, call, { operation: 'listKubectlCommands', filter }, mark);
  const { items, next } = await listCommands(context.store.auditReads, selection, {
    limit,
    ...(mark !== undefined && { after: mark }),
  });
  return { items: [...items], metadata: next === undefined ? {} : { continue: formatPageMark({ ...next, readId }) } };
};
