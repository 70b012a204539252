import { z } from 'zod';
import { NotificationError } from '../errors.ts';
import { type Sender, secretOf } from './sender.ts';
import { createSlackApi } from './slack-api.ts';
import { renderSlackMessage } from './slack-message.ts';

const postedSchema = z.object({ channel: z.string().max(64), ts: z.string().max(64) });

/** Posts the first message about a subject (`chat.postMessage`), and changes it afterwards (`chat.update`). */
export const sendToSlack: Sender<'slack'> = async (outbound, { view, target, secrets, reference }) => {
  const call = createSlackApi(outbound, { apiUrl: target.apiUrl, botToken: secretOf(secrets, 'botToken') });
  const message = renderSlackMessage(view, { hasButtons: secrets['signingSecret'] !== undefined });
  const before = reference === undefined ? undefined : postedSchema.parse(JSON.parse(reference));
  if (before !== undefined) {
    try {
      await call('chat.update', { ...before, ...message }, z.object({ ok: z.literal(true) }));
      return { reference: JSON.stringify(before) };
    } catch (error) {
      // Somebody deleted it: what came since is told anew.
      if (!(error instanceof NotificationError && /\b(message_not_found|cant_update_message)\b/.test(error.message))) {
        throw error;
      }
    }
  }
  const { channel, ts } = await call('chat.postMessage', { channel: target.channel, ...message }, postedSchema);
  return { reference: JSON.stringify({ channel, ts }) };
};
