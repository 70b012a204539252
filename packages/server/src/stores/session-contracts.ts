import type { DecisionId, OrganizationId, SessionRecordingId } from '@sallyport/core';
import type { RecordingSelection, SessionRecording } from './recording-contracts.ts';

/** A session that somebody ended; snapshots hold it until every server has heard of it. */
export interface TerminatedSession {
  /** The proxied request that opened it. */
  readonly id: DecisionId;
  readonly reason: string;
  /** User name of who ended it. */
  readonly terminatedBy: string;
  readonly terminatedAt: Date;
}

/** Ending sessions, inside a transaction. */
export interface SessionWrites {
  /** Has whichever server carries it end a session. Says whether nobody did so before. */
  terminate(session: TerminatedSession): Promise<boolean>;
}

/** A recording of which chunks were stored that can not be searched yet. */
export interface UnindexedRecording {
  readonly id: SessionRecordingId;
  readonly organizationId: OrganizationId;
  /** Number of the first chunk that is not indexed. */
  readonly from: number;
  /** Number behind the last chunk that is stored. */
  readonly to: number;
}

/** Words that stand next to one another. One alone is a word. */
export type Phrase = readonly string[];

/** Searching what was printed. Words are given as they are; none of them is stored so. */
export interface SessionSearchRows {
  /** Recordings with chunks that are not indexed, after the recording `after`. */
  unindexed(limit: number, after?: SessionRecordingId): Promise<readonly UnindexedRecording[]>;
  /** Makes the words of a chunk, in their order, searchable. Of several servers at it, one succeeds. */
  index(recording: UnindexedRecording, number: number, words: readonly string[]): Promise<void>;
  /** Recordings in which every phrase was printed, newest first. */
  search(
    selection: RecordingSelection,
    phrases: readonly Phrase[],
    page: { readonly limit: number; readonly after?: SessionRecordingId },
  ): Promise<readonly SessionRecording[]>;
  /** Numbers of the first chunks of a recording in which one of the phrases was printed. */
  chunksWith(
    organizationId: OrganizationId,
    id: SessionRecordingId,
    phrases: readonly Phrase[],
    limit: number,
  ): Promise<readonly number[]>;
}
