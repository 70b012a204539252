import type { KindSpec, NotificationChannelType } from '@sallyport/core/api';
import { createSecretForm, type SealedSecrets } from './sealed-secrets.ts';

type Spec = KindSpec<'NotificationChannel'>;

/** Secrets of a notification channel by name. */
export type ChannelSecrets = SealedSecrets;

/** Which fields of each type of channel are secret. */
export const CHANNEL_SECRETS = {
  slack: ['botToken', 'signingSecret'],
  teams: ['webhookUrl'],
  teamsBot: ['appPassword'],
  email: [],
  webhook: ['secret'],
  pagerDuty: ['routingKey'],
  serviceNow: ['password'],
  jira: ['apiToken'],
} as const satisfies { readonly [Type in NotificationChannelType]: readonly (keyof NonNullable<Spec[Type]>)[] };

/** How secrets of notification channels are kept. The service account of a webhook is referred to by id. */
export const channelSecrets = createSecretForm<NotificationChannelType, Spec>({
  table: 'notification_channels',
  context: (id) => `notificationChannel/${id}`,
  fields: CHANNEL_SECRETS,
  elsewhere: ['reviewsAs'],
});
