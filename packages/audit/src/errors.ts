import { CodedError, type CodedErrorOptions } from '@sallyport/core/errors';

/** Codes of `@sallyport/audit`. */
export type AuditErrorCode =
  /** An event could not be delivered as its class demands: a sink failed, took too long, or its queue is full. */
  | 'ERR_AUDIT_UNDELIVERED'
  /** A sink can't open, write, rotate or flush what it stands on, or was closed. */
  | 'ERR_AUDIT_SINK'
  /** The local spool holds as much as it may, because the database has taken nothing for a while. */
  | 'ERR_AUDIT_SPOOL_FULL'
  /** The receiver of a sink does not answer: no connection, no TLS, no answer in time, or an address that is not called. */
  | 'ERR_AUDIT_SINK_UNREACHABLE'
  /** The receiver of a sink answered that it does not take a batch. */
  | 'ERR_AUDIT_SINK_REFUSED'
  /** Text that should be an audit event is not one. */
  | 'ERR_AUDIT_EVENT_MALFORMED'
  /** A place outside of the tree was asked for, or a tile that it takes is missing or too short. */
  | 'ERR_AUDIT_TREE'
  /** Text that should be a signed note, a checkpoint or a verifier key is not one. */
  | 'ERR_AUDIT_NOTE_MALFORMED'
  /** A witness did not take a checkpoint: its folder, repository or store can't be reached or written. */
  | 'ERR_AUDIT_WITNESS'
  /** A witness keeps another checkpoint of the same size: somebody has rewritten the log. */
  | 'ERR_AUDIT_WITNESS_CONFLICT'
  /** Lines that should be an audit log bundle are none, or only the beginning of one. */
  | 'ERR_AUDIT_BUNDLE_MALFORMED'
  /** A chunk of a recording does not open: altered, moved, of another recording, or under another key. */
  | 'ERR_RECORDING_CHUNK'
  /** More of a recording waits to be stored than is held, and nothing of it was stored in time. */
  | 'ERR_RECORDING_BEHIND'
  /** The place where chunks of recordings lie does not take, give or list them. */
  | 'ERR_BLOB_STORE';

/** Error of `@sallyport/audit`. */
export class AuditError extends CodedError<AuditErrorCode> {
  /** How long the receiver of a sink wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether sending the same batch again can't come to anything else. */
  readonly isFinal: boolean;

  constructor(
    options: CodedErrorOptions<AuditErrorCode> & { readonly retryAfterMs?: number; readonly isFinal?: boolean },
  ) {
    super(options);
    this.retryAfterMs = options.retryAfterMs;
    this.isFinal = options.isFinal ?? false;
  }
}
