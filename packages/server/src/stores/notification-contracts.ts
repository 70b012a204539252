import type {
  AccessRequestId,
  AccessReviewId,
  GrantId,
  NotificationChannelId,
  NotificationId,
  OrganizationId,
  ReviewId,
} from '@sallyport/core';
import type { NOTIFICATION_DELIVERY_STATES, NotificationEvent } from '@sallyport/core/api';
import type { ChannelSecrets } from './channel-secrets.ts';

/** What a notification is about. What follows on one subject is told in order. */
export type NotificationSubject = AccessRequestId | GrantId | AccessReviewId;

/** What a notification tells beside what its subject is by the time it is sent. */
export interface NotificationDetails {
  /** The review that was given. */
  readonly reviewId?: ReviewId;
  /** The grant, where the subject is the access request that it comes from. */
  readonly grantId?: GrantId;
  /** Facts of an access review, in the order in which they are shown. */
  readonly facts?: readonly { readonly label: string; readonly value: string }[];
  /** One sentence, of an access review: who did what. */
  readonly title?: string;
  /** Path of the page in the web client, of an access review. */
  readonly path?: string;
}

/** Something that channels are to be told. */
export interface NotificationToSend {
  readonly event: NotificationEvent;
  readonly organizationId: OrganizationId;
  readonly subjectId: NotificationSubject;
  readonly details?: NotificationDetails;
  /** When it is to be sent first. Absent: now. */
  readonly dueAt?: Date;
}

/** One notification to one channel. */
export interface QueuedNotification {
  readonly id: NotificationId;
  readonly organizationId: OrganizationId;
  readonly channelId: NotificationChannelId;
  readonly event: NotificationEvent;
  readonly subjectId: NotificationSubject;
  readonly details: NotificationDetails;
  readonly state: (typeof NOTIFICATION_DELIVERY_STATES)[number];
  /** How often it was tried. */
  readonly tries: number;
  readonly createdAt: Date;
  readonly nextTryAt: Date;
  /** When it is given up at the latest. */
  readonly giveUpAt: Date;
  /** When it was delivered or given up. */
  readonly settledAt?: Date;
  readonly lastError?: string;
}

/** How the deliveries of a channel are doing. */
export interface ChannelHealth {
  readonly pendingCount: number;
  readonly deadCount: number;
  readonly lastDeliveredAt?: Date;
  /** Why the last try failed, unless something was delivered since. */
  readonly lastError?: string;
}

/** The outbox, outside of transactions. */
export interface NotificationRows {
  /**
   * What may be sent at `at`, at most one per channel and subject: the first of those that wait. Nothing of disabled channels,
   * nor of those named.
   */
  due(at: Date, limit: number, except: readonly NotificationChannelId[]): Promise<readonly QueuedNotification[]>;
  list(
    channelId: NotificationChannelId,
    selection: { readonly state?: QueuedNotification['state'] },
    page: { readonly limit: number; readonly after?: NotificationId },
  ): Promise<{ readonly items: readonly QueuedNotification[]; readonly totalCount: number }>;
  /** Health of all channels of an organization that were ever told anything. */
  health(organizationId: OrganizationId): Promise<ReadonlyMap<NotificationChannelId, ChannelHealth>>;
  /** Secrets of a channel by name. */
  secrets(channelId: NotificationChannelId): Promise<ChannelSecrets>;
  /** What a channel calls its message about a subject. */
  reference(channelId: NotificationChannelId, subjectId: NotificationSubject): Promise<string | undefined>;
  /** Calls `listener` after this server committed something to be sent. Returns the way to stop. */
  watch(listener: () => void): () => void;
}

/** The outbox, within a transaction. */
export interface NotificationWrites {
  /** Queues it for every channel that wants the event and is not disabled. */
  enqueue(notification: NotificationToSend): Promise<void>;
  /** Takes back what was queued about a subject (of one grant, if named) and not sent yet. */
  withdraw(subjectId: NotificationSubject, events: readonly NotificationEvent[], grantId?: GrantId): Promise<void>;
  /** Notes a delivery. Nothing happens when it is settled already. */
  recordDelivered(id: NotificationId, reference?: string): Promise<void>;
  /** Notes a try that failed: to be tried again, or given up. Nothing happens when it is settled already. */
  recordFailed(
    id: NotificationId,
    failure: { readonly error: string; readonly nextTryAt?: Date; readonly isDead: boolean },
  ): Promise<void>;
  /** Removes what has nothing to tell any more. */
  drop(id: NotificationId): Promise<void>;
  /** Makes what is not delivered be tried at once, with all its tries anew. `undefined` when it is not there or delivered. */
  redeliver(channelId: NotificationChannelId, id: NotificationId): Promise<QueuedNotification | undefined>;
}
