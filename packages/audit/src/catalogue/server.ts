import { entry } from './entry.ts';
import { identifier, optional } from './fields.ts';

const replicaId = identifier('The server.');
const REPLICA = 'rep_01k9y3t0q5m8w2v7h4x6z1r9bj';

/** The servers of the installation. */
export const SERVER_EVENTS = {
  'server.started': entry({
    name: 'Server started',
    category: 'server',
    severity: 'info',
    summary: 'A server is ready.',
    fields: { replicaId: optional(replicaId) },
    example: { details: { replicaId: REPLICA } },
  }),
  'server.stopped': entry({
    name: 'Server stopped',
    category: 'server',
    severity: 'info',
    summary: 'A server was stopped in order.',
    fields: { replicaId: optional(replicaId) },
    example: { details: { replicaId: REPLICA } },
  }),
  'server.replica.lost': entry({
    name: 'Server lost',
    category: 'server',
    severity: 'warning',
    summary: 'A server is gone without having stopped; what it was carrying is marked as interrupted.',
    fields: { replicaId },
    example: { details: { replicaId: REPLICA } },
  }),
} as const;
