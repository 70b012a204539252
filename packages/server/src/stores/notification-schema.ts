import type { NotificationChannelId, NotificationId, OrganizationId } from '@sallyport/core';
import type { Generated } from 'kysely';
import type { NotificationDetails, QueuedNotification } from './notification-contracts.ts';
import type { Json } from './record-schema.ts';

/** The tables of the outbox. */
export interface NotificationTables {
  notifications: {
    id: NotificationId;
    /** Order of being written. */
    position: Generated<number | string>;
    organization_id: OrganizationId;
    channel_id: NotificationChannelId;
    event: QueuedNotification['event'];
    subject_id: QueuedNotification['subjectId'];
    details: Json<NotificationDetails>;
    state: Generated<QueuedNotification['state']>;
    tries: Generated<number>;
    created_at: Date;
    due_at: Date;
    next_try_at: Date;
    give_up_at: Date;
    settled_at: Date | null;
    last_error: string | null;
  };
  notification_messages: {
    channel_id: NotificationChannelId;
    subject_id: QueuedNotification['subjectId'];
    reference: string;
    written_at: Date;
  };
}
