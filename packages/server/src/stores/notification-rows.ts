import { type Clock, createId } from '@sallyport/core';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { channelSecrets } from './channel-secrets.ts';
import type { Envelope } from './envelope.ts';
import type { NotificationRows, NotificationWrites, QueuedNotification } from './notification-contracts.ts';
import type { Database } from './schema.ts';

/** How long something is tried, in milliseconds, from when it was due. */
export const GIVE_UP_AFTER_MS = 24 * 60 * 60_000;
/** Longest text of a failure that is kept. */
const MAX_ERROR_CHARACTERS = 512;

/** Reads the outbox. */
export function createNotificationRows(
  db: Kysely<Database>,
  envelope: Envelope,
  clock: Clock,
): Omit<NotificationRows, 'watch'> {
  return {
    async due(at, limit, except) {
      const { rows } = await sql<Selectable<Database['notifications']>>`
        select waiting.* from notifications as waiting
        join notification_channels as channel on channel.id = waiting.channel_id
        where waiting.state = 'pending' and waiting.next_try_at <= ${at}
          and coalesce((channel.spec->>'disabled')::boolean, false) = false
          and not waiting.channel_id = any(${[...except]}::text[])
          and not exists (
            select from notifications as earlier
            where earlier.channel_id = waiting.channel_id and earlier.subject_id = waiting.subject_id
              and earlier.state = 'pending' and (earlier.due_at, earlier.position) < (waiting.due_at, waiting.position))
        order by waiting.next_try_at, waiting.position limit ${limit}`.execute(db);
      return rows.map(toNotification);
    },
    async list(channelId, { state }, { limit, after }) {
      let all = db.selectFrom('notifications').where('channel_id', '=', channelId);
      if (state !== undefined) all = all.where('state', '=', state);
      const page = after === undefined ? all : all.where('id', '<', after);
      const rows = await page.selectAll().orderBy('id', 'desc').limit(limit).execute();
      const { count } = await all
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .executeTakeFirstOrThrow();
      return { items: rows.map(toNotification), totalCount: Number(count) };
    },
    async health(organizationId) {
      const { rows } = await sql<{
        channel_id: QueuedNotification['channelId'];
        pending: number;
        dead: number;
        delivered_at: Date | null;
        error: string | null;
      }>`
        select channel_id,
          (count(*) filter (where state = 'pending' and due_at <= ${new Date(clock.now())}))::integer as pending,
          (count(*) filter (where state = 'dead'))::integer as dead,
          max(settled_at) filter (where state = 'delivered') as delivered_at,
          (array_agg(last_error order by id desc) filter (where last_error is not null and state <> 'delivered'))[1] as error
        from notifications where organization_id = ${organizationId} group by channel_id`.execute(db);
      return new Map(
        rows.map(({ channel_id, pending, dead, delivered_at, error }) => [
          channel_id,
          {
            pendingCount: pending,
            deadCount: dead,
            ...(delivered_at !== null && { lastDeliveredAt: delivered_at }),
            ...(error !== null && { lastError: error }),
          },
        ]),
      );
    },
    secrets: (channelId) => channelSecrets.read(db, envelope, channelId),
    async reference(channelId, subjectId) {
      const row = await db
        .selectFrom('notification_messages')
        .select('reference')
        .where('channel_id', '=', channelId)
        .where('subject_id', '=', subjectId)
        .executeTakeFirst();
      return row?.reference;
    },
  };
}

/** Writes the outbox within one transaction. `onEnqueued` is told that there is something to be sent. */
export function createNotificationWrites(options: {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  readonly onEnqueued: () => void;
}): NotificationWrites {
  const { db, clock, onEnqueued } = options;
  const now = () => new Date(clock.now());

  return {
    async enqueue({ event, organizationId, subjectId, details = {}, dueAt }) {
      const at = now();
      const first = dueAt !== undefined && dueAt > at ? dueAt : at;
      const { rows: channels } = await sql<{ id: QueuedNotification['channelId'] }>`
        select id from notification_channels
        where organization_id = ${organizationId} and spec->'events' ? ${event}::text
          and coalesce((spec->>'disabled')::boolean, false) = false
        order by id`.execute(db);
      if (channels.length === 0) return;
      await db
        .insertInto('notifications')
        .values(
          channels.map(({ id }) => ({
            id: createId('notification', at.getTime()),
            organization_id: organizationId,
            channel_id: id,
            event,
            subject_id: subjectId,
            details: JSON.stringify(details),
            created_at: at,
            due_at: first,
            next_try_at: first,
            give_up_at: new Date(first.getTime() + GIVE_UP_AFTER_MS),
            settled_at: null,
            last_error: null,
          })),
        )
        .execute();
      onEnqueued();
    },
    async withdraw(subjectId, events, grantId) {
      let unsent = db
        .deleteFrom('notifications')
        .where('subject_id', '=', subjectId)
        .where('state', '=', 'pending')
        .where('event', 'in', [...events])
        .where('tries', '=', 0);
      if (grantId !== undefined) unsent = unsent.where(sql<boolean>`details->>'grantId' = ${grantId}`);
      await unsent.execute();
    },
    async recordDelivered(id, reference) {
      const at = now();
      const settled = await db
        .updateTable('notifications')
        .set(({ eb }) => ({ state: 'delivered', settled_at: at, last_error: null, tries: eb('tries', '+', 1) }))
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .returning(['channel_id', 'subject_id'])
        .executeTakeFirst();
      if (settled === undefined || reference === undefined) return;
      await db
        .insertInto('notification_messages')
        .values({ ...settled, reference, written_at: at })
        .onConflict((conflict) =>
          conflict.columns(['channel_id', 'subject_id']).doUpdateSet({ reference, written_at: at }),
        )
        .execute();
    },
    async recordFailed(id, { error, nextTryAt, isDead }) {
      await db
        .updateTable('notifications')
        .set(({ eb }) => ({
          tries: eb('tries', '+', 1),
          last_error: error.slice(0, MAX_ERROR_CHARACTERS),
          ...(nextTryAt !== undefined && { next_try_at: nextTryAt }),
          ...(isDead && { state: 'dead' as const, settled_at: now() }),
        }))
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .execute();
    },
    async drop(id) {
      await db.deleteFrom('notifications').where('id', '=', id).execute();
    },
    async redeliver(channelId, id) {
      const at = now();
      const row = await db
        .updateTable('notifications')
        .set({
          state: 'pending',
          tries: 0,
          next_try_at: at,
          give_up_at: new Date(at.getTime() + GIVE_UP_AFTER_MS),
          settled_at: null,
        })
        .where('id', '=', id)
        .where('channel_id', '=', channelId)
        .where('state', '<>', 'delivered')
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return undefined;
      onEnqueued();
      return toNotification(row);
    },
  };
}

function toNotification(row: Selectable<Database['notifications']>): QueuedNotification {
  return {
    id: row.id,
    organizationId: row.organization_id,
    channelId: row.channel_id,
    event: row.event,
    subjectId: row.subject_id,
    details: row.details,
    state: row.state,
    tries: row.tries,
    createdAt: row.created_at,
    nextTryAt: row.next_try_at,
    giveUpAt: row.give_up_at,
    ...(row.settled_at !== null && { settledAt: row.settled_at }),
    ...(row.last_error !== null && { lastError: row.last_error }),
  };
}
