import type { AccessRequestId } from '@sallyport/core';
import { z } from 'zod';
import { NotificationError } from '../errors.ts';
import type { NotificationView } from '../view.ts';
import { createBotConnector } from './bot-connector.ts';
import { type Sender, secretOf } from './sender.ts';
import { ADAPTIVE_CARD, renderTeamsCard } from './teams-card.ts';

/** What a button of a card carries: the request, and what it said when it was shown. */
export interface TeamsReviewData {
  readonly r: AccessRequestId;
  readonly c: string;
}

/** Verbs of the buttons, and the name of the field that asks why. */
export const TEAMS_VERBS = { approve: 'sallyportApprove', deny: 'sallyportDeny' } as const;
export const TEAMS_REASON = 'reason';

const word = z.string().min(1).max(512);
const startedSchema = z.object({ id: word, activityId: word });
const postedSchema = z.object({ conversation: word, activity: word });
const anything = z.object({});

/** Starts a conversation in the channel for the first message about a subject, and changes that message afterwards. */
export const sendToTeamsBot: Sender<'teamsBot'> = async (outbound, { view, target, secrets, reference }) => {
  const call = await createBotConnector(outbound, target, secretOf(secrets, 'appPassword'));
  const activity = renderTeamsActivity(view);
  const before = reference === undefined ? undefined : postedSchema.parse(JSON.parse(reference));
  if (before !== undefined) {
    const { conversation, activity: id } = before;
    const path = `/v3/conversations/${encodeURIComponent(conversation)}/activities/${encodeURIComponent(id)}`;
    try {
      await call('PUT', path, anything, { ...activity, id });
      return { reference: JSON.stringify(before) };
    } catch (error) {
      // Somebody deleted it: what came since is told anew.
      if (!(error instanceof NotificationError && error.message.includes('status 404'))) throw error;
    }
  }
  const { id, activityId } = await call('POST', '/v3/conversations', startedSchema, {
    bot: { id: `28:${target.appId}` },
    isGroup: true,
    tenantId: target.tenant,
    channelData: { channel: { id: target.channel }, tenant: { id: target.tenant } },
    activity,
  });
  return { reference: JSON.stringify({ conversation: id, activity: activityId }) };
};

/** Makes the message: one card, with the buttons of a verdict while one is wanted. */
export function renderTeamsActivity(view: NotificationView) {
  return {
    type: 'message',
    attachments: [{ contentType: ADAPTIVE_CARD, content: renderTeamsCard(view, verdicts(view)) }],
  };
}

function verdicts({ toReview }: NotificationView): readonly object[] {
  if (toReview === undefined) return [];
  const data: TeamsReviewData = { r: toReview.requestId, c: toReview.contentSha256 };
  const ask = {
    type: 'Input.Text',
    id: TEAMS_REASON,
    label: 'Reason, for the requester',
    isMultiline: true,
    maxLength: 1_000,
    isRequired: true,
    errorMessage: 'Say why.',
  };
  return [
    { type: 'Action.Execute', title: 'Approve', style: 'positive', verb: TEAMS_VERBS.approve, data },
    {
      type: 'Action.ShowCard',
      title: 'Deny…',
      card: {
        type: 'AdaptiveCard',
        version: '1.4',
        body: [ask],
        actions: [{ type: 'Action.Execute', title: 'Deny', style: 'destructive', verb: TEAMS_VERBS.deny, data }],
      },
    },
  ];
}
