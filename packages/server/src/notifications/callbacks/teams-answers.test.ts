import { type AccessRequestId, createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../errors.ts';
import { aChannel } from '../../testing/notification-records.ts';
import { sendToChannel } from '../send-to-channel.ts';
import { TEAMS_VERBS } from '../senders/teams-bot.ts';
import { type AnswersWorld, REVIEWER, startAnswersWorld } from '../testing/answers-world.ts';
import type { SignedCallback } from '../testing/slack-double.ts';
import { startTeamsDouble, type TeamsDouble, type TeamsOverrides } from '../testing/teams-double.ts';
import { aView } from '../testing/views.ts';

const CONTENT = 'ab'.repeat(32);

describe('a bot of Microsoft Teams', () => {
  const clock = createFakeClock();
  let answers: AnswersWorld;
  let teams: TeamsDouble;
  let channel: ReturnType<typeof aChannel>;
  const requestId: AccessRequestId = createId('accessRequest');

  beforeAll(async () => {
    teams = await startTeamsDouble({ now: clock.now });
    const { appId, appPassword, tenant, loginUrl, serviceUrl, openIdUrl } = teams;
    const leadsTo = {
      teamsBot: { appId, appPassword, tenant, channel: '19:ops@thread.tacv2', loginUrl, serviceUrl, openIdUrl },
    };
    answers = await startAnswersWorld(clock, ({ organizationId }) => {
      channel = aChannel(organizationId, { name: 'teams', leadsTo });
      return { channels: [channel] };
    });
  });
  afterAll(async () => {
    await answers.close();
    await teams.close();
  });
  beforeEach(() => {
    teams.members.set('29:vera', { userPrincipalName: REVIEWER.userName });
  });
  afterEach(() => answers.forget());

  const post = (view = aView({ toReview: { requestId, contentSha256: CONTENT } }), reference?: string) =>
    sendToChannel(
      { outbound: answers.outbound },
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
  async function send(callback: SignedCallback, id: string = channel.id) {
    const { status, text } = await answers.send('teams', id, callback);
    return { status, said: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
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
    expect(answers.reviews).toMatchObject([
      { reviewer: { id: answers.world.reviewerId }, requestId, verdict: 'approve', contentSha256: CONTENT },
    ]);
    const why = { data: { r: requestId, c: CONTENT, reason: 'not today' } };
    expect((await send(await press(why, TEAMS_VERBS.deny))).said['value']).toBe('You denied it.');
    expect(answers.reviews[1]).toMatchObject({ verdict: 'deny', reason: 'not today' });
  });

  it('tells whoever pressed why it does not count', async () => {
    await post();
    answers.refusal = new ApiError({
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
    expect(answers.reviews).toEqual([]);
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
    expect(answers.reviews).toEqual([]);
    expect(await send(good)).toMatchObject({ status: 200 });
    expect(await send(good)).toMatchObject({ status: 401 });
    expect(answers.reviews).toHaveLength(1);
    const problems = [...bad.map(([, problem]) => problem), 'came before'];
    expect(
      answers.events.map((event) => (event.details as { readonly problem?: string } | undefined)?.problem),
    ).toEqual(problems);
    expect(JSON.stringify(answers.events)).not.toContain('canary');
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
    await answers.putChannel({ ...channel, spec: { ...channel.spec, disabled: true } });
    expect((await send(await press())).status).toBe(404);
    expect(answers.reviews).toEqual([]);
  });
});
