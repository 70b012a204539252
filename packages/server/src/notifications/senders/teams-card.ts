import type { NotificationView } from '../view.ts';

/** Content type of an Adaptive Card in a message. */
export const ADAPTIVE_CARD = 'application/vnd.microsoft.card.adaptive';

/**
 * Makes an Adaptive Card 1.4. Values of people stand in text runs, which know no Markdown. `actions` stand before the one that leads
 * to the page.
 */
export function renderTeamsCard(view: NotificationView, actions: readonly object[] = []) {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: inert(view.title),
    body: [
      block([run(view.title, { weight: 'Bolder', size: 'Medium', ...(view.isUrgent && { color: 'Attention' }) })]),
      ...view.facts.map(({ label, value }) => block([run(`${label}: `, { weight: 'Bolder' }), run(value)])),
      block([run(`${view.organization} · ${view.subject}`, { isSubtle: true, size: 'Small' })]),
    ],
    actions: [
      ...actions,
      { type: 'Action.OpenUrl', title: view.toReview === undefined ? 'Show' : 'Review', url: view.link },
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
