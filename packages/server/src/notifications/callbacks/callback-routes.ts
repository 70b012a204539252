import type { AuditPipeline } from '@sallyport/audit';
import { type AccessRequestId, type Clock, isId, type Logger } from '@sallyport/core';
import { reviewAccessRequestSchema } from '@sallyport/core/api';
import { findWebhookProblem, SIGNATURE_WINDOW_SECONDS } from '@sallyport/core/webhooks';
import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { ApiError } from '../../errors.ts';
import { plainAddress } from '../../node/peer-address.ts';
import { requestTrace } from '../../request-trace.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import type { ChannelSecrets } from '../../stores/channel-secrets.ts';
import type { Store } from '../../stores/contracts.ts';
import type { NotificationChannelRecord } from '../../stores/records.ts';
import { systemEvent } from '../../system-event.ts';
import type { Outbound } from '../outbound.ts';
import { plainLine } from '../plain-text.ts';
import { secretOf } from '../senders/sender.ts';
import { findSlackProblem } from '../signatures.ts';
import { answerSlack } from './answer-slack.ts';
import { answerTeams } from './answer-teams.ts';
import { createBotFrameworkKeys } from './bot-framework-keys.ts';
import type { ReviewByAnswer } from './review-by-answer.ts';
import { readSlackPayload } from './slack-payload.ts';
import { readTeamsActivity } from './teams-activity.ts';
import { findTeamsProblem } from './verify-teams.ts';

/** What {@link createCallbackRoutes} needs. */
export interface CallbackOptions {
  readonly store: Pick<Store, 'notifications' | 'transact'>;
  readonly snapshots: Pick<SnapshotSource, 'current' | 'isFresh'>;
  readonly audit: AuditPipeline;
  readonly outbound: Outbound;
  readonly review: ReviewByAnswer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of work that goes on after its answer, so that it can be awaited. */
  readonly onWork: (work: Promise<void>) => void;
}

/** Largest body that is read, in bytes. */
export const MAX_CALLBACK_BYTES = 65_536;
const USED_CALLBACK = 'notificationCallback';

const webhookReviewSchema = reviewAccessRequestSchema
  .pick({ verdict: true, reason: true, contentSha256: true })
  .extend({
    requestId: z.custom<AccessRequestId>((value) => typeof value === 'string' && isId('accessRequest', value), {
      error: 'is no id of an access request',
    }),
    /** Who decided it there, for the record. */
    reviewer: z.string().min(1).max(128).optional(),
  });

interface Signed {
  readonly channel: NotificationChannelRecord;
  readonly secrets: ChannelSecrets;
  readonly body: string;
  /** What makes this call another one than all others. */
  readonly key: string;
}

/**
 * Takes answers to notifications, below `/callbacks/v1`. They are open to everyone who can sign: each is judged by its signature
 * over the raw body and its time, is good once, and gives nobody more than the REST API would.
 */
