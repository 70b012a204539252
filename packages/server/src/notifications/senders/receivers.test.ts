import type { KindSpec } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOPBACK_NETWORKS } from '../../network/outbound-guard.ts';
import { createOutbound, type Outbound } from '../outbound.ts';
import { sendToChannel } from '../send-to-channel.ts';
import { type ReceiversDouble, startReceiversDouble } from '../testing/receivers-double.ts';
import { aView } from '../testing/views.ts';

describe('what products say they take', () => {
  let receivers: ReceiversDouble;
  let outbound: Outbound;
  beforeAll(async () => {
    receivers = await startReceiversDouble();
    outbound = createOutbound({ allowedAddresses: LOOPBACK_NETWORKS, now: Date.now });
  });
  afterAll(async () => {
    await outbound.close();
    await receivers.close();
  });

  const send = (
    leadsTo: Partial<KindSpec<'NotificationChannel'>>,
    secrets: Readonly<Record<string, string>>,
    { view = aView(), reference }: { view?: ReturnType<typeof aView>; reference?: string | undefined } = {},
  ) =>
    sendToChannel(
      { outbound },
      {
        channel: { spec: { events: ['accessRequest.created'], ...leadsTo } },
        secrets,
        view,
        concerned: { reviewers: [] },
        at: new Date('2026-03-01T12:00:00Z'),
        ...(reference !== undefined && { reference }),
      },
    );
  const newest = () => receivers.taken.at(-1);
  // What is told is longer and stranger than anything else that is.
  const strange = () =>
    aView({
      title: `jo asks <b>&\n${'x'.repeat(2_000)}`,
      isUrgent: true,
      facts: Array.from({ length: 40 }, (_, i) => ({ label: `Fact ${i}`, value: `line\n[code]<i>${i}</i>\n\n` })),
    });

  it('is a card for a workflow of Teams', async () => {
    for (const view of [aView(), strange()]) {
      expect(await send({ teams: {} }, { webhookUrl: `${receivers.origin}/workflow` }, { view })).toEqual({});
      expect(newest()).toMatchObject({ receiver: 'teams', method: 'POST' });
    }
  });

  it('is an alert for PagerDuty, and its end', async () => {
    const to = { pagerDuty: { url: `${receivers.origin}/v2/enqueue` } };
    const secrets = { routingKey: receivers.routingKey };
    for (const view of [aView(), strange()]) {
      await send(to, secrets, { view });
      expect(newest()?.body).toMatchObject({ event_action: 'trigger', dedup_key: `sallyport/${view.subject}` });
    }
    await send(to, secrets, { view: aView({ isSettled: true }) });
    expect(newest()?.body).toMatchObject({ event_action: 'resolve', dedup_key: `sallyport/${aView().subject}` });
  });

  it('is a record for ServiceNow, and its work notes', async () => {
    const to = { serviceNow: { url: receivers.origin, user: receivers.user } };
    const secrets = { password: receivers.password };
    for (const view of [aView(), strange()]) {
      const { reference } = await send(to, secrets, { view });
      expect(newest()).toMatchObject({ method: 'POST', body: { correlation_id: view.subject } });
      expect(await send(to, secrets, { view, reference })).toEqual({ reference });
      expect(newest()).toMatchObject({ method: 'PATCH', body: { work_notes: expect.stringContaining(view.link) } });
    }
  });

  it('is an issue for Jira, and its comments', async () => {
    const to = { jira: { url: `${receivers.origin}/`, project: 'OPS', user: receivers.user } };
    const secrets = { apiToken: receivers.password };
    for (const view of [aView(), strange()]) {
      const { reference } = await send(to, secrets, { view });
      expect(reference).toBe('OPS-24');
      expect(await send(to, secrets, { view, reference })).toEqual({ reference });
      expect(newest()?.path).toBe('/rest/api/3/issue/OPS-24/comment');
    }
  });

  it('is not taken under another name, and says so without the password', async () => {
    const to = { jira: { url: receivers.origin, project: 'OPS', user: 'somebody@example.com' } };
    const refused = await send(to, { apiToken: receivers.password }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ERR_NOTIFICATION_REFUSED', message: 'Jira answered with status 401' });
    expect(JSON.stringify(refused)).not.toContain(receivers.password);
  });
});
