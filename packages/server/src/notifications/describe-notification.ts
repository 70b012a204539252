import { type GrantState, grantStateAt } from '@sallyport/authz';
import { formatDuration, type PrincipalId, placeText } from '@sallyport/core';
import type { NotificationEvent } from '@sallyport/core/api';
import { describeScope } from '../resources/definitions/describe-reach.ts';
import type { Snapshot } from '../snapshot.ts';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import type { QueuedNotification } from '../stores/notification-contracts.ts';
import { plainLine, plainText, SHORT_PLACE } from './plain-text.ts';
import type { NotificationFact, NotificationView } from './view.ts';

/** What a notification is described from: its subject as it is now. */
export interface NotificationSource {
  readonly notification: Pick<
    QueuedNotification,
    'id' | 'event' | 'createdAt' | 'organizationId' | 'subjectId' | 'details'
  >;
  readonly snapshot: Snapshot;
  readonly at: Date;
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly request?: KeptAccessRequest;
  readonly grant?: KeptGrant;
  /** Of the request as role and policy are now; absent when one of them is gone. */
  readonly contentSha256?: string;
}

/** Says what a notification is about; `undefined` when it has nothing to tell any more. */
export function describeNotification(source: NotificationSource): NotificationView | undefined {
  const { event } = source.notification;
  if (event.startsWith('accessReview.')) return describeAccessReview(source);
  if (source.grant !== undefined) return describeGrant(source, source.grant);
  if (source.request !== undefined) return describeRequest(source, source.request);
  return undefined;
}

/** What tests of channels send. */
export function describeTest(
  { id, organizationId }: Pick<QueuedNotification, 'id' | 'organizationId'>,
  { snapshot, at, publicUrl }: Pick<NotificationSource, 'snapshot' | 'at' | 'publicUrl'>,
  channel: string,
): NotificationView {
  return {
    id,
    event: 'test',
    at,
    organization: snapshot.organizations.get(organizationId)?.name ?? organizationId,
    subject: id,
    title: `A test of the notification channel ${plainLine(channel)}`,
    facts: [],
    link: publicUrl,
    isUrgent: false,
    isSettled: true,
    data: {},
  };
}

function describeRequest(source: NotificationSource, request: KeptAccessRequest): NotificationView | undefined {
  const { notification, at, publicUrl, contentSha256 } = source;
  const { event } = notification;
  if (event === 'accessRequest.followUpDue' && request.followUp?.state !== 'due') return undefined;
  const isWaiting = request.state === 'pending' && request.pendingUntil > at;
  const words = wordsOf(source, request);
  return {
    ...commonOf(source),
    title: plainLine(titleOfRequest(event, request, words), MAX_TITLE_CHARACTERS),
    facts: factsOfRequest(request, words),
    link: `${publicUrl}/access/requests/${request.id}`,
    isUrgent: event === 'accessRequest.brokeGlass',
    isSettled: request.state !== 'pending' && request.followUp?.state !== 'due',
    ...(isWaiting && contentSha256 !== undefined && { toReview: { requestId: request.id, contentSha256 } }),
    data: { accessRequest: dataOfRequest(request, words, contentSha256) },
  };
}

function describeGrant(source: NotificationSource, grant: KeptGrant): NotificationView | undefined {
  const { notification, at, publicUrl, request, snapshot } = source;
  const { event } = notification;
  const state = grantStateAt(grant, at);
  if (event === 'grant.ending' && state !== 'active') return undefined;
  const where = placeText(describeScope(grant.scope, snapshot), grant.objects, SHORT_PLACE);
  const role = snapshot.get('Role', grant.roleId)?.name ?? grant.names.role;
  const user = nameOf(source, grant.principalId) ?? grant.names.principal;
  const by = nameOf(source, grant.end?.byId);
  const end = grant.end === undefined ? {} : { endedAt: grant.end.at, endedBy: by, endedReason: grant.end.reason };
  const { id, startsAt, endsAt, isBreakGlass } = grant;
  return {
    ...commonOf(source),
    title: plainLine(titleOfGrant(event, state, { role, user, where, endsAt, by }), MAX_TITLE_CHARACTERS),
    facts: facts({
      User: user,
      Role: role,
      Where: where,
      From: timeText(startsAt),
      Until: timeText(endsAt),
      Reason: grant.reason,
      Ended: grant.end === undefined ? undefined : [by && `by ${by}`, grant.end.reason].filter(Boolean).join(': '),
    }),
    link: request === undefined ? `${publicUrl}/access/grants/${id}` : `${publicUrl}/access/requests/${request.id}`,
    isUrgent: false,
    isSettled: state === 'expired' || state === 'revoked',
    data: {
      grant: { id, state, user, role, where, startsAt, endsAt, isBreakGlass, reason: plainText(grant.reason), ...end },
      ...(grant.requestId !== undefined && { accessRequest: { id: grant.requestId } }),
    },
  };
}

/** Facts of access reviews come with the notification: they are counts of the moment. */
function describeAccessReview(source: NotificationSource): NotificationView {
  const { details, event, subjectId } = source.notification;
  const shown = (details.facts ?? []).map(({ label, value }) => ({
    label: plainLine(label, 64),
    value: plainText(value),
  }));
  return {
    ...commonOf(source),
    title: plainLine(details.title ?? 'An access review', MAX_TITLE_CHARACTERS),
    facts: shown,
    link: `${source.publicUrl}${details.path ?? `/access/reviews/${subjectId}`}`,
    isUrgent: false,
    isSettled: event === 'accessReview.closed',
    data: { accessReview: { id: subjectId, facts: shown } },
  };
}

/** Longest title, in characters: what chat headers and mail subjects show. */
const MAX_TITLE_CHARACTERS = 200;

