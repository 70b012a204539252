import { detailsOf } from '@sallyport/audit';
import { type AccessRequestId, createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { signWebhook } from '@sallyport/core/webhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../errors.ts';
import { aChannel, WEBHOOK_SECRET } from '../../testing/notification-records.ts';
import { renderSlackMessage, SLACK_ACTIONS } from '../senders/slack-message.ts';
import { type AnswersWorld, startAnswersWorld } from '../testing/answers-world.ts';
import { type SignedCallback, type SlackDouble, startSlackDouble } from '../testing/slack-double.ts';
import { aView } from '../testing/views.ts';

const CONTENT = 'ab'.repeat(32);

describe('answers to notifications', () => {
  const clock = createFakeClock();
  let answers: AnswersWorld;
  let slack: SlackDouble;
  let channels: Record<'slack' | 'webhook', ReturnType<typeof aChannel>>;
  const requestId: AccessRequestId = createId('accessRequest');

  beforeAll(async () => {
    slack = await startSlackDouble({ now: clock.now });
    const { botToken, signingSecret, apiUrl } = slack;
    answers = await startAnswersWorld(clock, ({ organizationId, reviewerId }, reviewer) => {
      channels = {
        slack: aChannel(organizationId, {
          name: 'slack',
          leadsTo: { slack: { channel: 'C1', botToken, signingSecret, apiUrl } },
        }),
        webhook: { ...aChannel(organizationId), reviewsAsId: reviewerId },
      };
      const person = (userName: string, email: string, isDisabled = false) => {
        const id = createId('principal');
        return { ...reviewer, id, subjectClaim: id, userName, email, isDisabled };
      };
      const twins = ['one', 'two'].map((name) => person(name, 'twin@example.com'));
      return { channels: Object.values(channels), people: [...twins, person('gone', 'gone@example.com', true)] };
    });
  });
  afterAll(async () => {
    await answers.close();
    await slack.close();
  });
  beforeEach(() => {
    slack.users.set('U1', { email: 'vera@example.com' });
  });
  afterEach(async () => {
    // Signatures are of whole seconds: the next test signs others.
    clock.advance(1_000);
    await Promise.all(answers.work.splice(0));
    answers.forget();
    (slack.calls as unknown[]).splice(0);
  });

  async function send(kind: 'slack' | 'webhook', callback: SignedCallback, id: string = channels[kind].id) {
    const { status, text } = await answers.send(kind, id, callback);
    await Promise.all(answers.work);
    return { status, code: (text ? JSON.parse(text) : {}).code as string | undefined, text };
  }
  const pressed = async (action: string = SLACK_ACTIONS.approve, user = 'U1') => {
    const view = aView({ toReview: { requestId, contentSha256: CONTENT } });
    const message = renderSlackMessage(view, { hasButtons: true });
    await fetch(`${slack.apiUrl}/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel: 'C1', ...message }),
    });
    return slack.press(user, action);
  };
  const ephemeral = () =>
    slack.calls.filter(({ method }) => method === 'chat.postEphemeral').map(({ body }) => body['text']);
  const webhook = (
    value: unknown,
    { id = `msg_${createId('notification')}`, secret = WEBHOOK_SECRET, at = new Date(clock.now()) } = {},
  ) => {
    const body = typeof value === 'string' ? value : JSON.stringify(value);
    return { body, headers: { 'content-type': 'application/json', ...signWebhook(secret, { id, at, body }) } };
  };
  const verdict = (more: object = {}) => ({ requestId, verdict: 'approve', contentSha256: CONTENT, ...more });

  describe('from Slack', () => {
    it('count as a review of the person with that e-mail address, of what was shown', async () => {
      expect(await send('slack', await pressed())).toMatchObject({ status: 200, text: '' });
      expect(answers.reviews).toMatchObject([
        {
          reviewer: { id: answers.world.reviewerId },
          requestId,
          verdict: 'approve',
          contentSha256: CONTENT,
          channel: { name: 'slack' },
        },
      ]);
      expect(ephemeral()).toEqual([]);
    });

    it('ask why before they deny', async () => {
      await send('slack', await pressed(SLACK_ACTIONS.deny));
      expect(answers.reviews).toEqual([]);
      expect(slack.calls.map(({ method }) => method)).toContain('views.open');
      await send('slack', slack.submit('U1', 'not today'));
      expect(answers.reviews).toMatchObject([
        { verdict: 'deny', reason: 'not today', requestId, contentSha256: CONTENT },
      ]);
    });

    it('tell whoever pressed, and nobody else, why it does not count', async () => {
      answers.refusal = new ApiError({
        code: 'ERR_API_REVIEW_REFUSED',
        message: 'nobody reviews <!channel> themselves',
        nextStep: 'Ask somebody else',
      });
      await send('slack', await pressed());
      expect(ephemeral()).toEqual(['nobody reviews &lt;!channel&gt; themselves. Ask somebody else']);
      expect(slack.calls.at(-1)?.body).toMatchObject({ user: 'U1', channel: 'C1' });
    });

    it.each([
      ['nobody here', { email: 'stranger@example.com' }, 'Nobody here has'],
      ['a disabled person', { email: 'gone@example.com' }, 'Nobody here has'],
      ['two people here', { email: 'twin@example.com' }, 'Several people'],
      [
        'an address that Slack has not confirmed',
        { email: 'vera@example.com', is_email_confirmed: false },
        'not confirmed',
      ],
      ['no address', {}, 'not confirmed'],
      ['another workspace', { email: 'vera@example.com', team_id: 'T0OTHER' }, 'Only people of this workspace'],
      [
        'a stranger of a shared channel',
        { email: 'vera@example.com', is_stranger: true },
        'Only people of this workspace',
      ],
      ['a bot', { email: 'vera@example.com', is_bot: true }, 'Only people of this workspace'],
      ['somebody who left', { email: 'vera@example.com', deleted: true }, 'Only people of this workspace'],
    ])('SEC-E06 count for nobody from %s', async (_, user, told) => {
      slack.users.set('U2', user);
      await send('slack', await pressed(SLACK_ACTIONS.approve, 'U2'));
      expect(answers.reviews).toEqual([]);
      expect(ephemeral()).toEqual([expect.stringContaining(told)]);
    });

    it('SEC-E09 are refused when they are forged, stale or replayed, and leave a trace', async () => {
      const good = await pressed();
      const forged = { ...good, body: good.body.replace('block_actions', 'block_actionz') };
      expect(await send('slack', forged)).toMatchObject({ status: 401, code: 'ERR_API_UNAUTHENTICATED' });
      expect(
        await send('slack', { ...good, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      ).toMatchObject({ status: 401 });
      expect(await send('slack', slack.sign(good.body, clock.now() - 301_000))).toMatchObject({ status: 401 });
      expect(answers.reviews).toEqual([]);
      expect(await send('slack', good)).toMatchObject({ status: 200 });
      expect(await send('slack', good)).toMatchObject({ status: 401, code: 'ERR_API_UNAUTHENTICATED' });
      expect(answers.reviews).toHaveLength(1);
      expect(answers.events.map((event) => [event.code, detailsOf(event)['problem']])).toEqual([
        ['notification.callback.refused', 'has a wrong signature'],
        ['notification.callback.refused', 'is not signed'],
        ['notification.callback.refused', 'has an old or future timestamp'],
        ['notification.callback.refused', 'came before'],
      ]);
      expect(JSON.stringify(answers.events)).not.toContain('canary');
    });

    it('SEC-E09 are taken once of those that come at the same time', async () => {
      const good = await pressed();
      const sent = await Promise.all([send('slack', good), send('slack', good), send('slack', good)]);
      expect(sent.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
      expect(answers.reviews).toHaveLength(1);
    });

    it('do nothing for buttons of others and for values that are none of ours', async () => {
      await pressed();
      for (const value of [
        '',
        '{}',
        JSON.stringify({ r: 'req_x', c: CONTENT }),
        JSON.stringify({ r: requestId, c: 'zz' }),
      ]) {
        expect(await send('slack', slack.press('U1', SLACK_ACTIONS.approve, { value }))).toMatchObject({ status: 200 });
      }
      expect(
        await send('slack', slack.press('U1', 'other', { value: JSON.stringify({ r: requestId, c: CONTENT }) })),
      ).toMatchObject({ status: 200 });
      expect(answers.reviews).toEqual([]);
    });
  });

  describe('by webhook', () => {
    it('count as a review of the service account, and say who decided it there', async () => {
      const { status, text } = await send(
        'webhook',
        webhook(verdict({ reason: 'fine', reviewer: 'ann\u202e at Jira' })),
      );
      expect({ status, said: JSON.parse(text) }).toEqual({ status: 200, said: { requestId, state: 'approved' } });
      expect(answers.reviews).toMatchObject([
        {
          reviewer: { id: answers.world.reviewerId },
          verdict: 'approve',
          contentSha256: CONTENT,
          reason: 'fine – as ann at Jira decided',
        },
      ]);
    });

    it('SEC-E09 are refused when they are forged, stale or replayed', async () => {
      const good = webhook(verdict());
      const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
      for (const bad of [
        { ...good, body: good.body.replace('approve', 'deny') },
        webhook(verdict(), { secret: other }),
        webhook(verdict(), { at: new Date(clock.now() - 301_000) }),
        { ...good, headers: { 'content-type': 'application/json' } },
      ]) {
        expect(await send('webhook', bad)).toMatchObject({ status: 401, code: 'ERR_API_UNAUTHENTICATED' });
      }
      expect(answers.reviews).toEqual([]);
      expect(await send('webhook', good)).toMatchObject({ status: 200 });
      expect(await send('webhook', good)).toMatchObject({ status: 401 });
      expect(answers.reviews).toHaveLength(1);
    });

    it('SEC-E09 take nothing that this server sent out itself, though it is signed alike', async () => {
      const sent = {
        type: 'accessRequest.created',
        timestamp: 'now',
        data: { accessRequest: { id: requestId, contentSha256: CONTENT } },
      };
      expect(await send('webhook', webhook(sent))).toMatchObject({ status: 400, code: 'ERR_API_REQUEST_INVALID' });
    });

    it('may be repeated as they are when nothing came of them', async () => {
      answers.refusal = new ApiError({ code: 'ERR_API_CONFLICT', message: 'busy' });
      const good = webhook(verdict());
      expect(await send('webhook', good)).toMatchObject({ status: 409, code: 'ERR_API_CONFLICT' });
      answers.refusal = undefined;
      expect(await send('webhook', good)).toMatchObject({ status: 200 });
    });

    it.each([
      ['not JSON', '{'],
      ['no request', { verdict: 'approve' }],
      ['more than the contract', verdict({ duration: '9h' })],
    ])('are refused when they say %s', async (_, value) => {
      expect(await send('webhook', webhook(value))).toMatchObject({ status: 400, code: 'ERR_API_REQUEST_INVALID' });
    });
  });

  it('SEC-E10 are taken by the channel of that id and type alone', async () => {
    const signed = webhook(verdict());
    for (const [kind, id] of [
      ['webhook', channels.slack.id],
      ['slack', channels.webhook.id],
      ['webhook', createId('notificationChannel')],
      ['webhook', 'nch_none'],
    ] as const) {
      expect(await send(kind, signed, id)).toMatchObject({ status: 404, code: 'ERR_API_NOT_FOUND' });
    }
  });

  it('are bounded in size', async () => {
    expect(await send('webhook', webhook(verdict({ reason: 'x'.repeat(70_000) })))).toMatchObject({ status: 413 });
  });
});
