import { isId } from '@sallyport/core';
import type { ChannelTest, KindResource, NotificationDelivery, NotificationDeliveryList } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { notFound } from '../resources/permitted.ts';
import type { QueuedNotification } from '../stores/notification-contracts.ts';
import type { NotificationChannelRecord } from '../stores/records.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

type Channel = KindResource<'NotificationChannel'>;

/** Sends a test to a channel. */
export const testNotificationChannel: Handler = async (context, call): Promise<ChannelTest> => {
  const channel = locateChannel(context, call, 'notificationChannels.update');
  const event = callEvent(context, call, 'notification.channel.tested', { details: { channel: channel.name } });
  await context.audit.record(event, 'required');
  return context.notifications.test(channel);
};

/** Lists what a channel was sent, or failed to be sent. */
export const listNotificationDeliveries: Handler = async (context, call): Promise<NotificationDeliveryList> => {
  const { id } = locateChannel(context, call, 'notificationChannels.read');
  const query = call.query as {
    readonly limit: number;
    readonly continue?: string;
    readonly state?: QueuedNotification['state'];
  };
  const { limit, continue: after, state } = query;
  if (after !== undefined && !isId('notification', after)) {
    throw new ApiError({
      code: 'ERR_API_REQUEST_INVALID',
      message: 'continue is none that a listing gave',
      problems: [{ path: 'query.continue', message: 'is none that a listing gave' }],
    });
  }
  const { items, totalCount } = await context.store.notifications.list(
    id,
    { ...(state !== undefined && { state }) },
    { limit: limit + 1, ...(after !== undefined && { after }) },
  );
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(describeDelivery),
    metadata: {
      ...(items.length > limit && last !== undefined && { continue: last.id }),
      totalCount,
      resourceVersion: String(context.snapshots.current().version),
    },
  };
};

/** Sends again what was not delivered. */
export const redeliverNotification: Handler = async (context, call): Promise<NotificationDelivery> => {
  const channel = locateChannel(context, call, 'notificationChannels.update');
  const id = call.parameters['id'] ?? '';
  const again = isId('notification', id)
    ? await context.store.transact(async (tx) => {
        const queued = await tx.notifications.redeliver(channel.id, id);
        if (queued === undefined) return undefined;
        const details = { notificationId: id, channel: channel.name, event: queued.event, subjectId: queued.subjectId };
        await tx.appendAudit(callEvent(context, call, 'notification.redelivered', { details }));
        return queued;
      })
    : undefined;
  if (again !== undefined) return describeDelivery(again);
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no delivery ${JSON.stringify(id.slice(0, 64))} of ${channel.name} that waits or was given up`,
    nextStep: `Run \`sallyport notification-channels deliveries list ${channel.name}\` to see them.`,
  });
};

/** Adds to what a handler shows of channels how their deliveries are doing, which is not of the snapshot. */
export function withDeliveryHealth(handler: Handler): Handler {
  return async (context, call) => {
    const shown = await handler(context, call);
    if (typeof shown !== 'object' || shown === null) return shown;
    const health = await context.store.notifications.health(call.caller.organization.id);
    const complete = (channel: Channel): Channel => ({
      ...channel,
      status: { ...channel.status, ...health.get(channel.metadata.id) },
    });
    if ('items' in shown) return { ...shown, items: (shown.items as Channel[]).map(complete) };
    return complete(shown as Channel);
  };
}

function locateChannel(
  context: ApiContext,
  call: Call,
  permission: 'notificationChannels.read' | 'notificationChannels.update',
): NotificationChannelRecord {
  assertPermitted(context, call, permission);
  const name = call.parameters['name'] ?? '';
  const found = context.snapshots.current().find('NotificationChannel', name, call.caller.organization.id);
  if (found === undefined) throw notFound('NotificationChannel', name);
  return found;
}

function describeDelivery(queued: QueuedNotification): NotificationDelivery {
  const { id, event, subjectId, state, tries, createdAt, nextTryAt, settledAt, lastError } = queued;
  return {
    id,
    event,
    subject: subjectId,
    state,
    tries,
    createdAt,
    ...(state === 'pending' && { nextTryAt }),
    ...(state === 'delivered' && settledAt !== undefined && { deliveredAt: settledAt }),
    ...(lastError !== undefined && { error: lastError }),
  };
}
