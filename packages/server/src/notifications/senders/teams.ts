import { assertTaken } from '../outbound.ts';
import type { NotificationView } from '../view.ts';
import { JSON_HEADERS, type Sender, secretOf } from './sender.ts';
import { ADAPTIVE_CARD, renderTeamsCard } from './teams-card.ts';

/** Posts an Adaptive Card to a workflow ("when a Teams webhook request is received"). */
export const sendToTeams: Sender<'teams'> = async (outbound, { view, secrets }) => {
  const answer = await outbound.send({
    method: 'POST',
    url: secretOf(secrets, 'webhookUrl'),
    headers: JSON_HEADERS,
    body: JSON.stringify(renderTeamsMessage(view)),
  });
  assertTaken(answer, 'the Teams workflow');
  return {};
};

/** Makes the message of a workflow. Workflows can't be answered, so its button leads to the page where reviewers are who they are. */
export function renderTeamsMessage(view: NotificationView) {
  return {
    type: 'message',
    attachments: [{ contentType: ADAPTIVE_CARD, contentUrl: null, content: renderTeamsCard(view) }],
  };
}
