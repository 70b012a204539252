import { entry } from './entry.ts';
import { CLUSTER_CALL } from './example-facts.ts';
import { count, identifier, optional, word } from './fields.ts';

const terminalId = identifier('Which terminal.');
const TERMINAL = 'trm_01k9y3t0q5m8w2v7h4x6z1r9bi';

/** Terminals in the browser. What is done in one has events of its own, as any request to a cluster. */
export const TERMINAL_EVENTS = {
  'terminal.opened': entry({
    name: 'Terminal opened',
    category: 'proxy',
    severity: 'info',
    summary: 'Somebody opened a terminal in the browser on a cluster.',
    fields: { terminalId, isolation: word('What keeps it apart: `namespaces`, or `none` in development mode.') },
    example: { ...CLUSTER_CALL, details: { terminalId: TERMINAL, isolation: 'namespaces' } },
  }),
  'terminal.command.ended': entry({
    name: 'Terminal command ended',
    category: 'proxy',
    severity: 'info',
    summary: 'A command that was run in a terminal has ended, or was ended with it.',
    fields: {
      terminalId,
      command: word('The command without what it was given: `kubectl rollout restart`.'),
      exitCode: count('Exit code; above 128 it was ended by a signal.'),
      durationMs: count('How long it ran, in milliseconds.'),
    },
    example: {
      ...CLUSTER_CALL,
      details: { terminalId: TERMINAL, command: 'kubectl rollout restart', exitCode: 0, durationMs: 812 },
    },
  }),
  'terminal.ended': entry({
    name: 'Terminal ended',
    category: 'proxy',
    severity: 'info',
    summary: 'A terminal has ended, with everything that ran in it and all of its files.',
    fields: {
      terminalId,
      reason: word(
        '`closed` by the person or their browser, `idle`, `limit` of its life, `accessEnded`, `serverStopped`, `interrupted` when the server was killed, or `failed`.',
      ),
      commandCount: optional(count('How many commands were run.')),
    },
    example: { ...CLUSTER_CALL, details: { terminalId: TERMINAL, reason: 'closed', commandCount: 12 } },
  }),
} as const;
