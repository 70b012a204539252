import { detailsOf } from '@sallyport/audit';
import { API_VERSION } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessWorld, emailOf, type PersonName, refusal, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
let organization: string;
beforeAll(async () => {
  world = await startAccessWorld();
  ({ organization } = world);
  await world.putPolicy('plain', { maxTotalDuration: '6h' });
  await world.putPolicy('emergency', { breakGlass: { maxDuration: '1h', maxPerDay: 2, reviewers: 'permitted' } });
}, 120_000);
afterAll(() => world.close());

const apiOf = (name: PersonName) => world.people[name].api;
const prod = { kind: 'clusters' as const, clusters: ['prod'] };
const grantTo = (name: string, more: object = {}) => ({
  user: emailOf(name),
  role: 'developer',
  scope: prod,
  duration: '1h',
  reason: 'on call tonight',
  ...more,
});
async function aGrant(): Promise<string> {
  const approved = await world.approve('rita', await world.ask('dora', 'plain'));
  return approved.grant?.id ?? expect.fail('there is no grant');
}
const isLive = (id: string) => [...world.installation.snapshots.current().grants.keys()].some((one) => one === id);

describe('a grant without a request', () => {
  it('is given to somebody else for a while, with one audit event', async () => {
    const given = await apiOf('ada').createGrant({ organization, body: grantTo('vera') });
    expect(given).toMatchObject({
      state: 'active',
      user: emailOf('vera'),
      role: 'developer',
      scope: prod,
      reason: 'on call tonight',
      isBreakGlass: false,
      may: { revoke: true, renew: false },
    });
    // Capabilities count in seconds: server and agents see the same end.
    expect(given.endsAt).toEqual(new Date(Math.floor((given.startsAt.getTime() + 3_600_000) / 1_000) * 1_000));
    expect(isLive(given.id)).toBe(true);
    expect(await world.audited(given.id)).toEqual(['grant.created']);
    expect((await apiOf('vera').listGrants({ organization, view: 'mine' })).items.map(({ id }) => id)).toContain(
      given.id,
    );
  });

  it('SEC-E06 is never given to oneself, by no account, nor beyond what the giver holds', async () => {
    const self = apiOf('ada').createGrant({ organization, body: grantTo('ada') });
    expect(await refusal(self)).toMatchObject({ code: 'ERR_API_EXCEEDS_AUTHORITY', status: 403 });
    const { store, snapshots, organization: own } = world.installation;
    const vera = snapshots.current().find('Principal', emailOf('vera'), own.id) ?? expect.fail('no vera');
    await store.transact((tx) => tx.put('Principal', { ...vera, email: 'Ada@Example.com' }));
    await snapshots.refresh();
    const alias = apiOf('ada').createGrant({ organization, body: grantTo('vera') });
    expect(await refusal(alias)).toMatchObject({ code: 'ERR_API_EXCEEDS_AUTHORITY' });
    await store.transact((tx) => tx.put('Principal', { ...vera, email: emailOf('vera') }));
    await snapshots.refresh();

    const scope = { kind: 'organization' as const };
    const owner = apiOf('ada').createGrant({ organization, body: grantTo('vera', { role: 'owner', scope }) });
    expect(await refusal(owner)).toMatchObject({ code: 'ERR_API_EXCEEDS_AUTHORITY' });
    const byViewer = apiOf('vera').createGrant({ organization, body: grantTo('nobody') });
    expect(await refusal(byViewer)).toMatchObject({ code: 'ERR_API_FORBIDDEN', status: 403 });
  });

  it('SEC-E06 is no authority to hand out what it gives', async () => {
    const scope = { kind: 'organization' as const };
    const ask = { role: 'admin', scope };
    await world.putPolicy('admins', { roles: ['admin'], scope });
    const approved = await world.approve('rita', await world.ask('dora', 'admins', ask));
    expect(approved.grant?.state).toBe('active');
    const given = apiOf('dora').createGrant({ organization, body: grantTo('dirk') });
    expect((await refusal(given)).status).toBe(403);
    const bound = apiOf('dora').createBinding({
      organization,
      body: {
        apiVersion: API_VERSION,
        kind: 'Binding',
        metadata: { name: 'mine-for-ever' },
        spec: { role: 'admin', subjects: [{ kind: 'User', name: emailOf('dora') }], scope },
      },
    });
    expect((await refusal(bound)).status).toBe(403);
  });

  it('SEC-E18 has a duration of one notation, and 30 days at the most', async () => {
    for (const duration of ['0s', '-1h', '31d', 'PT1H', '99999999999999999999d']) {
      const problem = await refusal(apiOf('ada').createGrant({ organization, body: grantTo('vera', { duration }) }));
      expect([duration, problem.code]).toEqual([duration, 'ERR_API_REQUEST_INVALID']);
    }
  });

  it('names a person and a role that there are', async () => {
    const give = (more: object) => refusal(apiOf('ada').createGrant({ organization, body: grantTo('vera', more) }));
    expect((await give({ user: 'ghost@example.com' })).status).toBe(404);
    expect((await give({ role: 'ghost' })).code).toBe('ERR_API_REQUEST_INVALID');
    expect((await give({ startsAt: new Date(Date.now() - 60_000).toISOString() })).code).toBe(
      'ERR_API_REQUEST_INVALID',
    );
  });
});

