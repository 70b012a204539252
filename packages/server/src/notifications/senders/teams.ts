import { assertTaken } from '../outbound.ts';
import type { NotificationView } from '../view.ts';
import { JSON_HEADERS, type Sender, secretOf } from './sender.ts';

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

/**
 * Makes the message of a workflow: one Adaptive Card 1.4. Values of people stand in text runs, which know no Markdown. Workflows
 * can't be answered, so the button leads to the page where reviewers are who they signed in as.
 */
export function renderTeamsMessage(view: NotificationView) {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: inert(view.title),
          body: [
            block([
              run(view.title, { weight: 'Bolder', size: 'Medium', ...(view.isUrgent && { color: 'Attention' }) }),
            ]),
            ...view.facts.map(({ label, value }) => block([run(`${label}: `, { weight: 'Bolder' }), run(value)])),
            block([run(`${view.organization} · ${view.subject}`, { isSubtle: true, size: 'Small' })]),
          ],
          actions: [{ type: 'Action.OpenUrl', title: view.toReview === undefined ? 'Show' : 'Review', url: view.link }],
        },
      },
    ],
  };
}

function block(inlines: readonly object[]) {
  return { type: 'RichTextBlock', inlines };
}

function run(text: string, look: Readonly<Record<string, unknown>> = {}) {
  return { type: 'TextRun', text: inert(text), ...look };
}

/** Cards replace `{{DATE(…)}}` and `${…}` wherever they stand, and mentions are written `<at>`. */
function inert(text: string): string {
  return text
    .replaceAll('{{', '{ {')
    .replaceAll('${', '$ {')
    .replaceAll(/<(?=\/?at\b)/gi, '< ');
}
