import type { AuditOutcome } from '@sallyport/audit';
import type { SessionRecordingId } from '@sallyport/core';
import type { SessionObserver } from '@sallyport/core/streaming';
import type { Refusal } from '../refusal.ts';

/** The recording of one session, as the stream that carries it sees it. */
export interface RecordedSession {
  /** Absent while there is nothing to be found under it. */
  readonly recordingId: SessionRecordingId | undefined;
  /** The streams of the session are open: the API server has switched protocols. */
  open(): void;
  /** Sees what passes. */
  readonly observer: SessionObserver;
  /** Calls back, at once or later, when more may pass: what is recorded is not to run ahead of what keeps it. */
  whenRoom(go: () => void): void;
  /**
   * The streams of the session can't be told apart: yields why it must not go on, or `undefined` when it may go on unrecorded.
   */
  unreadable(): Refusal | undefined;
  /** Sets the one listener for a recording that failed though it must not. */
  onFailure(listener: (refusal: Refusal) => void): void;
  /** The session is over. Never rejects; what is left to store is stored behind the caller's back. */
  end(outcome: AuditOutcome): void;
}

/** The refusal of a session that must be recorded and can't begin to be. */
export const NOT_RECORDABLE: Refusal = {
  code: 'ERR_PROXY_RECORDING_UNAVAILABLE',
  message: 'terminals must be recorded here, and this one can not be, so it does not open.',
};

/** The refusal of what runs commands by the API of a node where terminals must be recorded. */
export const NODE_NOT_RECORDABLE: Refusal = {
  code: 'ERR_PROXY_RECORDING_UNAVAILABLE',
  message: 'terminals must be recorded here, and what a node runs by its own API can not be. Use kubectl exec.',
};

/** The refusal of a session that must be recorded and no longer is. */
export const RECORDING_FAILED: Refusal = {
  code: 'ERR_PROXY_RECORDING_FAILED',
  message:
    'terminals must be recorded here, and the recording could not be stored any longer, so the session was ended.',
};
