import { createId } from '@sallyport/core';
import { API_PREFIX } from '@sallyport/core/api';
import { type MockHandlers, notFound } from './handlers.ts';

const LIMITS = { maxOpen: 5, idleMs: 15 * 60_000, lifetimeMs: 8 * 3_600_000 };
const PATH = new RegExp(`^${API_PREFIX}/terminals/(trm_[0-9a-z]+)$`);
/** Clusters of terminals that were made, by id: the address of a WebSocket says no more. */
const clusters = new Map<string, string>();

/** On which cluster the terminal is whose WebSocket is at that path; `undefined`: it is none of the mock's. */
export function mockTerminalCluster(path: string): string | undefined {
  return clusters.get(PATH.exec(path)?.[1] ?? '');
}

/** Terminals of the reader. They end with their connection, so none is ever listed as open. */
export const terminalHandlers: MockHandlers<'createTerminal' | 'listMyTerminals' | 'endMyTerminal'> = {
  createTerminal: ({ input: { name }, world }) => {
    if (!world.clusters.some(({ metadata }) => metadata.name === name)) throw notFound('cluster');
    const id = createId('terminal');
    clusters.set(id, name);
    const ticketExpiresAt = new Date(Date.now() + 30_000);
    return { id, path: `${API_PREFIX}/terminals/${id}?ticket=of-the-mock`, ticketExpiresAt, limits: LIMITS };
  },
  listMyTerminals: () => ({
    items: [],
    ended: [...clusters].map(([id, cluster]) => ({
      id: id as ReturnType<typeof createId<'terminal'>>,
      cluster,
      endedAt: new Date(),
      reason: 'interrupted',
    })),
    limits: LIMITS,
  }),
  endMyTerminal: () => {
    throw notFound('terminal');
  },
};
