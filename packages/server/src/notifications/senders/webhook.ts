import { signWebhook } from '@sallyport/core/webhooks';
import { assertTaken } from '../outbound.ts';
import type { NotificationView } from '../view.ts';
import { JSON_HEADERS, type Sender, secretOf } from './sender.ts';

/** Posts signed JSON as Standard Webhooks has it. The id stays the same over all tries. */
export const sendToWebhook: Sender<'webhook'> = async (outbound, { view, target, secrets, at }) => {
  const body = JSON.stringify(renderWebhook(view));
  const answer = await outbound.send({
    method: 'POST',
    url: target.url,
    headers: { ...JSON_HEADERS, ...signWebhook(secretOf(secrets, 'secret'), { id: view.id, at, body }) },
    body,
  });
  assertTaken(answer, new URL(target.url).host);
  return {};
};

/** Makes the body: `type`, `timestamp` and `data`, as Standard Webhooks recommends. */
export function renderWebhook(view: NotificationView) {
  const { event, at, organization, subject, title, link, data } = view;
  return { type: event, timestamp: at.toISOString(), data: { organization, subject, title, link, ...data } };
}
