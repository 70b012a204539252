import { createdTerminalSchema, terminalListSchema } from '../terminals.ts';
import type { Operation } from './operation.ts';

/** Operations on terminals in the browser: kubectl, run by the server that was asked, as the signed-in person. */
export const terminalOperations = {
  createTerminal: {
    method: 'POST',
    path: '/organizations/{organization}/clusters/{name}/terminals',
    summary: 'Makes a terminal of the signed-in person on one cluster, and issues the ticket that opens it',
    permission: 'credentials.create',
    response: createdTerminalSchema,
    status: 201,
  },
  listMyTerminals: {
    method: 'GET',
    path: '/me/terminals',
    summary: 'Lists the terminals of the caller that are open, on whichever server, with the limits that hold',
    permission: 'self',
    response: terminalListSchema,
    status: 200,
  },
  endMyTerminal: {
    method: 'DELETE',
    path: '/me/terminals/{id}',
    summary: 'Ends a terminal of the caller, with everything that runs in it',
    permission: 'self',
    status: 204,
  },
} as const satisfies Readonly<Record<string, Operation>>;
