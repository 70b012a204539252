import { type AuditEvent, type AuditEventCode, detailsOf } from '@sallyport/audit';
import { type AccessRequestId, type GrantId, isId } from '@sallyport/core';
import type { NotificationEvent } from '@sallyport/core/api';
import type { Transaction } from 'kysely';
import type { NotificationWrites } from './notification-contracts.ts';
import type { Database } from './schema.ts';

/** How long before its end the holder of a grant is told of it, in milliseconds. Shorter grants than twice that tell nothing. */
export const GRANT_ENDING_LEAD_MS = 10 * 60_000;
/** How long before a follow-up review is overdue its reviewers are told again, in milliseconds; half of the time if it is less. */
const FOLLOW_UP_LEAD_MS = 4 * 60 * 60_000;

const REQUEST_EVENTS: Partial<Readonly<Record<AuditEventCode, NotificationEvent>>> = {
  'access_request.created': 'accessRequest.created',
  'access_request.reviewed': 'accessRequest.reviewed',
  'access_request.approved': 'accessRequest.approved',
  'access_request.denied': 'accessRequest.denied',
  'access_request.cancelled': 'accessRequest.cancelled',
  'access_request.expired': 'accessRequest.expired',
  'access_request.broke_glass': 'accessRequest.brokeGlass',
  'access_request.followed_up': 'accessRequest.followedUp',
};
const GRANT_EVENTS: Partial<Readonly<Record<AuditEventCode, 'grant.started' | 'grant.ended'>>> = {
  'grant.started': 'grant.started',
  'grant.expired': 'grant.ended',
  'grant.revoked': 'grant.ended',
};

/**
 * Queues what channels are to be told of a transition of an access request or a grant. It goes by the audit event, which
 * every transition writes exactly one of, in its own transaction, whoever makes it: a service, a due-job, or what takes access
 * along when something is removed. So no way to change access can forget to tell.
 */
export async function announce(
  { db, notifications }: { readonly db: Transaction<Database>; readonly notifications: NotificationWrites },
  event: AuditEvent,
): Promise<void> {
  const { code } = event;
  const details = detailsOf(event);
  const requestEvent = REQUEST_EVENTS[code];
  if (requestEvent !== undefined) return announceRequest(db, notifications, requestEvent, details['accessRequestId']);
  const grantEvent = GRANT_EVENTS[code];
  if (grantEvent !== undefined) await announceGrant(db, notifications, grantEvent, details['grantId']);
}

async function announceRequest(
  db: Transaction<Database>,
  notifications: NotificationWrites,
  event: NotificationEvent,
  id: unknown,
): Promise<void> {
  const request = await db
    .selectFrom('access_requests')
    .select(['id', 'organization_id', 'created_at', 'follow_up_due_at'])
    .where('id', '=', idIn('accessRequest', id, event))
    .executeTakeFirst();
  if (request === undefined) return;
  const about = { organizationId: request.organization_id, subjectId: request.id };
  await notifications.enqueue({ event, ...about });
  if (event === 'accessRequest.followedUp') await notifications.withdraw(request.id, ['accessRequest.followUpDue']);
  if (event !== 'accessRequest.brokeGlass' || request.follow_up_due_at === null) return;
  const dueMs = request.follow_up_due_at.getTime();
  const leadMs = Math.min(FOLLOW_UP_LEAD_MS, (dueMs - request.created_at.getTime()) / 2);
  await notifications.enqueue({ event: 'accessRequest.followUpDue', ...about, dueAt: new Date(dueMs - leadMs) });
}

async function announceGrant(
  db: Transaction<Database>,
  notifications: NotificationWrites,
  event: 'grant.started' | 'grant.ended',
  id: unknown,
): Promise<void> {
  const find = (grantId: GrantId) =>
    db
      .selectFrom('grants')
      .select(['id', 'organization_id', 'request_id', 'renews_id', 'starts_at', 'ends_at'])
      .where('id', '=', grantId)
      .executeTakeFirst();
  const grant = await find(idIn('grant', id, event));
  if (grant === undefined) return;
  const about = {
    organizationId: grant.organization_id,
    subjectId: grant.request_id ?? grant.id,
    details: { grantId: grant.id },
  };
  if (event === 'grant.ended') await notifications.withdraw(about.subjectId, ['grant.ending'], grant.id);
  await notifications.enqueue({ event, ...about });
  if (event === 'grant.ended') return;
  // Its holder has more time now: that the one before ends is no news.
  const renewed = grant.renews_id === null ? undefined : await find(grant.renews_id);
  if (renewed !== undefined) {
    await notifications.withdraw(renewed.request_id ?? renewed.id, ['grant.ending'], renewed.id);
  }
  const lifeMs = grant.ends_at.getTime() - grant.starts_at.getTime();
  if (lifeMs < 2 * GRANT_ENDING_LEAD_MS) return;
  const dueAt = new Date(grant.ends_at.getTime() - GRANT_ENDING_LEAD_MS);
  await notifications.enqueue({ event: 'grant.ending', ...about, dueAt });
}

function idIn(kind: 'accessRequest', id: unknown, event: string): AccessRequestId;
function idIn(kind: 'grant', id: unknown, event: string): GrantId;
function idIn(kind: 'accessRequest' | 'grant', id: unknown, event: string): AccessRequestId | GrantId {
  if (typeof id === 'string' && isId(kind, id)) return id;
  // The audit event of a transition that does not say what it is of: a fault of ours, which must not pass unnoticed.
  throw new TypeError(`the audit event of ${event} names no ${kind} in its details`);
}