describe('a grant', () => {
  it('ends early by whoever holds it, reviewed it or may revoke, once, and for nobody else', async () => {
    for (const [who, name] of [
      ['dora', 'its holder'],
      ['remo', 'a reviewer'],
      ['ada', 'an administrator'],
    ] as const) {
      const id = await aGrant();
      expect([name, isLive(id)]).toEqual([name, true]);
      const seen = await apiOf(who).getGrant({ organization, id });
      expect([name, seen.may.revoke]).toEqual([name, true]);
      const revoke = () => apiOf(who).revokeGrant({ organization, id, body: { reason: 'done' } });
      expect(await revoke()).toMatchObject({ state: 'revoked', endedBy: emailOf(who), endedReason: 'done' });
      expect([name, isLive(id)]).toEqual([name, false]);
      expect(await refusal(revoke())).toMatchObject({ code: 'ERR_API_CONFLICT', status: 409 });
      expect(await world.audited(id)).toEqual(['grant.revoked']);
    }
    const id = await aGrant();
    for (const who of ['dirk', 'vera', 'nobody'] as const) {
      expect((await refusal(apiOf(who).getGrant({ organization, id }))).status).toBe(404);
      expect((await refusal(apiOf(who).revokeGrant({ organization, id, body: {} }))).status).toBe(404);
    }
    expect(isLive(id)).toBe(true);
  });

  it('SEC-E17 ends with its role, its policy or its cluster, and nothing of the same name brings it back', async () => {
    await world.putPolicy('short-lived');
    const approved = await world.approve('rita', await world.ask('dora', 'short-lived'));
    const pending = await world.ask('dora', 'short-lived');
    const id = approved.grant?.id ?? expect.fail('there is no grant');
    await apiOf('ada').deleteRequestPolicy({ organization, name: 'short-lived' });
    expect(isLive(id)).toBe(false);
    await world.putPolicy('short-lived');
    expect(await apiOf('ada').getGrant({ organization, id })).toMatchObject({ state: 'revoked' });
    expect(await apiOf('ada').getAccessRequest({ organization, id: pending.id })).toMatchObject({
      state: 'cancelled',
      may: { review: false, cancel: false },
    });
    expect(await world.audited(pending.id)).toEqual(['access_request.created', 'access_request.cancelled']);
  });

  it('SEC-E18 is prolonged by a reviewed request, and never beyond the longest time with all renewals', async () => {
    const asked = await world.ask('dora', 'plain', { duration: '4h' });
    const approved = await world.approve('rita', asked);
    const id = approved.grant?.id ?? expect.fail('there is no grant');
    expect((await apiOf('dora').getGrant({ organization, id })).may.renew).toBe(true);
    const renew = (who: PersonName, duration: string) =>
      apiOf(who).renewGrant({ organization, id, body: { duration, reason: 'not done yet' } });
    expect((await refusal(renew('dora', '3h'))).code).toBe('ERR_API_NOT_REQUESTABLE');
    expect((await refusal(renew('dirk', '1h'))).status).toBe(404);
    expect((await refusal(renew('remo', '1h'))).status).toBe(403);
    const renewal = await renew('dora', '2h');
    expect(renewal).toMatchObject({ state: 'pending', renews: id, role: 'developer', scope: prod });
    const prolonged = await world.approve('rita', renewal);
    const before = approved.grant?.endsAt.getTime() ?? 0;
    expect(prolonged.grant?.endsAt.getTime()).toBe(before + 2 * 3_600_000);
    const next = prolonged.grant?.id ?? expect.fail('there is no grant');
    const more = apiOf('dora').renewGrant({ organization, id: next, body: { duration: '1h', reason: 'still not' } });
    expect((await refusal(more)).code).toBe('ERR_API_NOT_REQUESTABLE');
  });
});