function commonOf({ notification, snapshot }: NotificationSource) {
  const { id, event, createdAt, organizationId, subjectId } = notification;
  const organization = snapshot.organizations.get(organizationId)?.name ?? organizationId;
  return { id, event, at: createdAt, organization, subject: subjectId };
}

interface RequestWords {
  readonly requester: string;
  readonly role: string;
  readonly policy: string;
  readonly where: string;
  readonly by: string | undefined;
  readonly reviews: readonly { readonly reviewer: string; readonly verdict: string; readonly reason?: string }[];
}

function wordsOf(source: NotificationSource, request: KeptAccessRequest): RequestWords {
  const { snapshot } = source;
  return {
    requester: nameOf(source, request.requesterId) ?? request.names.requester,
    role: snapshot.get('Role', request.roleId)?.name ?? request.names.role,
    policy: snapshot.get('RequestPolicy', request.policyId)?.name ?? request.names.policy,
    where: placeText(describeScope(request.scope, snapshot), request.objects, SHORT_PLACE),
    by: nameOf(source, request.resolution?.byId),
    reviews: request.reviews.map(({ reviewerId, verdict, reason }) => ({
      reviewer: nameOf(source, reviewerId) ?? request.reviewerNames.get(reviewerId) ?? reviewerId,
      verdict: verdict === 'approve' ? 'approved' : 'denied',
      ...(reason !== undefined && { reason }),
    })),
  };
}

function nameOf({ snapshot }: NotificationSource, id: PrincipalId | undefined): string | undefined {
  return id === undefined ? undefined : snapshot.get('Principal', id)?.userName;
}

function titleOfRequest(
  event: NotificationEvent,
  request: KeptAccessRequest,
  { requester, role, where, by, reviews }: RequestWords,
): string {
  const what = `the role ${role} on ${where}`;
  const last = reviews.at(-1);
  switch (event) {
    case 'accessRequest.created':
      return `${requester} asks for ${what} for ${formatDuration(request.durationMs)}`;
    case 'accessRequest.reviewed':
      return `${last?.reviewer ?? 'A reviewer'} ${last?.verdict ?? 'reviewed'} what ${requester} asks for: ${what}`;
    case 'accessRequest.brokeGlass':
      return `${requester} took ${what} at once, in an emergency`;
    case 'accessRequest.followUpDue':
      return `That ${requester} took ${what} in an emergency waits for its review`;
    case 'accessRequest.followedUp':
      return `That ${requester} took ${what} in an emergency was found ${request.followUp?.state ?? 'reviewed'}`;
    default:
      return `That ${requester} asked for ${what} was ${event.slice('accessRequest.'.length)}${by ? ` by ${by}` : ''}`;
  }
}

function titleOfGrant(
  event: NotificationEvent,
  state: GrantState,
  {
    role,
    user,
    where,
    endsAt,
    by,
  }: { role: string; user: string; where: string; endsAt: Date; by: string | undefined },
): string {
  const what = `the role ${role} on ${where}`;
  if (event === 'grant.started') return `${user} holds ${what} until ${timeText(endsAt)}`;
  if (event === 'grant.ending') return `${user} loses ${what} at ${timeText(endsAt)}`;
  return `${user} holds ${what} no longer: ${state === 'revoked' ? `revoked${by ? ` by ${by}` : ''}` : 'its time is over'}`;
}

function factsOfRequest(request: KeptAccessRequest, words: RequestWords): readonly NotificationFact[] {
  const { startsAt, pendingUntil, state, ticket, followUp } = request;
  const reviews = words.reviews.map(({ reviewer, verdict, reason }) =>
    plainLine(`${reviewer} ${verdict}${reason === undefined ? '' : `: ${reason}`}`, 256),
  );
  return facts({
    Requester: words.requester,
    Role: words.role,
    Where: words.where,
    For: formatDuration(request.durationMs),
    From: startsAt && timeText(startsAt),
    Reason: request.reason,
    Ticket: ticket,
    Policy: words.policy,
    Reviews: reviews.length === 0 ? undefined : reviews.slice(-MAX_REVIEWS_SHOWN).join('\n'),
    State:
      state === 'pending'
        ? `waits until ${timeText(pendingUntil)}`
        : [state, words.by && `by ${words.by}`].filter(Boolean).join(' '),
    Because: request.resolution?.reason,
    'Review until': followUp?.state === 'due' ? timeText(followUp.dueAt) : undefined,
  });
}

const MAX_REVIEWS_SHOWN = 8;

function dataOfRequest(request: KeptAccessRequest, words: RequestWords, contentSha256: string | undefined) {
  const { id, state, scope: _, objects, durationMs, reason, ticket, startsAt, createdAt, pendingUntil } = request;
  return {
    id,
    state,
    requester: words.requester,
    role: words.role,
    policy: words.policy,
    where: words.where,
    ...(objects !== undefined && { objects }),
    duration: formatDuration(durationMs),
    reason: plainText(reason),
    ...(ticket !== undefined && { ticket: plainText(ticket) }),
    ...(startsAt !== undefined && { startsAt }),
    createdAt,
    pendingUntil,
    ...(contentSha256 !== undefined && { contentSha256 }),
    reviews: words.reviews,
    isBreakGlass: request.isBreakGlass,
    ...(request.grantId !== undefined && { grantId: request.grantId }),
    ...(request.resolution !== undefined && { resolvedAt: request.resolution.at, resolvedBy: words.by }),
  };
}

function facts(values: Readonly<Record<string, string | undefined>>): readonly NotificationFact[] {
  return Object.entries(values).flatMap(([label, value]) => (value ? [{ label, value: plainText(value) }] : []));
}

/** To the minute, in UTC: readers are in different places. */
function timeText(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
