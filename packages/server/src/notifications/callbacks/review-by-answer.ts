import type { AccessRequestId } from '@sallyport/core';
import type { NotificationChannelRecord, PrincipalRecord } from '../../stores/records.ts';

/** A verdict that came back through a channel. */
export interface AnsweredReview {
  readonly channel: NotificationChannelRecord;
  /** Whose review it is. */
  readonly reviewer: PrincipalRecord;
  readonly requestId: AccessRequestId;
  readonly verdict: 'approve' | 'deny';
  readonly reason?: string;
  /** Of the request as it was shown. */
  readonly contentSha256?: string;
  readonly sourceAddress: string | undefined;
}

/**
 * Reviews an access request in the name of somebody who answered through a channel: by the same rules as over the REST API.
 * @throws ApiError
 */
export type ReviewByAnswer = (review: AnsweredReview) => Promise<{ readonly state: string }>;
