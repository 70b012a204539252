import { type AccessRequestId, isId } from '@sallyport/core';
import { z } from 'zod';
import { TEAMS_REASON, TEAMS_VERBS } from '../senders/teams-bot.ts';

/** Somebody used a button of a card. */
export interface TeamsAnswer {
  /** Id of what was done; another one each time. */
  readonly activityId: string;
  readonly serviceUrl: string;
  readonly tenant: string;
  readonly conversation: string;
  /** Id of who did it, in Teams. */
  readonly user: string;
  readonly at: Date;
  readonly requestId: AccessRequestId;
  readonly contentSha256: string;
  readonly verdict: 'approve' | 'deny';
  readonly reason?: string;
}

const word = z.string().min(1).max(512);
const activitySchema = z.object({
  type: z.literal('invoke'),
  name: z.literal('adaptiveCard/action'),
  id: word,
  timestamp: z.iso.datetime({ offset: true }),
  channelId: z.literal('msteams'),
  serviceUrl: z.string().min(1).max(2_048),
  from: z.object({ id: word }),
  conversation: z.object({ id: word }),
  channelData: z.object({ tenant: z.object({ id: word }) }),
  value: z.object({
    action: z.object({
      type: z.literal('Action.Execute'),
      verb: z.enum(TEAMS_VERBS),
      data: z.object({
        r: z.custom<AccessRequestId>((value) => typeof value === 'string' && isId('accessRequest', value)),
        c: z.hex().length(64),
        [TEAMS_REASON]: z.string().max(1_024).optional(),
      }),
    }),
  }),
});

/** Reads an activity of the Bot Framework; `undefined` for what asks for nothing of ours. */
export function readTeamsActivity(body: string): TeamsAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const read = activitySchema.safeParse(value);
  if (!read.success) return undefined;
  const { id, timestamp, serviceUrl, from, conversation, channelData, value: said } = read.data;
  const { r, c, [TEAMS_REASON]: reason } = said.action.data;
  return {
    activityId: id,
    serviceUrl,
    tenant: channelData.tenant.id,
    conversation: conversation.id,
    user: from.id,
    at: new Date(timestamp),
    requestId: r,
    contentSha256: c,
    verdict: said.action.verb === TEAMS_VERBS.approve ? 'approve' : 'deny',
    ...(reason !== undefined && { reason }),
  };
}
