import { z } from 'zod';
import { instant } from '../instant.ts';
import { NOTIFICATION_EVENTS } from '../kinds/notification-channel.ts';
import { idSchema } from '../names.ts';
import { pageMetadataSchema } from '../resource.ts';
import type { Operation } from './operation.ts';

const CHANNEL = '/organizations/{organization}/notification-channels/{name}' as const;

/** States of a delivery. `dead` was given up. */
export const NOTIFICATION_DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

/** One notification to one channel. */
export const notificationDeliverySchema = z.object({
  /** Stays the same however often it is tried: receivers tell repetitions by it. */
  id: idSchema('notification'),
  event: z.enum(NOTIFICATION_EVENTS),
  /** Id of what it is about: an access request, a grant or an access review. */
  subject: z.string(),
  state: z.enum(NOTIFICATION_DELIVERY_STATES),
  /** How often it was tried. */
  tries: z.int(),
  createdAt: instant,
  /** When it is tried next, of one that is pending. */
  nextTryAt: instant.optional(),
  deliveredAt: instant.optional(),
  /** Why the last try failed. */
  error: z.string().optional(),
});

/** Deliveries, newest first. */
export const notificationDeliveryListSchema = z.object({
  items: z.array(notificationDeliverySchema),
  metadata: pageMetadataSchema,
});

const deliveryQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  continue: z.string().max(1_024).optional(),
  state: z.enum(NOTIFICATION_DELIVERY_STATES).optional(),
});

/** What a test of a channel came to. */
export const channelTestSchema = z.object({
  isDelivered: z.boolean(),
  /** Why not. */
  error: z.string().optional(),
});

/** One notification to one channel; see {@link notificationDeliverySchema}. */
export type NotificationDelivery = z.infer<typeof notificationDeliverySchema>;
/** Deliveries; see {@link notificationDeliveryListSchema}. */
export type NotificationDeliveryList = z.infer<typeof notificationDeliveryListSchema>;
/** What a test of a channel came to; see {@link channelTestSchema}. */
export type ChannelTest = z.infer<typeof channelTestSchema>;

/** Operations on notification channels beside those of every resource. */
export const notificationOperations = {
  testNotificationChannel: {
    method: 'POST',
    path: `${CHANNEL}/test`,
    summary: 'Sends a test message to a notification channel at once, and says what came of it',
    permission: 'notificationChannels.update',
    response: channelTestSchema,
    status: 200,
  },
  listNotificationDeliveries: {
    method: 'GET',
    path: `${CHANNEL}/deliveries`,
    summary: 'Lists what a notification channel was sent, or failed to be sent, newest first',
    permission: 'notificationChannels.read',
    query: deliveryQuerySchema,
    response: notificationDeliveryListSchema,
    status: 200,
  },
  redeliverNotification: {
    method: 'POST',
    path: `${CHANNEL}/deliveries/{id}/redeliver`,
    summary: 'Sends again what a notification channel was not delivered, with all tries anew',
    permission: 'notificationChannels.update',
    response: notificationDeliverySchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
