import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createId, type RoleId } from '@sallyport/core';
import { API_VERSION, type KindSpec } from '@sallyport/core/api';
import { findWebhookProblem, signWebhook } from '@sallyport/core/webhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SlackDouble, startSlackDouble } from '../notifications/testing/slack-double.ts';
import { WEBHOOK_SECRET } from '../testing/notification-records.ts';
import { putBinding } from '../testing/writes.ts';
import { type AccessWorld, emailOf, type PersonName, startAccessWorld } from './testing/access-world.ts';

type Spec = KindSpec<'NotificationChannel'>;

/** Takes what a webhook is sent, and answers as it is told to. */
async function startReceiver() {
  const taken: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const answers: { readonly status: number; readonly headers?: Record<string, string> }[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      taken.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      const { status, headers = {} } = answers.shift() ?? { status: 204 };
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    taken,
    answers,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const until = (what: () => unknown) => expect.poll(what, { timeout: 15_000 });

describe('notification channels by the API', () => {
  let world: AccessWorld;
  let slack: SlackDouble;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    world = await startAccessWorld();
    slack = await startSlackDouble({ now: Date.now });
    receiver = await startReceiver();
    await world.putPolicy('by-people');
    await addOwner();
  });
  afterAll(async () => {
    receiver.close();
    await world.close();
    await slack.close();
  });

  /** Makes ada an owner beside administrator, so that there is somebody for what takes one. */
  async function addOwner() {
    const { store, snapshots, organization } = world.installation;
    const role = snapshots.current().find('Role', 'owner', organization.id);
    const rita = snapshots.current().find('Principal', emailOf('rita'), organization.id);
    await store.transact((tx) =>
      putBinding(tx, {
        id: createId('binding'),
        organizationId: organization.id,
        roleId: role?.id as RoleId,
        subjects: [{ kind: 'principal', id: rita?.id as never }],
        scope: { kind: 'organization' },
      }),
    );
    await snapshots.refresh();
  }

  const events: Spec['events'] = ['accessRequest.created', 'accessRequest.approved', 'grant.started'];
  const document = (name: string, spec: Partial<Spec>) => ({
    apiVersion: API_VERSION as typeof API_VERSION,
    kind: 'NotificationChannel' as const,
    metadata: { name },
    spec: { events, ...spec },
  });
  const create = (who: PersonName, name: string, spec: Partial<Spec>) =>
    world.people[who].api.createNotificationChannel({
      organization: world.organization,
      body: document(name, spec),
    });
  const update = (who: PersonName, name: string, spec: Partial<Spec>) =>
    world.people[who].api.updateNotificationChannel({
      organization: world.organization,
      name,
      body: document(name, spec),
    });
  const at = (name: string) => ({ organization: world.organization, name });
  const disable = (who: PersonName, name: string, spec: Partial<Spec>) =>
    update(who, name, { ...spec, disabled: true });
  const slackSpec = (): Partial<Spec> => ({
    slack: { channel: 'C1', botToken: slack.botToken, signingSecret: slack.signingSecret, apiUrl: slack.apiUrl },
  });
  const post = (
    url: string | undefined,
    { headers, body }: { headers: Readonly<Record<string, string>>; body: string },
  ) => world.installation.fetch(url ?? '', { method: 'POST', headers, body, redirect: 'manual' });
  const refusal = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: { readonly problem?: unknown }) => error.problem,
    );

  it('SEC-E09 take secrets and never show them, in no answer, listing, audit event or snapshot', async () => {
    const secret = `whsec_${Buffer.from('canary'.padEnd(32, '.')).toString('base64')}`;
    const made = await create('ada', 'secretive', { webhook: { url: receiver.url, secret } });
    expect(made.spec.webhook).toEqual({ url: receiver.url });
    expect(made.status).toMatchObject({ secrets: ['secret'], pendingCount: 0, deadCount: 0 });
    const { store, snapshots, organization } = world.installation;
    const seen = JSON.stringify([
      made,
      await world.people.ada.api.listNotificationChannels({ organization: world.organization }),
      await world.people.ada.api.getNotificationChannel(at('secretive')),
      await store.listAudit({ organizationId: organization.id, limit: 100 }),
      [...snapshots.current().notificationChannels.values()],
    ]);
    expect(seen).not.toContain(secret);
    await world.people.ada.api.deleteNotificationChannel(at('secretive'));
  });

  it('SEC-E09 keep a secret while they lead to the same place, and send it nowhere else', async () => {
    await create('ada', 'moved', {
      jira: { url: 'https://jira.example', project: 'OPS', user: 'bot', apiToken: 'canary' },
    });
    const kept = await update('ada', 'moved', { jira: { url: 'https://jira.example', project: 'DEV', user: 'bot' } });
    expect(kept.status.secrets).toEqual(['apiToken']);
    expect(
      await refusal(update('ada', 'moved', { jira: { url: 'https://evil.example', project: 'DEV', user: 'bot' } })),
    ).toMatchObject({
      code: 'ERR_API_REQUEST_INVALID',
      detail: expect.stringContaining('is not sent to another address'),
    });
    await world.people.ada.api.deleteNotificationChannel(at('moved'));
  });

  it.each([
    ['nowhere', {}, 'exactly one of'],
    ['to two places', { teams: { webhookUrl: 'https://a.example' }, email: { concerned: true } }, 'exactly one of'],
    ['without what they sign with', { webhook: { url: 'https://a.example' } }, 'spec.webhook.secret'],
    ['with a secret of another form', { webhook: { url: 'https://a.example', secret: 'short' } }, 'whsec_'],
    [
      'with a password in the address',
      { webhook: { url: 'https://a:b@a.example', secret: WEBHOOK_SECRET } },
      'password',
    ],
    ['to nobody', { email: {} }, 'names nobody'],
    [
      'as nobody',
      { webhook: { url: 'https://a.example', secret: WEBHOOK_SECRET, reviewsAs: 'none' } },
      'does not exist',
    ],
  ])('are refused that lead %s', async (_, spec, told) => {
    const problem = await refusal(create('ada', 'bad', spec));
    expect(problem).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
    expect(JSON.stringify(problem)).toContain(told);
  });

  it('SEC-E06 answer as people only if an owner made them, and as a service account only for who could be it', async () => {
    expect(await refusal(create('ada', 'forger', slackSpec()))).toMatchObject({ code: 'ERR_API_EXCEEDS_AUTHORITY' });
    const { signingSecret: _, ...silent } = slackSpec().slack ?? { channel: '' };
    await create('ada', 'silent', { slack: silent });
    expect(await refusal(update('ada', 'silent', slackSpec()))).toMatchObject({ code: 'ERR_API_EXCEEDS_AUTHORITY' });
    await world.people.ada.api.deleteNotificationChannel(at('silent'));
    expect(
      await refusal(create('vera', 'mine', { webhook: { url: receiver.url, secret: WEBHOOK_SECRET } })),
    ).toMatchObject({
      code: 'ERR_API_FORBIDDEN',
    });
  });

  it('test what they lead to at once', async () => {
    const spec = { webhook: { url: receiver.url, secret: WEBHOOK_SECRET } };
    await create('ada', 'tested', { ...spec, disabled: true });
    expect(await world.people.ada.api.testNotificationChannel(at('tested'))).toEqual({ isDelivered: true });
    expect(JSON.parse(receiver.taken.at(-1)?.body ?? '')).toMatchObject({
      type: 'test',
      data: { organization: 'acme' },
    });
    receiver.answers.push({ status: 500 });
    expect(await world.people.ada.api.testNotificationChannel(at('tested'))).toMatchObject({
      isDelivered: false,
      error: expect.stringContaining('answered with status 500') as string,
    });
    await world.people.ada.api.deleteNotificationChannel(at('tested'));
  });

  it('are sent signed events in order, tried again under the same id, and sent again by command when given up', async () => {
    const spec: Partial<Spec> = { webhook: { url: receiver.url, secret: WEBHOOK_SECRET } };
    await create('ada', 'orders', spec);
    receiver.taken.splice(0);
    receiver.answers.push({ status: 503 }, { status: 204 }, { status: 422 });
    const first = await world.ask('dora', 'by-people');
    await until(() => receiver.taken.length).toBeGreaterThanOrEqual(2);
    const [failed, again] = receiver.taken;
    expect(again?.headers['webhook-id']).toBe(failed?.headers['webhook-id']);
    expect(findWebhookProblem(WEBHOOK_SECRET, again?.headers as never, again?.body ?? '', new Date())).toBeUndefined();
    expect(JSON.parse(again?.body ?? '')).toMatchObject({
      type: 'accessRequest.created',
      data: { accessRequest: { id: first.id, contentSha256: first.contentSha256, reason: 'a deployment is stuck' } },
    });
    const second = await world.ask('dirk', 'by-people');
    const { api } = world.people.ada;
    await until(async () => (await api.getNotificationChannel(at('orders'))).status).toMatchObject({
      deadCount: 1,
      lastError: expect.stringContaining('answered with status 422') as string,
    });
    const { items } = await api.listNotificationDeliveries({ ...at('orders'), state: 'dead' });
    expect(items).toMatchObject([{ subject: second.id, event: 'accessRequest.created', tries: 1 }]);
    await api.redeliverNotification({ ...at('orders'), id: items[0]?.id ?? '' });
    // What waits may be sent sooner by command; what is delivered is not sent again.
    await until(async () => (await api.getNotificationChannel(at('orders'))).status).toMatchObject({
      deadCount: 0,
      pendingCount: 0,
    });
    const codes = (await world.installation.store.listAudit({ limit: 200 })).map(({ code }) => code);
    const ofDeliveries = codes.filter((code) => /^notification\.(dead|redelivered)$/.test(code));
    expect(ofDeliveries.toSorted()).toEqual(['notification.dead', 'notification.redelivered']);
    expect(await refusal(api.redeliverNotification({ ...at('orders'), id: items[0]?.id ?? '' }))).toMatchObject({
      code: 'ERR_API_NOT_FOUND',
    });
    await disable('ada', 'orders', { webhook: { url: receiver.url } });
    for (const { id } of [first, second])
      await world.people.ada.api.cancelAccessRequest({ organization: world.organization, id, body: {} });
  });

  it('let a reviewer approve in Slack: the grant is there and the message says so', async () => {
    const channel = await create('rita', 'chat', {
      ...slackSpec(),
      events: ['accessRequest.created', 'accessRequest.approved'],
    });
    slack.users.set('U-REMO', { email: emailOf('remo') });
    slack.users.set('U-DORA', { email: emailOf('dora') });
    const request = await world.ask('dora', 'by-people', { reason: 'see <!channel> & fix' });
    await until(() => slack.messages.size).toBe(1);
    const posted = JSON.stringify([...slack.messages.values()][0]);
    expect(posted).toContain('see &lt;!channel&gt; &amp; fix');
    const send = ({ body, headers }: ReturnType<SlackDouble['press']>) =>
      post(channel.status.callbackUrl, { headers, body });

    // Whoever asks does not approve, here as little as anywhere.
    expect((await send(slack.press('U-DORA', 'sallyport_approve'))).status).toBe(200);
    await until(() => slack.calls.filter(({ method }) => method === 'chat.postEphemeral').length).toBe(1);
    const shown = () => world.people.dora.api.getAccessRequest({ organization: world.organization, id: request.id });
    expect((await shown()).state).toBe('pending');

    const press = slack.press('U-REMO', 'sallyport_approve');
    expect((await send(press)).status).toBe(200);
    await until(async () => (await shown()).state).toBe('approved');
    expect(await shown()).toMatchObject({
      reviews: [{ reviewer: emailOf('remo'), verdict: 'approve' }],
      grant: { state: 'active' },
    });
    await until(() => JSON.stringify([...slack.messages.values()])).toContain('was approved by remo@example.com');
    expect(slack.messages.size).toBe(1);
    expect(JSON.stringify([...slack.messages.values()])).not.toContain('sallyport_approve');
    expect((await send(press)).status).toBe(401);
    const [event] = (await world.installation.store.listAudit({ limit: 200 })).filter(
      ({ code }) => code === 'access_request.approved',
    );
    expect(event).toMatchObject({ principal: { userName: emailOf('remo') }, details: { notificationChannel: 'chat' } });
    expect(event).not.toHaveProperty('loginSessionId');
    await world.people.rita.api.deleteNotificationChannel(at('chat'));
  });

  it('SEC-E07 do not count in Slack for what the request no longer is', async () => {
    await world.putPolicy('changing');
    const channel = await create('rita', 'chat2', { ...slackSpec(), events: ['accessRequest.created'] });
    const before = slack.messages.size;
    const request = await world.ask('dora', 'changing');
    await until(() => slack.messages.size).toBe(before + 1);
    const press = slack.press('U-REMO', 'sallyport_approve');
    await world.putPolicy('changing', { maxDuration: '3h' });
    const told = slack.calls.filter(({ method }) => method === 'chat.postEphemeral').length;
    await post(channel.status.callbackUrl, press);
    await until(() => slack.calls.filter(({ method }) => method === 'chat.postEphemeral').length).toBe(told + 1);
    const shown = await world.people.dora.api.getAccessRequest({ organization: world.organization, id: request.id });
    expect(shown.state).toBe('pending');
    await world.people.rita.api.deleteNotificationChannel(at('chat2'));
  });

  it('let a system approve by webhook as the service account that the policy names, and none else', async () => {
    const { api } = world.people.ada;
    const { organization } = world;
    for (const name of ['ticketing', 'other']) {
      await api.createServiceAccount({
        organization,
        body: { apiVersion: API_VERSION, kind: 'ServiceAccount', metadata: { name }, spec: {} },
      });
    }
    await world.putPolicy('by-ticket', { steps: [{ reviewers: [{ kind: 'ServiceAccount', name: 'ticketing' }] }] });
    const webhook = (reviewsAs: string): Partial<Spec> => ({
      webhook: { url: receiver.url, secret: WEBHOOK_SECRET, reviewsAs },
      events: ['accessRequest.created'],
    });
    const [good, bad] = [
      await create('ada', 'tickets', webhook('ticketing')),
      await create('ada', 'others', webhook('other')),
    ];
    expect(good.spec.webhook).toEqual({ url: receiver.url, reviewsAs: 'ticketing' });
    const request = await world.ask('dora', 'by-ticket');
    const answer = async ({ status }: typeof good, contentSha256 = request.contentSha256) => {
      const body = JSON.stringify({ requestId: request.id, verdict: 'approve', contentSha256, reviewer: 'ann' });
      const headers = signWebhook(WEBHOOK_SECRET, { id: createId('notification'), at: new Date(), body });
      const came = await post(status.callbackUrl, { headers: { ...headers }, body });
      return {
        status: came.status,
        said: JSON.parse(await came.text()) as { readonly code?: string; readonly state?: string },
      };
    };
    expect(await answer(bad)).toMatchObject({ status: expect.not.stringMatching('200') });
    expect((await answer(bad)).said.state).toBeUndefined();
    expect(await answer(good, 'cd'.repeat(32))).toMatchObject({ said: { code: 'ERR_API_CONTENT_CHANGED' } });
    expect(await answer(good)).toEqual({ status: 200, said: { requestId: request.id, state: 'approved' } });
    await disable('ada', 'tickets', { webhook: { url: receiver.url, reviewsAs: 'ticketing' } });
    expect((await answer(good)).status).toBe(404);
  });
});
