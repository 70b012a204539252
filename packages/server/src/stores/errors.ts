import { CodedError } from '@sallyport/core';

/** Codes of the stores. */
export type StoreErrorCode =
  /** The state folder belongs to a server that is running. */
  | 'ERR_STORE_LOCKED'
  /** The state folder can't be made, read or opened as a database. */
  | 'ERR_STORE_FOLDER'
  /** PostgreSQL does not answer, or refuses the connection. */
  | 'ERR_STORE_UNREACHABLE'
  /** PostgreSQL is a standby, whose state may be old and which takes no writes. */
  | 'ERR_STORE_STANDBY'
  /** What stands before PostgreSQL shares its connections among clients, and nothing names the database itself. */
  | 'ERR_STORE_POOLED'
  /** The embedded database has stopped or was closed; every pending and later query fails. */
  | 'ERR_STORE_CLOSED'
  /** The schema could not be brought up to date, or is newer than this version. */
  | 'ERR_STORE_MIGRATION'
  /** The record is not as the write expects it, or a key that must be unique is there already. */
  | 'ERR_STORE_CONFLICT'
  /** The name is another record's of the same kind. */
  | 'ERR_STORE_NAME_TAKEN'
  /** The record can't be deleted while others belong to it. */
  | 'ERR_STORE_IN_USE'
  /** A record refers to another that is not there. */
  | 'ERR_STORE_REFERENCE'
  /** The database is older than what this server has seen of it: it was restored from a backup, or lost its last changes. */
  | 'ERR_STORE_ROLLED_BACK'
  /** The encryption key is not the one that the stored secrets were encrypted with, or a secret was altered. */
  | 'ERR_STORE_ENCRYPTION_KEY'
  /** Another server runs the job now; what this one was about to write did not happen. */
  | 'ERR_STORE_LEASE_LOST'
  /** A store method was called inside a transaction of the same store, where it would wait for itself. */
  | 'ERR_STORE_NESTED'
  /** The database is there but too slow: a statement waited too long for its turn or ran too long. Nothing was changed. */
  | 'ERR_STORE_BUSY'
  /** The database failed in a way that has no code of its own. */
  | 'ERR_STORE_FAILED';

/** Error of the stores. */
export class StoreError extends CodedError<StoreErrorCode> {}

// Socket faults of Node, and the SQLSTATE classes 08 (connection), 28 (authorization), 3D (no such database),
// 53 (resources) and 57P (shutdown); 25P03 is a connection closed for staying idle in a transaction.
const UNREACHABLE = /^(?:ECONN|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|ENETUNREACH|08|28|3D|53|57P|25P03)/;
// What pg throws about a lost or late connection has no code.
const CONNECTION_LOST =
  /^Connection terminated|timeout exceeded when trying to connect|connection error|^Query read timeout|^Client has encountered/;
/** What a standby says to a write. */
const READ_ONLY = '25006';
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * Turns what a database driver threw into a {@link StoreError}; anything else passes as it is. The database's own messages
 * stand in the cause only, since they may quote values.
 */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const state = typeof code === 'string' ? code : '';
  if (UNREACHABLE.test(state) || (state === '' && CONNECTION_LOST.test(error.message))) {
    return new StoreError({
      code: 'ERR_STORE_UNREACHABLE',
      message: `the database does not answer${state && ` (${state})`}`,
      cause: error,
      nextStep: 'Check that PostgreSQL runs and takes connections from this machine.',
    });
  }
  if (state === READ_ONLY) return standby(error);
  if (!SQLSTATE.test(state)) return error;
  const isName = state === '23505' && typeof constraint === 'string' && constraint.endsWith('_name');
  const [storeCode, what] = isName
    ? (['ERR_STORE_NAME_TAKEN', 'already taken'] as const)
    : (CONSTRAINT_FAULTS[state] ?? ['ERR_STORE_FAILED', `the database refused a statement (${state})`]);
  const message = typeof constraint === 'string' ? `${what}: ${constraint}` : what;
  return new StoreError({ code: storeCode, message, cause: error });
}

/** The error of a server that finds its database older than it was. */
export function rolledBack(message: string): StoreError {
  return new StoreError({
    code: 'ERR_STORE_ROLLED_BACK',
    message,
    nextStep:
      'If it was restored from a backup, run "sallyport server restore" on it and start again: nothing that was revoked since the backup may come back.',
  });
}

/** The error of a server that was led to a standby. */
export function standby(cause?: unknown): StoreError {
  return new StoreError({
    code: 'ERR_STORE_STANDBY',
    message: 'the database is a standby',
    cause,
    nextStep: 'Promote it, or have the address of the database lead to the primary.',
  });
}

const CONSTRAINT_FAULTS: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  '23505': ['ERR_STORE_CONFLICT', 'already taken'],
  '23503': ['ERR_STORE_REFERENCE', 'refers to nothing'],
  '40001': ['ERR_STORE_BUSY', 'other changes were in the way each time'],
  '40P01': ['ERR_STORE_BUSY', 'other changes were in the way each time'],
  '55P03': ['ERR_STORE_BUSY', 'waited too long for another change'],
  '57014': ['ERR_STORE_BUSY', 'took longer than a statement may'],
};
