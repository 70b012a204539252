import { isCodedError, type Logger } from '@sallyport/core';
import { z } from 'zod';
import type { SnapshotSource } from '../../snapshot.ts';
import type { ChannelSecrets } from '../../stores/channel-secrets.ts';
import type { NotificationChannelRecord } from '../../stores/records.ts';
import type { Outbound } from '../outbound.ts';
import { plainText } from '../plain-text.ts';
import { createBotConnector, type TeamsBot } from '../senders/bot-connector.ts';
import { secretOf } from '../senders/sender.ts';
import { type AnsweringPerson, findPersonByAddress } from './person-by-address.ts';
import type { ReviewByAnswer } from './review-by-answer.ts';
import type { TeamsAnswer } from './teams-activity.ts';

/** What {@link answerTeams} works with. */
export interface TeamsAnswering {
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly outbound: Outbound;
  readonly review: ReviewByAnswer;
  readonly logger: Logger;
}

/** A genuine answer, and the channel that it came through. */
export interface SignedTeamsAnswer {
  readonly answer: TeamsAnswer;
  readonly bot: TeamsBot;
  readonly channel: NotificationChannelRecord;
  readonly secrets: ChannelSecrets;
  readonly sourceAddress: string | undefined;
}

const memberSchema = z.object({
  tenantId: z.string().optional(),
  userPrincipalName: z.string().max(320).optional(),
});

/**
 * Carries out what somebody pressed, and yields the sentence that is shown to that person alone. A verdict changes the message by its
 * own notification. Never rejects.
 */
export async function answerTeams(answering: TeamsAnswering, signed: SignedTeamsAnswer): Promise<string> {
  const { answer, channel, sourceAddress } = signed;
  try {
    const person = await findTeamsPerson(answering, signed);
    if ('problem' in person) return person.problem;
    const { requestId, contentSha256, verdict, reason } = answer;
    const said = { requestId, contentSha256, verdict, ...(reason !== undefined && { reason }) };
    const { state } = await answering.review({ channel, reviewer: person.principal, sourceAddress, ...said });
    if (verdict === 'deny') return 'You denied it.';
    return state === 'pending' ? 'You approved it. Others must as well.' : 'You approved it.';
  } catch (error) {
    if (isCodedError(error)) return plainText([error.message, error.nextStep].filter(Boolean).join('. '));
    answering.logger.error({ err: error, channel: channel.name }, 'a review from Teams failed');
    return 'That failed here. Review it on its page.';
  }
}

/**
 * Finds the person by the user principal name, whose domain the tenant has proved to be its own; an e-mail address of Teams is whatever
 * somebody entered. Guests have one of the tenant that does not read as an address of theirs, and are nobody here.
 */
async function findTeamsPerson(
  { outbound, snapshots }: TeamsAnswering,
  { answer, bot, channel, secrets }: SignedTeamsAnswer,
): Promise<AnsweringPerson> {
  const call = await createBotConnector(outbound, bot, secretOf(secrets, 'appPassword'));
  const path = `/v3/conversations/${encodeURIComponent(answer.conversation)}/members/${encodeURIComponent(answer.user)}`;
  const { tenantId, userPrincipalName: name } = await call('GET', path, memberSchema);
  if (tenantId !== bot.tenant || name === undefined || name.includes('#')) {
    return { problem: 'Only people of this tenant can review from here.' };
  }
  const { organizationId } = channel;
  return findPersonByAddress(name, 'Teams', { snapshot: snapshots.current(), organizationId });
}
