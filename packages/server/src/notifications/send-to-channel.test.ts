import { describe, expect, it } from 'vitest';
import { createOutbound } from './outbound.ts';
import { sendToChannel } from './send-to-channel.ts';
import { startSlackDouble } from './testing/slack-double.ts';
import { aView } from './testing/views.ts';

const at = new Date('2026-03-01T12:00:00Z');
const LOOPBACK = ['127.0.0.0/8'];

describe('a channel', () => {
  it('of mail says when there is no SMTP server, and has nothing to do when nobody is concerned', async () => {
    const outbound = createOutbound({ allowedAddresses: [], now: Date.now });
    const delivery = {
      channel: { spec: { events: ['accessRequest.created' as const], email: { concerned: true } } },
      secrets: {},
      view: aView(),
      concerned: { reviewers: [] },
      at,
    };
    await expect(sendToChannel({ outbound }, delivery)).rejects.toMatchObject({ code: 'ERR_NOTIFICATION_NO_MAIL' });
    const mailer = {
      send: () => Promise.reject(new Error('nobody was to be written to')),
      close: () => {},
    };
    expect(await sendToChannel({ outbound, mailer }, delivery)).toEqual({});
    await outbound.close();
  });

  it('of Slack changes its message about a subject, and posts another one where that was deleted', async () => {
    const slack = await startSlackDouble({ now: Date.now });
    const outbound = createOutbound({ allowedAddresses: LOOPBACK, now: Date.now });
    const send = (reference?: string) =>
      sendToChannel(
        { outbound },
        {
          channel: { spec: { events: ['grant.started'], slack: { channel: 'C1', apiUrl: slack.apiUrl } } },
          secrets: { botToken: slack.botToken },
          view: aView(),
          concerned: { reviewers: [] },
          ...(reference !== undefined && { reference }),
          at,
        },
      );
    const { reference } = await send();
    expect(await send(reference)).toEqual({ reference });
    expect(slack.messages.size).toBe(1);
    (slack.messages as Map<string, unknown>).clear();
    expect((await send(reference)).reference).not.toBe(reference);
    expect(slack.calls.map(({ method }) => method)).toEqual([
      'chat.postMessage',
      'chat.update',
      'chat.update',
      'chat.postMessage',
    ]);
    await outbound.close();
    await slack.close();
  });

  it('of Slack says what Slack says, waits as long as it asks for, and repeats nothing else of its answer', async () => {
    const slack = await startSlackDouble({ now: Date.now });
    const outbound = createOutbound({ allowedAddresses: LOOPBACK, now: Date.now });
    const send = () =>
      sendToChannel(
        { outbound },
        {
          channel: { spec: { events: ['grant.started'], slack: { channel: 'C1', apiUrl: slack.apiUrl } } },
          secrets: { botToken: slack.botToken },
          view: aView(),
          concerned: { reviewers: [] },
          at,
        },
      ).catch((error: unknown) => error);
    slack.answerNext('chat.postMessage', { body: { ok: false, error: 'not_in_channel' } });
    expect(await send()).toMatchObject({
      code: 'ERR_NOTIFICATION_REFUSED',
      message: 'Slack answered chat.postMessage with not_in_channel',
      isFinal: false,
    });
    slack.answerNext('chat.postMessage', { status: 429, headers: { 'retry-after': '30' }, body: {} });
    expect(await send()).toMatchObject({ code: 'ERR_NOTIFICATION_REFUSED', retryAfterMs: 30_000 });
    slack.answerNext('chat.postMessage', { body: { ok: false, error: 'Bearer canary' } });
    expect(((await send()) as Error).message).not.toContain('canary');
    await outbound.close();
    await slack.close();
  });
});
