import type { AuditPipeline } from '@sallyport/audit';
import { type Clock, createId, isCodedError, type Logger } from '@sallyport/core';
import type { ChannelTest } from '@sallyport/core/api';
import type { Router } from 'express';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import type { NotificationChannelRecord } from '../stores/records.ts';
import { createCallbackRoutes } from './callbacks/callback-routes.ts';
import type { ReviewByAnswer } from './callbacks/review-by-answer.ts';
import { createDeliverer } from './deliver.ts';
import { startDeliveries } from './delivery-runner.ts';
import { describeTest } from './describe-notification.ts';
import { createMailer, type SmtpSettings } from './mail/mailer.ts';
import { createOutbound, type OutboundOptions } from './outbound.ts';
import { sendToChannel, type WaysOut } from './send-to-channel.ts';

/** What {@link createNotifications} works with. */
export interface NotificationsOptions {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  /** Which server this is. */
  readonly replicaId: string;
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  /** Absent: the installation sends no mail. */
  readonly smtp?: SmtpSettings;
  readonly outbound: Pick<OutboundOptions, 'allowedAddresses' | 'caPems' | 'resolveAll' | 'timeoutMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells people and systems of what happens, and takes their answers. */
export interface Notifications {
  /** Sends a test to a channel at once, and says what came of it. */
  test(channel: NotificationChannelRecord): Promise<ChannelTest>;
  /** Makes the routes that take answers, to be mounted at `CALLBACK_PREFIX`. */
  createCallbacks(review: ReviewByAnswer): Router;
  close(): Promise<void>;
}

/** Creates the notifications of a server and starts delivering them. */
export function createNotifications(options: NotificationsOptions): Notifications {
  const { store, snapshots, audit, replicaId, publicUrl, smtp, clock, logger } = options;
  const outbound = createOutbound({ ...options.outbound, now: clock.now });
  const mailer = smtp && createMailer(smtp);
  const ways: WaysOut = { outbound, ...(mailer && { mailer }) };
  const deliver = createDeliverer({ ...ways, store, snapshots, publicUrl, clock, logger });
  const deliveries = startDeliveries({ store, holder: replicaId, deliver, clock, logger });
  const working = new Set<Promise<void>>();
  return {
    createCallbacks: (review) =>
      createCallbackRoutes({
        store,
        snapshots,
        audit,
        outbound,
        review,
        clock,
        logger,
        onWork(work) {
          working.add(work);
          void work.finally(() => working.delete(work));
        },
      }),
    async test(channel) {
      const at = new Date(clock.now());
      const id = createId('notification', at.getTime());
      const snapshot = snapshots.current();
      const view = describeTest(
        { id, organizationId: channel.organizationId },
        { snapshot, at, publicUrl },
        channel.name,
      );
      try {
        const secrets = await store.notifications.secrets(channel.id);
        await sendToChannel(ways, { channel, secrets, view, concerned: { reviewers: [] }, at });
        return { isDelivered: true };
      } catch (error) {
        if (!isCodedError(error)) throw error;
        return { isDelivered: false, error: [error.message, error.nextStep].filter(Boolean).join('. ') };
      }
    },
    async close() {
      await deliveries.close();
      await Promise.all(working);
      mailer?.close();
      await outbound.close();
    },
  };
}
