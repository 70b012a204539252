import type { AuditEventCode } from '@sallyport/audit';
import type {
  AccessRequestId,
  ClusterId,
  LegalHoldId,
  OrganizationId,
  PrincipalId,
  SessionRecordingId,
} from '@sallyport/core';
import type { Lease } from './key-contracts.ts';

/** How long a log keeps what, as it was set: durations by category. */
export interface StoredRetention {
  readonly spec: Readonly<Record<string, string>>;
  /** 0 while nothing was set. */
  readonly resourceVersion: number;
  readonly updatedAt?: Date;
}

/** What a legal hold keeps. Conditions that are given must all hold; without any, everything of the organization. */
export interface HoldSelection {
  readonly principalId?: PrincipalId;
  readonly clusterId?: ClusterId;
  /** What happened at or after. */
  readonly since?: Date;
  /** What happened before. */
  readonly until?: Date;
  readonly accessRequestId?: AccessRequestId;
  readonly recordingId?: SessionRecordingId;
}

/** An order that something is kept whatever retention says. */
export interface LegalHold {
  readonly id: LegalHoldId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly reason: string;
  readonly selection: HoldSelection;
  /** User name of whoever ordered it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly released?: { readonly at: Date; readonly by: string; readonly reason: string };
}

/** What retention is to delete of one log. */
export interface EventsToDelete {
  /** Organization id, or `installation`. */
  readonly log: string;
  /** Only events of these codes. */
  readonly codes: readonly AuditEventCode[];
  /** Only events from before. */
  readonly before: Date;
  /** Most of them. */
  readonly limit: number;
}

/** A recording whose time is over. */
export interface DueRecording {
  readonly id: SessionRecordingId;
  readonly organizationId: OrganizationId;
}

/** Reads of retention. */
export interface RetentionRows {
  /** The logs that there are. */
  logs(): Promise<readonly string[]>;
  find(log: string): Promise<StoredRetention>;
  /** Holds of an organization, newest first; those in force only, unless `withReleased`. */
  holds(organizationId: OrganizationId, withReleased: boolean): Promise<readonly LegalHold[]>;
  /** Events of the selection that a hold keeps, counted. */
  countHeld(selection: Omit<EventsToDelete, 'limit'>): Promise<number>;
  /** Recordings of an organization that ended before and that no hold keeps, oldest first. */
  dueRecordings(organizationId: OrganizationId, before: Date, limit: number): Promise<readonly DueRecording[]>;
}

/** Writes of retention, inside a transaction. */
export interface RetentionWrites {
  /** Replaces what was set; `false` when that has another version than `expected` by now. */
  set(log: string, spec: Readonly<Record<string, string>>, expected: number): Promise<boolean>;
  /** Orders a hold; `false` when the organization has one of that name. */
  hold(hold: LegalHold): Promise<boolean>;
  /** Releases a hold; `undefined` when there is none of that name in force. */
  release(
    organizationId: OrganizationId,
    name: string,
    released: NonNullable<LegalHold['released']>,
  ): Promise<LegalHold | undefined>;
  /**
   * Deletes the oldest events of a selection that no hold keeps, with their places in the log; their hashes stay in its tree.
   * Yields their indexes in the log, ascending. Waits for holds that are being ordered.
   */
  deleteEvents(lease: Lease, selection: EventsToDelete): Promise<readonly number[]>;
  /** Deletes a recording with the rows of its chunks, unless a hold keeps it by now. */
  deleteRecording(lease: Lease, id: SessionRecordingId): Promise<boolean>;
}
