import type { AccessRequestId, NotificationId } from '@sallyport/core';
import type { NotificationEvent } from '@sallyport/core/api';

/** One thing that is worth knowing about a notification. Both are plain text; the value may have line breaks. */
export interface NotificationFact {
  readonly label: string;
  readonly value: string;
}

/** What a notification says, before any product's form. All texts are plain, bounded and free of control characters. */
export interface NotificationView {
  /** Stays the same however often it is sent. */
  readonly id: NotificationId;
  readonly event: NotificationEvent | 'test';
  /** When it happened. */
  readonly at: Date;
  /** Name of the organization. */
  readonly organization: string;
  /** Id of what it is about; what follows on it has the same. */
  readonly subject: string;
  /** One sentence: who did what. */
  readonly title: string;
  /** In the order in which they are shown. */
  readonly facts: readonly NotificationFact[];
  /** Page of it in the web client. */
  readonly link: string;
  /** Somebody ought to look at once. */
  readonly isUrgent: boolean;
  /** Nothing more is to be done about the subject. */
  readonly isSettled: boolean;
  /** Given while the access request waits for a review. */
  readonly toReview?: {
    readonly requestId: AccessRequestId;
    /** Of the request as it is shown here: an approval of anything else does not count. */
    readonly contentSha256: string;
  };
  /** The same for machines: names and values of the contract of the REST API. */
  readonly data: Readonly<Record<string, unknown>>;
}
