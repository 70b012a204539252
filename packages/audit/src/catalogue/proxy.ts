import { entry } from './entry.ts';
import { KUBECTL } from './example-facts.ts';
import { count, identifier, optional, words } from './fields.ts';

const decision = {
  effect: 'allow',
  reasons: ['role developer, bound to group platform'],
  snapshotVersion: 4711,
  impersonatedUser: 'ada@example.com',
  impersonatedGroups: ['sallyport:developer'],
} as const;
const outcome = { status: 200, bytesSent: 1834, bytesReceived: 0, durationMs: 41, ended: 'completed' } as const;
const sensitive = optional(
  words(
    'What an auditor wants to see at once: privileges that the request needs, and `proxy` for what reaches past the API server.',
  ),
);

/** Requests to clusters. */
export const PROXY_EVENTS = {
  'proxy.request.started': entry({
    name: 'Request started',
    category: 'proxy',
    severity: 'info',
    summary: 'A request was allowed and goes to its cluster; written before anything of it is sent.',
    fields: { sensitive },
    example: { ...KUBECTL, decision },
  }),
  'proxy.request.completed': entry({
    name: 'Request completed',
    category: 'proxy',
    severity: 'info',
    summary: 'An allowed request has ended, however it ended; its outcome says how.',
    fields: { sensitive },
    example: { ...KUBECTL, decision, outcome },
  }),
  'proxy.request.denied': entry({
    name: 'Request denied',
    category: 'proxy',
    severity: 'notice',
    summary: 'A request was refused here and did not reach its cluster.',
    fields: {
      sensitive,
      count: optional(count('How many refusals alike this one stands for, of which it was the first.')),
    },
    example: {
      ...KUBECTL,
      decision: {
        effect: 'deny',
        reasons: ['ada@example.com may not delete pods in the namespace shop of production-eu'],
        snapshotVersion: 4711,
      },
      outcome: {
        ...outcome,
        status: 403,
        bytesSent: 0,
        durationMs: 0,
        ended: 'refused',
        errorCode: 'ERR_PROXY_DENIED',
      },
    },
  }),
  'proxy.request.interrupted': entry({
    name: 'Request interrupted',
    category: 'proxy',
    severity: 'warning',
    summary: 'A server stopped while it carried a request; how the request ended at its cluster is not known here.',
    fields: { sensitive, replicaId: optional(identifier('The server that carried the request.')) },
    example: {
      ...KUBECTL,
      decision,
      outcome: { status: 0, bytesSent: 0, bytesReceived: 0, durationMs: 0, ended: 'interrupted' },
      details: { replicaId: 'rep_01k9y3t0q5m8w2v7h4x6z1r9bj' },
    },
  }),
} as const;