export function createCallbackRoutes(options: CallbackOptions): Router {
  const { snapshots, store, audit, clock, review, outbound, onWork } = options;
  const router = Router({ caseSensitive: true, strict: true });
  const readRaw = express.raw({ limit: MAX_CALLBACK_BYTES, type: () => true });
  const readTeamsKeys = createBotFrameworkKeys(outbound, clock);

  router.post('/:id/slack', readRaw, async (request, response) => {
    const { channel, secrets, body, key } = await authenticate(request, 'slack');
    if (!(await useOnce(key))) throw await refuse(request, channel, 'came before');
    const answer = readSlackPayload(body);
    // Slack waits three seconds and shows a failure after that: it is answered before anything is done.
    response.set('cache-control', 'no-store').status(200).end();
    const sourceAddress = plainAddress(request.socket.remoteAddress);
    if (answer !== undefined) onWork(answerSlack(options, { answer, channel, secrets, sourceAddress }));
  });

  router.post('/:id/teams', readRaw, async (request, response) => {
    const channel = findChannel(request);
    const bot = channel?.spec.teamsBot;
    if (channel === undefined || bot === undefined || channel.spec.disabled === true) throw nothingHere();
    const answer = readTeamsActivity(bodyOf(request));
    // A bot is told much more than what people press.
    if (answer === undefined) return void response.status(200).end();
    const at = new Date(clock.now());
    const problem = await findTeamsProblem(readTeamsKeys, bot, singleHeaders(request)['authorization'], answer, at);
    if (problem !== undefined) throw await refuse(request, channel, problem);
    if (!(await useOnce(`${channel.id} ${answer.activityId}`))) throw await refuse(request, channel, 'came before');
    const secrets = await store.notifications.secrets(channel.id);
    const sourceAddress = plainAddress(request.socket.remoteAddress);
    const value = await answerTeams(options, { answer, bot, channel, secrets, sourceAddress });
    const shown = { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value };
    response.set('cache-control', 'no-store').json(shown);
  });

  router.post('/:id/webhook', readRaw, async (request, response) => {
    const { channel, body, key } = await authenticate(request, 'webhook');
    const said = readReview(body);
    const reviewer =
      channel.reviewsAsId === undefined ? undefined : snapshots.current().principals.get(channel.reviewsAsId);
    if (reviewer === undefined) throw nothingHere();
    if (!(await useOnce(key))) throw await refuse(request, channel, 'came before');
    try {
      const { state } = await review({
        channel,
        reviewer,
        requestId: said.requestId,
        verdict: said.verdict,
        ...reasonOf(said),
        ...(said.contentSha256 !== undefined && { contentSha256: said.contentSha256 }),
        sourceAddress: plainAddress(request.socket.remoteAddress),
      });
      response.set('cache-control', 'no-store').json({ requestId: said.requestId, state });
    } catch (error) {
      // Nothing came of it, so the sender may repeat it as it is.
      await store.transact((tx) => tx.oneTime.take(USED_CALLBACK, key));
      throw error;
    }
  });

  function findChannel(request: Request): NotificationChannelRecord | undefined {
    if (!snapshots.isFresh()) throw stale();
    const id = String(request.params['id']);
    return isId('notificationChannel', id) ? snapshots.current().notificationChannels.get(id) : undefined;
  }

  async function authenticate(request: Request, type: 'slack' | 'webhook'): Promise<Signed> {
    const channel = findChannel(request);
    const secretName = type === 'slack' ? 'signingSecret' : 'secret';
    const isOpen =
      channel?.spec[type] !== undefined &&
      channel.spec.disabled !== true &&
      channel.secretNames.includes(secretName) &&
      (type === 'slack' || channel.reviewsAsId !== undefined);
    if (channel === undefined || !isOpen) throw nothingHere();
    const secrets = await store.notifications.secrets(channel.id);
    const body = bodyOf(request);
    const headers = singleHeaders(request);
    const find = type === 'slack' ? findSlackProblem : findWebhookProblem;
    const problem = find(secretOf(secrets, secretName), headers, body, new Date(clock.now()));
    if (problem !== undefined) throw await refuse(request, channel, problem);
    const mark = headers[type === 'slack' ? 'x-slack-signature' : 'webhook-id'] ?? '';
    return { channel, secrets, body, key: `${channel.id} ${mark}` };
  }

  /** Kept for as long as the signature could be shown again. */
  function useOnce(key: string): Promise<boolean> {
    const until = new Date(clock.now() + 2 * SIGNATURE_WINDOW_SECONDS * 1_000);
    return store.transact((tx) => tx.oneTime.claim(USED_CALLBACK, key, until));
  }

  async function refuse(request: Request, channel: NotificationChannelRecord, problem: string): Promise<ApiError> {
    // Batched with others: whoever sends nonsense must not cost a commit each time.
    await audit.record(
      systemEvent({ clock, snapshots }, 'notification.callback.refused', {
        organizationId: channel.organizationId,
        ...requestTrace(),
        sourceAddress: plainAddress(request.socket.remoteAddress),
        details: { channel: channel.name, problem },
      }),
      'prompt',
    );
    return new ApiError({
      code: 'ERR_API_UNAUTHENTICATED',
      message: `the callback ${problem}`,
      nextStep: 'Sign each body anew with the secret of the channel, and look at the clock.',
    });
  }

  return router;
}

function bodyOf({ body }: Request): string {
  return Buffer.isBuffer(body) ? body.toString('utf8') : '';
}

/** Every header that stands once; one that stands twice has no reading. */
function singleHeaders({ headersDistinct }: Request): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values]) => [name, values?.length === 1 ? values[0] : undefined]),
  );
}

function readReview(body: string): z.output<typeof webhookReviewSchema> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ApiError({ code: 'ERR_API_REQUEST_INVALID', message: 'the body is not JSON' });
  }
  const read = webhookReviewSchema.safeParse(value);
  if (read.success) return read.data;
  throw new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `the body breaks the contract in ${read.error.issues.length} place(s)`,
    problems: read.error.issues.map(({ path, message }) => ({
      path: ['body', ...path.map(String)].join('.'),
      message,
    })),
    nextStep: 'Correct the places that are listed.',
  });
}

/** Longest reason of a review, in characters. */
const MAX_REASON = 1_024;

function reasonOf({ reason, reviewer }: z.output<typeof webhookReviewSchema>): { readonly reason?: string } {
  const by = reviewer === undefined ? undefined : `as ${plainLine(reviewer)} decided`;
  const whole = [reason, by].filter((part) => part !== undefined).join(' – ');
  return whole === '' ? {} : { reason: [...whole].slice(0, MAX_REASON).join('') };
}

function nothingHere(): ApiError {
  return new ApiError({ code: 'ERR_API_NOT_FOUND', message: 'no notification channel takes answers here' });
}

function stale(): ApiError {
  return new ApiError({
    code: 'ERR_API_STALE',
    message: 'the server has lost touch with its database and decides nothing until it is back',
    nextStep: 'Try again in a moment.',
  });
}
