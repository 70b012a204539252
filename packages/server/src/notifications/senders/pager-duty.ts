import { assertTaken } from '../outbound.ts';
import { plainLine } from '../plain-text.ts';
import type { NotificationView } from '../view.ts';
import { JSON_HEADERS, type Sender, secretOf } from './sender.ts';

const EVENTS_URL = 'https://events.pagerduty.com/v2/enqueue';
/** Longest summary of the Events API, in characters. */
const MAX_SUMMARY = 1_024;

/** Opens an alert for what waits, and resolves it when nothing is left to do (Events API v2). */
export const sendToPagerDuty: Sender<'pagerDuty'> = async (outbound, { view, target, secrets }) => {
  const answer = await outbound.send({
    method: 'POST',
    url: target.url ?? EVENTS_URL,
    headers: JSON_HEADERS,
    body: JSON.stringify({ routing_key: secretOf(secrets, 'routingKey'), ...renderPagerDutyEvent(view) }),
  });
  assertTaken(answer, 'PagerDuty');
  return {};
};

/** Makes an event, but for its routing key. Everything about one subject has one deduplication key. */
export function renderPagerDutyEvent(view: NotificationView) {
  const dedup_key = `sallyport/${view.subject}`;
  if (view.isSettled && view.event !== 'test') return { event_action: 'resolve', dedup_key };
  return {
    event_action: 'trigger',
    dedup_key,
    client: 'Sallyport',
    client_url: view.link,
    links: [{ href: view.link, text: 'Show' }],
    payload: {
      summary: plainLine(view.title, MAX_SUMMARY),
      source: `sallyport/${view.organization}`,
      severity: view.isUrgent ? 'critical' : 'info',
      timestamp: view.at.toISOString(),
      class: view.event,
      custom_details: Object.fromEntries(view.facts.map(({ label, value }) => [label, value])),
    },
  };
}
