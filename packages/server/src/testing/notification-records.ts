import { createId, type OrganizationId } from '@sallyport/core';
import type { KindSpec, NotificationEvent } from '@sallyport/core/api';
import { NOTIFICATION_EVENTS } from '@sallyport/core/api';
import { channelSecrets } from '../stores/channel-secrets.ts';
import type { NotificationChannelRecord, Writable } from '../stores/records.ts';

/** Secret of {@link aChannel}. */
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A notification channel to be written: a webhook that wants every event, with overrides. */
export function aChannel(
  organizationId: OrganizationId,
  overrides: {
    readonly name?: string;
    readonly events?: readonly NotificationEvent[];
    readonly leadsTo?: Partial<KindSpec<'NotificationChannel'>>;
  } = {},
): Writable<NotificationChannelRecord> {
  const { name = 'hook', events = NOTIFICATION_EVENTS } = overrides;
  const leadsTo = overrides.leadsTo ?? { webhook: { url: 'https://hook.example/in', secret: WEBHOOK_SECRET } };
  const spec = { events: [...events], ...leadsTo };
  return {
    id: createId('notificationChannel'),
    organizationId,
    name,
    spec,
    secretNames: Object.keys(channelSecrets.statedIn(spec)).sort(),
  };
}
