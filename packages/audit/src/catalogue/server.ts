import { entry } from './entry.ts';
import { calledAll, count, flag, identifier, instant, optional } from './fields.ts';

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
  'server.restored': entry({
    name: 'Database restored',
    category: 'server',
    severity: 'critical',
    summary: 'The database was restored from a backup, and all that was issued before was ended.',
    fields: {
      backupChange: count('Number of the last change that the backup held.'),
      backupAt: optional(instant('When that change was made.')),
      endedLoginSessions: count('Login sessions that ended by it, API keys among them.'),
      endedGrants: count('Grants that ended by it.'),
      broughtUpToDate: count('Standing records that are as they were last, from the notes of a server.'),
      withoutNotes: flag('Whether nobody knew all of what changed since the backup.'),
      removed: calledAll('Records with secrets that changed since the backup, and have to be applied again.'),
    },
    example: {
      details: {
        backupChange: 4711,
        backupAt: '2026-01-01T02:00:00.000Z',
        endedLoginSessions: 12,
        endedGrants: 3,
        broughtUpToDate: 5,
        withoutNotes: false,
        removed: ['AuditSink/siem'],
      },
    },
  }),
} as const;
