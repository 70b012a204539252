import type { AuditEvent } from '@sallyport/audit';
import { type Clock, isCodedError, isId, type Logger } from '@sallyport/core';
import type { SnapshotSource } from '../snapshot.ts';
import type { QueuedNotification, Store } from '../stores/contracts.ts';
import type { Lease } from '../stores/key-contracts.ts';
import type { NotificationChannelRecord } from '../stores/records.ts';
import { systemEvent } from '../system-event.ts';
import { planRetry } from './delivery-plan.ts';
import { describeNotification, type NotificationSource } from './describe-notification.ts';
import { NotificationError } from './errors.ts';
import { contentSha256Of, reviewersOf } from './review-lookup.ts';
import { sendToChannel, type WaysOut } from './send-to-channel.ts';

/** What {@link createDeliverer} works with. */
export interface DelivererOptions extends WaysOut {
  readonly store: Pick<Store, 'access' | 'notifications' | 'transact'>;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** At least 0 and less than 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Delivers one notification and notes what came of it, as long as the lease is held. Says whether it was taken. */
export type Deliver = (notification: QueuedNotification, lease: Lease) => Promise<boolean>;

/**
 * Creates what delivers. A message goes out before that is noted, so one may go out twice and none is forgotten; its id tells
 * receivers. What is noted goes through the fence of the lease.
 */
export function createDeliverer(options: DelivererOptions): Deliver {
  const { store, snapshots, publicUrl, clock, logger, random = Math.random } = options;

  async function sourceOf(notification: QueuedNotification): Promise<NotificationSource> {
    const { organizationId, subjectId, details } = notification;
    const snapshot = snapshots.current();
    const grantId = details.grantId ?? (isId('grant', subjectId) ? subjectId : undefined);
    const request = isId('accessRequest', subjectId)
      ? await store.access.findRequest(organizationId, subjectId)
      : undefined;
    const grant = grantId === undefined ? undefined : await store.access.findGrant(organizationId, grantId);
    const contentSha256 = request && contentSha256Of(request, snapshot);
    return {
      notification,
      snapshot,
      at: new Date(clock.now()),
      publicUrl,
      ...(request !== undefined && { request }),
      ...(grant !== undefined && { grant }),
      ...(contentSha256 !== undefined && { contentSha256 }),
    };
  }

  async function send(notification: QueuedNotification, channel: NotificationChannelRecord) {
    const source = await sourceOf(notification);
    const { snapshot, request, grant, at } = source;
    const view = describeNotification(source);
    if (view === undefined) return undefined;
    const holderId = request?.requesterId ?? grant?.principalId;
    const holder = holderId && snapshot.principals.get(holderId);
    const reference = await store.notifications.reference(channel.id, notification.subjectId);
    return sendToChannel(options, {
      channel,
      secrets: await store.notifications.secrets(channel.id),
      view,
      concerned: {
        ...(holder !== undefined && { holder }),
        reviewers: request === undefined ? [] : reviewersOf(request, snapshot, at),
        ...(request !== undefined && { request }),
      },
      ...(reference !== undefined && { reference }),
      at,
    });
  }

  async function noteFailure(
    notification: QueuedNotification,
    channel: NotificationChannelRecord,
    lease: Lease,
    error: unknown,
  ) {
    const { id, giveUpAt } = notification;
    const tries = notification.tries + 1;
    const { retryAfterMs, isFinal } = error instanceof NotificationError ? error : {};
    const text = isCodedError(error) ? error.message : 'a fault of the server, see its log';
    if (!isCodedError(error)) logger.error({ err: error, notification: id }, 'a notification could not be made');
    const plan = planRetry({
      tries,
      at: new Date(clock.now()),
      giveUpAt,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      isFinal: isFinal ?? false,
      random: random(),
    });
    await store.transact(async (tx) => {
      await tx.holdLease(lease);
      await tx.notifications.recordFailed(id, { error: text, ...plan });
      if (plan.isDead) await tx.appendAudit(deadEvent(notification, channel, tries, text));
    });
    logger.warn(
      { notification: id, channel: channel.name, error: text, tries, isDead: plan.isDead },
      'a notification was not delivered',
    );
  }

  function deadEvent(
    { id, event, subjectId, organizationId }: QueuedNotification,
    { name }: NotificationChannelRecord,
    tries: number,
    error: string,
  ): AuditEvent {
    return systemEvent({ clock, snapshots }, 'notification.dead', {
      organizationId,
      details: { notificationId: id, channel: name, event, subjectId, tries, error },
    });
  }

  return async (notification, lease) => {
    const channel = snapshots.current().notificationChannels.get(notification.channelId);
    // Newer than the snapshot of this server: the next run has it.
    if (channel === undefined) return false;
    try {
      const sent = await send(notification, channel);
      await store.transact(async (tx) => {
        await tx.holdLease(lease);
        if (sent === undefined) await tx.notifications.drop(notification.id);
        else await tx.notifications.recordDelivered(notification.id, sent.reference);
      });
      return true;
    } catch (error) {
      await noteFailure(notification, channel, lease, error);
      return false;
    }
  };
}
