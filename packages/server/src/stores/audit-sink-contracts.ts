import type { AuditEvent } from '@sallyport/audit';
import type { AuditSinkId, OrganizationId } from '@sallyport/core';
import type { SealedSecrets } from './sealed-secrets.ts';

/** How far one sink has got in one log, and how far the log has. */
export interface SinkCursor {
  /** Id of an audit sink, or the name of one from the configuration behind `configured/`. */
  readonly sink: string;
  /** Id of an organization, or `installation`. */
  readonly log: string;
  /** First index that it has not been delivered. */
  readonly nextIndex: number;
  /** Events in the log. */
  readonly size: number;
  /** When the first event happened that it has not been delivered. */
  readonly waitingSince?: Date;
  /** When it took something last. */
  readonly deliveredAt?: Date;
  readonly failingSince?: Date;
  readonly lastError?: string;
}

/** One place of a log. */
export interface LogEntry {
  readonly index: number;
  /** Absent where retention has deleted it. */
  readonly event?: AuditEvent;
}

/** Sinks and logs, outside of transactions. */
export interface AuditSinkRows {
  /** All cursors, or those of the sinks of one organization. */
  cursors(organizationId?: OrganizationId): Promise<readonly SinkCursor[]>;
  /** Names of all logs that hold anything. */
  logs(): Promise<readonly string[]>;
  /** Entries of a log from an index on, in order. */
  entries(log: string, fromIndex: number, limit: number): Promise<readonly LogEntry[]>;
  /** First index at or after `fromIndex` whose event happened at `at` or later; `undefined` when there is none. */
  indexAt(log: string, fromIndex: number, at: Date): Promise<number | undefined>;
  /** Secrets of a sink by name. */
  secrets(id: AuditSinkId): Promise<SealedSecrets>;
  /** Calls `listener` after this server committed something that sinks may be sent. Returns the way to stop. */
  watch(listener: () => void): () => void;
}

/** Cursors, within a transaction. */
export interface AuditSinkWrites {
  /** Makes a sink begin in a log at what is next in it, or at its very beginning. Nothing happens when it has begun already. */
  begin(
    at: { readonly sink: string; readonly sinkId?: AuditSinkId; readonly log: string },
    from: 'next' | 'start',
  ): Promise<void>;
  /**
   * Moves a cursor on from where it is said to be, over what was delivered, or skipped. What was noted of failures goes with a
   * delivery. Yields whether it was there.
   */
  advance(
    cursor: Pick<SinkCursor, 'sink' | 'log' | 'nextIndex'>,
    toIndex: number,
    how: 'delivered' | 'skipped',
  ): Promise<boolean>;
  /** Notes a try that failed. Yields whether the one before it had not. */
  recordFailed(cursor: Pick<SinkCursor, 'sink' | 'log'>, error: string): Promise<boolean>;
}
