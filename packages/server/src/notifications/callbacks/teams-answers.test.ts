import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent } from '@sallyport/audit';
import { type AccessRequestId, createId, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import express from 'express';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemHandler } from '../../api/problem.ts';
import { ApiError } from '../../errors.ts';
import { LOOPBACK_NETWORKS } from '../../network/outbound-guard.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import { createSnapshotSource } from '../../snapshot-source.ts';
import { type TestStore, testDatabases } from '../../stores/testing.ts';
import { type AccessWorld, putAccessWorld } from '../../testing/access-records.ts';
import { aChannel } from '../../testing/notification-records.ts';
import { CALLBACK_PREFIX } from '../callback-url.ts';
import { createOutbound, type Outbound } from '../outbound.ts';
import { sendToChannel } from '../send-to-channel.ts';
import { TEAMS_VERBS } from '../senders/teams-bot.ts';
import type { SignedCallback } from '../testing/slack-double.ts';
import { startTeamsDouble, type TeamsDouble, type TeamsOverrides } from '../testing/teams-double.ts';
import { aView } from '../testing/views.ts';
import { createCallbackRoutes } from './callback-routes.ts';
import type { AnsweredReview } from './review-by-answer.ts';

const [embedded] = testDatabases(undefined);
const CONTENT = 'ab'.repeat(32);

