import type { DecisionId, SessionRecordingId } from '@sallyport/core';

/** The tables of what is done with sessions. */
export interface SessionTables {
  terminated_sessions: {
    id: DecisionId;
    reason: string;
    terminated_by: string;
    terminated_at: Date;
  };
  recording_words: {
    recording_id: SessionRecordingId;
    /** Of the chunk, and of a part of its words. */
    number: number;
    part: number;
    /** A `tsvector`, in its written form. */
    words: string;
  };
}
