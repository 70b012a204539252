import type { CreatedTerminal, TerminalList } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import type { Handler } from './context.ts';
import { locateCluster } from './locate.ts';

/** Makes a terminal of the caller on one cluster. */
export const createTerminal: Handler = async (context, call): Promise<CreatedTerminal> => {
  const cluster = locateCluster(context, call, 'credentials.create');
  return context.terminals.create({ login: call.caller, sourceAddress: call.sourceAddress }, cluster);
};

/** Lists the caller's terminals, on all servers. */
export const listMyTerminals: Handler = async ({ terminals }, { caller }): Promise<TerminalList> =>
  terminals.list(caller);

/** Ends a terminal of the caller, whichever server runs it. */
export const endMyTerminal: Handler = async ({ terminals }, { caller, parameters }): Promise<void> => {
  const id = parameters['id'] ?? '';
  if (await terminals.end(caller, id)) return;
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no terminal ${JSON.stringify(id.slice(0, 64))} of yours`,
  });
};
