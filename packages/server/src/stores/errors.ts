import { CodedError } from '@sallyport/core';

/** Codes of the stores. */
export type StoreErrorCode =
  /** The state folder belongs to a server that is running. */
  | 'ERR_STORE_LOCKED'
  /** The state folder can't be made, read or opened as a database. */
  | 'ERR_STORE_FOLDER'
  /** PostgreSQL does not answer, or refuses the connection. */
  | 'ERR_STORE_UNREACHABLE'
  /** The embedded database has stopped or was closed; every pending and later query fails. */
  | 'ERR_STORE_CLOSED'
  /** The schema could not be brought up to date, or is newer than this version. */
  | 'ERR_STORE_MIGRATION'
  /** A name or key is taken. */
  | 'ERR_STORE_CONFLICT'
  /** A record refers to another that is not there. */
  | 'ERR_STORE_REFERENCE'
  /** The encryption key is not the one that the stored secrets were encrypted with, or a secret was altered. */
  | 'ERR_STORE_ENCRYPTION_KEY'
  /** A store method was called inside a transaction of the same store, where it would wait for itself. */
  | 'ERR_STORE_NESTED'
  /** The database failed in a way that has no code of its own. */
  | 'ERR_STORE_FAILED';

/** Error of the stores. */
export class StoreError extends CodedError<StoreErrorCode> {}

/**
 * Turns what a database driver threw into a {@link StoreError}; lets coded errors pass. Messages of the database stand in the
 * cause only, since they may quote values.
 */
export function toStoreError(error: unknown): unknown {
  if (error instanceof CodedError) return error;
  const { code, constraint, table } = error as { code?: unknown; constraint?: unknown; table?: unknown };
  const where = typeof constraint === 'string' ? constraint : String(table ?? 'record');
  if (code === '23505') {
    return new StoreError({ code: 'ERR_STORE_CONFLICT', message: `already taken: ${where}`, cause: error });
  }
  if (code === '23503') {
    return new StoreError({ code: 'ERR_STORE_REFERENCE', message: `refers to nothing: ${where}`, cause: error });
  }
  if (typeof code === 'string' && UNREACHABLE.test(code)) {
    return new StoreError({
      code: 'ERR_STORE_UNREACHABLE',
      message: `the database does not answer (${code})`,
      cause: error,
      nextStep: 'Check that PostgreSQL runs and takes connections from this machine.',
    });
  }
  const detail = typeof code === 'string' ? ` (${code})` : '';
  return new StoreError({
    code: 'ERR_STORE_FAILED',
    message: `the database refused a statement${detail}`,
    cause: error,
  });
}

// Socket faults of Node, and the SQLSTATE classes 08 (connection), 28 (authorization), 3D (no such database), 53 (resources), 57P (shutdown).
const UNREACHABLE = /^(?:ECONN|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|ENETUNREACH|08|28|3D|53|57P)/;