describe('a bot of Microsoft Teams', () => {
  let clock: FakeClock;
  let test: TestStore;
  let world: AccessWorld;
  let snapshots: SnapshotSource;
  let outbound: Outbound;
  let teams: TeamsDouble;
  let server: Server;
  let channel: ReturnType<typeof aChannel>;
  const requestId: AccessRequestId = createId('accessRequest');
  const events: AuditEvent[] = [];
  const reviews: AnsweredReview[] = [];
  let refusal: ApiError | undefined;

  beforeAll(async () => {
    clock = createFakeClock();
    test = await (embedded as NonNullable<typeof embedded>).open({ clock });
    world = await putAccessWorld(test.store);
    teams = await startTeamsDouble({ now: clock.now });
    const { appId, appPassword, tenant, loginUrl, serviceUrl, openIdUrl } = teams;
    channel = aChannel(world.organizationId, {
      name: 'teams',
      leadsTo: {
        teamsBot: { appId, appPassword, tenant, channel: '19:ops@thread.tacv2', loginUrl, serviceUrl, openIdUrl },
      },
    });
    await test.store.transact(async (tx) => {
      const reviewer = {
        id: world.reviewerId,
        organizationId: world.organizationId,
        kind: 'user',
        issuer: 'https://idp.example.com',
        subjectClaim: world.reviewerId,
        userName: 'vera@example.com',
        displayName: 'Vera',
        email: 'Vera@Example.com',
        groups: [],
        isDisabled: false,
        spec: {},
      } as const;
      await tx.put('Principal', reviewer);
      await tx.put('NotificationChannel', channel);
    });
    snapshots = await createSnapshotSource({ store: test.store, clock, logger: silentLogger });
    outbound = createOutbound({ allowedAddresses: LOOPBACK_NETWORKS, now: clock.now });
    const app = express();
    app.use(
      CALLBACK_PREFIX,
      createCallbackRoutes({
        store: test.store,
        snapshots: { current: () => snapshots.current(), isFresh: () => true },
        audit: { record: async (event: AuditEvent) => void events.push(event) } as never,
        outbound,
        review: async (review) => {
          if (refusal !== undefined) throw refusal;
          reviews.push(review);
          return { state: 'approved' };
        },
        clock,
        logger: silentLogger,
        onWork: () => {},
      }),
    );
    app.use(problemHandler({ logger: silentLogger }));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await outbound.close();
    await teams.close();
    await snapshots.close();
    await test.drop();
  });
  beforeEach(() => {
    teams.members.set('29:vera', { userPrincipalName: 'vera@example.com' });
  });
  afterEach(() => {
    refusal = undefined;
    events.splice(0);
    reviews.splice(0);
  });

  const post = (view = aView({ toReview: { requestId, contentSha256: CONTENT } }), reference?: string) =>
    sendToChannel(
      { outbound },
      {
        channel,
        secrets: { appPassword: teams.appPassword },
        view,
        concerned: { reviewers: [] },
        at: new Date(clock.now()),
        ...(reference !== undefined && { reference }),
      },
    );
  const press = (overrides: TeamsOverrides = {}, verb: string = TEAMS_VERBS.approve, user = '29:vera') =>
    teams.press(user, verb, overrides);
  async function send({ body, headers }: SignedCallback, id: string = channel.id) {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}${CALLBACK_PREFIX}/${id}/teams`;
    const answer = await fetch(url, { method: 'POST', headers, body });
    const text = await answer.text();
    return { status: answer.status, said: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
  }
  const newest = () => JSON.stringify([...teams.messages.values()].at(-1));

  it('posts a card with a verdict to give, changes it, and posts anew where it was deleted', async () => {
    const { reference } = await post();
    expect(newest()).toContain(TEAMS_VERBS.approve);
    const { toReview: _, ...settled } = aView({ title: 'approved by vera', isSettled: true });
    expect(await post(settled, reference)).toEqual({ reference });
    expect(newest()).not.toContain(TEAMS_VERBS.approve);
    expect(newest()).toContain('approved by vera');
    teams.messages.clear();
    expect((await post(settled, reference)).reference).not.toBe(reference);
    expect(teams.messages.size).toBe(1);
  });

  it('takes a verdict as the review of the person of that name, of what was shown', async () => {
    await post();
    const { status, said } = await send(await press());
    expect({ status, said }).toEqual({
      status: 200,
      said: { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: 'You approved it.' },
    });
    expect(reviews).toMatchObject([
      { reviewer: { id: world.reviewerId }, requestId, verdict: 'approve', contentSha256: CONTENT },
    ]);
    const why = { data: { r: requestId, c: CONTENT, reason: 'not today' } };
    expect((await send(await press(why, TEAMS_VERBS.deny))).said['value']).toBe('You denied it.');
    expect(reviews[1]).toMatchObject({ verdict: 'deny', reason: 'not today' });
  });

  it('tells whoever pressed why it does not count', async () => {
    await post();
    refusal = new ApiError({
      code: 'ERR_API_REVIEW_REFUSED',
      message: 'nobody reviews what they asked for',
      nextStep: 'Ask somebody else',
    });
    expect((await send(await press())).said['value']).toBe('nobody reviews what they asked for. Ask somebody else');
  });

  it.each([
    ['nobody here', { userPrincipalName: 'stranger@example.com' }, 'Nobody here has'],
    ['a guest', { userPrincipalName: 'vera_example.com#EXT#@acme.onmicrosoft.com' }, 'Only people of this tenant'],
    ['another tenant', { userPrincipalName: 'vera@example.com', tenantId: 'other' }, 'Only people of this tenant'],
    ['an address that anybody could enter', { email: 'vera@example.com' }, 'Only people of this tenant'],
  ])('SEC-E06 takes nothing from %s', async (_, member, told) => {
    await post();
    teams.members.set('29:other', member);
    const { said } = await send(await press({}, TEAMS_VERBS.approve, '29:other'));
    expect(said['value']).toContain(told);
    expect(reviews).toEqual([]);
  });

  it('SEC-E09 refuses what is forged, stale, replayed or for somebody else, and leaves a trace', async () => {
    await post();
    const good = await press();
    const bad: readonly (readonly [SignedCallback, string])[] = [
      [{ ...good, headers: { 'content-type': 'application/json' } }, 'is not signed'],
      [await press({ key: 'stranger' }), 'has a wrong signature'],
      [await press({ key: 'otherChannel' }), 'has a wrong signature'],
      [await press({ claims: { aud: 'another-bot' } }), 'has a wrong signature'],
      [await press({ claims: { iss: 'https://evil.example' } }), 'has a wrong signature'],
      [await press({ claims: { exp: Math.floor(clock.now() / 1_000) - 301 } }), 'has a wrong signature'],
      [await press({ claims: { serviceurl: 'https://evil.example' } }), 'is signed for another service'],
      [
        await press({ activity: { timestamp: new Date(clock.now() - 301_000).toISOString() } }),
        'has an old or future timestamp',
      ],
      [await press({ activity: { channelData: { tenant: { id: 'other' } } } }), 'is of another tenant'],
    ];
    for (const [callback, problem] of bad) {
      expect(await send(callback), problem).toMatchObject({ status: 401, said: { code: 'ERR_API_UNAUTHENTICATED' } });
    }
    expect(reviews).toEqual([]);
    expect(await send(good)).toMatchObject({ status: 200 });
    expect(await send(good)).toMatchObject({ status: 401 });
    expect(reviews).toHaveLength(1);
    const problems = [...bad.map(([, problem]) => problem), 'came before'];
    expect(events.map((event) => (event.details as { readonly problem?: string } | undefined)?.problem)).toEqual(
      problems,
    );
    expect(JSON.stringify(events)).not.toContain('canary');
  });

  it('SEC-E09 sends its secrets to where the channel says, whatever an activity names', async () => {
    await post();
    const elsewhere = { serviceUrl: 'https://evil.example/teams/' };
    const callback = await press({ activity: elsewhere, claims: { serviceurl: elsewhere.serviceUrl } });
    const before = teams.calls.length;
    expect(await send(callback)).toMatchObject({ status: 200, said: { value: 'You approved it.' } });
    expect(teams.calls.slice(before)).toMatchObject([{ method: 'GET' }]);
  });

  it('reads the keys again for one it does not know, and no more than once a minute', async () => {
    await post();
    clock.advance(61_000);
    const before = teams.keyReads();
    for (let i = 0; i < 3; i++) expect((await send(await press({ key: 'stranger' }))).status).toBe(401);
    expect(teams.keyReads() - before).toBe(1);
  });

  it('does nothing for what is no verdict, and is nobody by another id or when it is disabled', async () => {
    await post();
    for (const overrides of [
      { activity: { type: 'message' } },
      { activity: { name: 'signin/verifyState' } },
      { data: { r: 'req_x', c: CONTENT } },
      { data: { r: requestId, c: 'zz' } },
    ]) {
      expect((await send(await press(overrides))).status).toBe(200);
    }
    expect((await send(await press(), createId('notificationChannel'))).status).toBe(404);
    const disabled = { ...channel, spec: { ...channel.spec, disabled: true } };
    await test.store.transact((tx) => tx.put('NotificationChannel', disabled));
    await snapshots.refresh();
    expect((await send(await press())).status).toBe(404);
    expect(reviews).toEqual([]);
  });
});