describe('breaking the glass', () => {
  const break_ = (who: PersonName = 'dirk') =>
    world.ask(who, 'emergency', { breakGlass: true, reason: 'checkout is down' });

  it('gives the role at once, is told as critical, and is reviewed afterwards by somebody else', async () => {
    const used = await break_();
    expect(used).toMatchObject({
      state: 'approved',
      isBreakGlass: true,
      grant: { state: 'active' },
      followUp: { state: 'due' },
      may: { followUp: false },
    });
    const events = await world.installation.store.listAudit({
      organizationId: world.installation.organization.id,
      limit: 100,
    });
    const event = events.find((each) => detailsOf(each)['accessRequestId'] === used.id);
    expect(event).toMatchObject({ code: 'access_request.broke_glass', severity: 'critical' });
    const due = await apiOf('rita').listAccessRequests({ organization, view: 'followUp' });
    expect(due.items.map(({ id, may }) => ({ id, may: may.followUp }))).toEqual([{ id: used.id, may: true }]);

    const followUp = (who: PersonName) =>
      apiOf(who).followUpAccessRequest({
        organization,
        id: used.id,
        body: { verdict: 'justified', reason: 'it was down' },
      });
    expect(await refusal(followUp('dirk'))).toMatchObject({ code: 'ERR_API_REVIEW_REFUSED' });
    expect((await refusal(followUp('nobody'))).status).toBe(404);
    expect(await followUp('rita')).toMatchObject({
      followUp: { state: 'justified', reviewer: emailOf('rita'), reason: 'it was down' },
    });
    expect(await refusal(followUp('remo'))).toMatchObject({ code: 'ERR_API_CONFLICT' });
    expect(await world.audited(used.id)).toEqual(['access_request.broke_glass', 'access_request.followed_up']);
  });

  it('is bounded in number for each person, and in time', async () => {
    expect((await refusal(world.ask('dora', 'emergency', { breakGlass: true, duration: '2h' }))).code).toBe(
      'ERR_API_NOT_REQUESTABLE',
    );
    await break_('dora');
    await break_('dora');
    const problem = await refusal(break_('dora'));
    expect(problem.code).toBe('ERR_API_NOT_REQUESTABLE');
    expect(problem.detail).toMatch(/2/);
  });

  it('is refused to whoever has a follow-up review that is overdue', async () => {
    await world.putPolicy('overdue', {
      breakGlass: { maxDuration: '1h', maxPerDay: 50, followUpWithin: '1ms', reviewers: 'permitted' },
    });
    const take = () => world.ask('dirk', 'overdue', { breakGlass: true });
    const first = await take();
    await expect.poll(() => Date.now() > (first.followUp?.dueAt.getTime() ?? Number.MAX_VALUE)).toBe(true);
    const problem = await refusal(take());
    expect(problem).toMatchObject({ code: 'ERR_API_NOT_REQUESTABLE' });
    expect(problem.detail).toContain('follow-up');
  });
});
