import { isCodedError, type Logger } from '@sallyport/core';
import { z } from 'zod';
import type { SnapshotSource } from '../../snapshot.ts';
import type { ChannelSecrets } from '../../stores/channel-secrets.ts';
import type { NotificationChannelRecord } from '../../stores/records.ts';
import type { Outbound } from '../outbound.ts';
import { plainText } from '../plain-text.ts';
import { secretOf } from '../senders/sender.ts';
import { createSlackApi, type SlackApi } from '../senders/slack-api.ts';
import { escapeMrkdwn, renderDenyForm } from '../senders/slack-message.ts';
import type { ReviewByAnswer } from './review-by-answer.ts';
import type { SlackAnswer } from './slack-payload.ts';
import { findSlackPerson } from './slack-person.ts';

/** What {@link answerSlack} works with. */
export interface SlackAnswering {
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly outbound: Outbound;
  readonly review: ReviewByAnswer;
  readonly logger: Logger;
}

/** A signed answer, and the channel that it came through. */
export interface SignedSlackAnswer {
  readonly answer: SlackAnswer;
  readonly channel: NotificationChannelRecord;
  readonly secrets: ChannelSecrets;
  readonly sourceAddress: string | undefined;
}

const anything = z.object({ ok: z.literal(true) });

/**
 * Carries out what somebody pressed. A verdict changes the message by its own notification; why one does not count is told to
 * that person alone. Never rejects.
 */
export async function answerSlack(answering: SlackAnswering, signed: SignedSlackAnswer): Promise<void> {
  const { answer, channel, secrets } = signed;
  const call = createSlackApi(answering.outbound, {
    apiUrl: channel.spec.slack?.apiUrl,
    botToken: secretOf(secrets, 'botToken'),
  });
  try {
    const { requestId, contentSha256, channel: at } = answer;
    if (answer.kind === 'askWhy') {
      const view = renderDenyForm({ r: requestId, c: contentSha256 }, { channel: at, ts: answer.ts });
      await call('views.open', { trigger_id: answer.triggerId, view }, anything);
      return;
    }
    const problem = await carryOut(answering, call, signed);
    if (problem === undefined) return;
    const text = escapeMrkdwn(plainText(problem));
    await call(
      'chat.postEphemeral',
      { channel: at, user: answer.user, text, parse: 'none', link_names: false },
      anything,
    );
  } catch (err) {
    // Whoever pressed sees that nothing changed; there is no other way to tell them.
    answering.logger.warn({ err, channel: channel.name }, 'an answer from Slack could not be answered');
  }
}

async function carryOut(
  { snapshots, review, logger }: SlackAnswering,
  call: SlackApi,
  { answer, channel, sourceAddress }: SignedSlackAnswer,
): Promise<string | undefined> {
  const { organizationId } = channel;
  const person = await findSlackPerson(call, answer.user, { snapshot: snapshots.current(), organizationId });
  if ('problem' in person) return person.problem;
  const { requestId, contentSha256 } = answer;
  const verdict =
    answer.kind === 'deny' ? { verdict: 'deny' as const, reason: answer.reason } : { verdict: 'approve' as const };
  try {
    await review({ channel, reviewer: person.principal, requestId, contentSha256, sourceAddress, ...verdict });
    return undefined;
  } catch (error) {
    if (isCodedError(error)) return [error.message, error.nextStep].filter(Boolean).join('. ');
    logger.error({ err: error }, 'a review from Slack failed');
    return 'That failed here. Review it on its page.';
  }
}
