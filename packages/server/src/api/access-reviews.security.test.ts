import { detailsOf } from '@sallyport/audit';
import { API_VERSION, type CreateAccessReview, type KindSpec } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_REVIEW_LIMITS } from '../access-reviews/limits.ts';
import { addCluster } from '../authn/testing/installation.ts';
import { type AccessWorld, emailOf, type PersonName, refusal, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
let organization: string;
beforeAll(async () => {
  world = await startAccessWorld();
  ({ organization } = world);
  await addCluster(world.installation, 'dev');
  await put('Role', 'looker', { kubernetes: { clusterRoles: ['view'] }, permissions: [] });
  await put('Role', 'binder', { permissions: ['bindings.read', 'bindings.update'] });
  await put('Role', 'starter', { permissions: ['accessReviews.read', 'accessReviews.create', 'bindings.read'] });
}, 120_000);
afterAll(() => world.close());

const apiOf = (name: PersonName) => world.people[name].api;
const user = (name: PersonName) => ({ kind: 'User' as const, name: emailOf(name) });
const on = (...clusters: string[]) => ({ kind: 'clusters' as const, clusters });

async function put(kind: 'Role' | 'Binding' | 'Group', name: string, spec: object): Promise<void> {
  const resource = { apiVersion: API_VERSION, kind, metadata: { name }, spec } as never;
  const report = await apiOf('ada').applyResources({ organization, body: { resources: [resource] } });
  expect(report).toMatchObject({ isApplied: true });
}
const bind = (name: string, role: string, subjects: KindSpec<'Binding'>['subjects'], scope = on('prod') as object) =>
  put('Binding', name, { role, subjects, scope });

const start = (name: string, more: Partial<CreateAccessReview> = {}, who: PersonName = 'ada') =>
  apiOf(who).createAccessReview({
    organization,
    body: { name, scope: on('prod'), roles: ['looker'], duration: '7d', ...more },
  });
const itemsOf = async (who: PersonName, id: string, view?: 'mine') =>
  (await apiOf(who).listAccessReviewItems({ organization, id, ...(view !== undefined && { view }) })).items;
const decide = (who: PersonName, id: string, item: string, verdict: 'attest' | 'remove', reason = 'because') =>
  apiOf(who).decideAccessReviewItem({ organization, id, item, body: { verdict, reason } });
const unbind = (name: string) => apiOf('ada').deleteBinding({ organization, name });

async function changePrincipal(name: string, change: object): Promise<void> {
  const { store, snapshots, organization: own } = world.installation;
  const record = snapshots.current().find('Principal', emailOf(name), own.id) ?? expect.fail(`no ${name}`);
  await store.transact((tx) => tx.put('Principal', { ...record, ...change }));
  await snapshots.refresh();
}

describe('answers in access reviews', () => {
  it('SEC-E06 are never about access of one’s own: by name, by group, or by another account', async () => {
    await put('Group', 'team', { users: [emailOf('rita')] });
    await bind('own', 'looker', [user('rita'), { kind: 'Group', name: 'team' }, user('dora')]);
    const { id } = await start('own', { reviewers: [user('rita'), user('remo')] });
    expect((await itemsOf('rita', id, 'mine')).map(({ subject }) => subject.name)).toEqual([emailOf('dora')]);
    const all = await itemsOf('rita', id);
    const answerable = new Map(all.map(({ subject, may }) => [subject.name, may.answer]));
    expect(Object.fromEntries(answerable)).toEqual({
      [emailOf('dora')]: true,
      [emailOf('rita')]: false,
      team: false,
    });
    for (const { id: item } of all.filter(({ subject }) => subject.name !== emailOf('dora'))) {
      for (const verdict of ['attest', 'remove'] as const) {
        expect(await refusal(decide('rita', id, item, verdict))).toMatchObject({
          code: 'ERR_API_REVIEW_REFUSED',
          status: 403,
        });
      }
    }
    const dora = all.find(({ subject }) => subject.name === emailOf('dora')) ?? expect.fail('no dora');
    await changePrincipal('remo', { email: 'DORA@example.com' });
    try {
      expect(await refusal(decide('remo', id, dora.id, 'attest'))).toMatchObject({ code: 'ERR_API_REVIEW_REFUSED' });
    } finally {
      await changePrincipal('remo', { email: emailOf('remo') });
    }
    expect(await decide('remo', id, dora.id, 'attest')).toMatchObject({ state: 'attested' });
    await unbind('own');
  });

  it('SEC-E06 are by those who are named or could remove it anyway; nobody else knows of the review', async () => {
    await bind('here', 'looker', [user('dora')]);
    await bind('there', 'looker', [user('dora')], on('dev'));
    await bind('binds-here', 'binder', [user('vera')]);
    const scope = { kind: 'organization' as const };
    const { id } = await start('by-place', { scope });
    expect((await itemsOf('vera', id)).map(({ binding }) => binding)).toEqual(['here']);
    const items = await itemsOf('ada', id);
    const there = items.find(({ binding }) => binding === 'there') ?? expect.fail('no item');
    expect(await refusal(decide('vera', id, there.id, 'remove'))).toMatchObject({ status: 404 });
    const hidden = [
      apiOf('nobody').getAccessReview({ organization, id }),
      apiOf('nobody').listAccessReviewItems({ organization, id }),
      decide('nobody', id, there.id, 'attest'),
      apiOf('vera').getAccessReview({ organization, id: 'no-such-review' }),
    ];
    for (const one of await Promise.all(hidden.map(refusal))) {
      expect(one).toMatchObject({ code: 'ERR_API_NOT_FOUND', status: 404 });
    }
    expect((await apiOf('nobody').listAccessReviews({ organization })).items).toEqual([]);
    expect(await refusal(apiOf('vera').closeAccessReview({ organization, id }))).toMatchObject({ status: 403 });
    expect(await refusal(apiOf('vera').remindAccessReview({ organization, id }))).toMatchObject({ status: 403 });
    expect(await refusal(apiOf('vera').getAccessReviewReport({ organization, id }))).toMatchObject({ status: 403 });
    expect(
      (await apiOf('ada').listAccessReviews({ organization, view: 'mine' })).items.map(({ name }) => name),
    ).toContain('by-place');
    for (const name of ['here', 'there', 'binds-here']) await unbind(name);
  });

  it('SEC-E06 hand out no power that whoever starts the review does not have', async () => {
    await bind('target', 'looker', [user('dora')]);
    await bind('starts', 'starter', [user('dirk')]);
    const body = { reviewers: [user('nobody')] };
    expect(await refusal(start('mine', body, 'dirk'))).toMatchObject({
      code: 'ERR_API_FORBIDDEN',
      detail: expect.stringContaining('bindings.update'),
    });
    expect(await refusal(start('mine', { onUnanswered: 'remove' }, 'dirk'))).toMatchObject({
      code: 'ERR_API_FORBIDDEN',
    });
    expect(await refusal(start('mine', { scope: { kind: 'organization' } }, 'dirk'))).toMatchObject({
      detail: expect.stringContaining('accessReviews.create'),
    });
    const review = await start('mine', {}, 'dirk');
    expect(review.items.pending).toBe(1);
    // A review by others that removes what is not answered is closed early by those who could remove it themselves.
    await put('Role', 'starter', { permissions: ['accessReviews.read', 'accessReviews.update', 'bindings.read'] });
    const strict = await start('strict', { onUnanswered: 'remove' });
    expect(await refusal(apiOf('dirk').closeAccessReview({ organization, id: strict.id }))).toMatchObject({
      detail: expect.stringContaining('bindings.update'),
    });
    expect(await apiOf('dirk').closeAccessReview({ organization, id: review.id })).toMatchObject({ state: 'closed' });
    for (const name of ['target', 'starts']) await unbind(name);
  });

  it('SEC-E15 that race have one winner: the other gets 409, and one event is written', async () => {
    const rounds = 10;
    const subjects = [user('dora'), user('dirk'), user('vera')];
    for (let round = 0; round < rounds; round += 1) {
      await bind('raced', 'looker', subjects);
      const { id } = await start(`race-${round}`, { reviewers: [user('rita'), user('remo')] });
      const [item = expect.fail('no item')] = await itemsOf('rita', id);
      const answers = await Promise.allSettled([
        decide('rita', id, item.id, round % 2 === 0 ? 'remove' : 'attest'),
        decide('remo', id, item.id, 'remove'),
        apiOf('ada').closeAccessReview({ organization, id }),
      ]);
      const lost = answers.slice(0, 2).filter(({ status }) => status === 'rejected');
      expect(lost.length).toBeGreaterThanOrEqual(1);
      for (const answer of lost) {
        if (answer.status === 'rejected')
          expect(answer.reason).toMatchObject({ problem: { status: 409, code: 'ERR_API_CONFLICT' } });
      }
      const events = await world.installation.store.listAudit({
        organizationId: world.installation.organization.id,
        limit: 50,
      });
      const ofItem = events.filter((event) => detailsOf(event)['accessReviewItemId'] === item.id);
      expect(ofItem).toHaveLength(2 - lost.length);
      const closed = events.filter(
        (event) => event.code === 'access_review.closed' && event.details.accessReviewId === id,
      );
      expect(closed).toHaveLength(1);
      await unbind('raced');
    }
  });

  it('SEC-E08 of any text are bounded, and are inert in the report, also as CSV', async () => {
    await bind('texts', 'looker', [user('dora'), user('dirk')]);
    const { id } = await start('texts');
    const [first, second] = await itemsOf('ada', id);
    const [a, b] = [first?.id ?? '', second?.id ?? ''];
    expect(await refusal(decide('ada', id, a, 'attest', 'x'.repeat(2_000_000)))).toMatchObject({ status: 413 });
    for (const reason of ['x'.repeat(1_025), 'red \u001b[31m', '\u202egnp.exe', '']) {
      expect(await refusal(decide('ada', id, a, 'attest', reason))).toMatchObject({
        code: 'ERR_API_REQUEST_INVALID',
        status: 400,
      });
    }
    const formula = '=HYPERLINK("https://evil.example","x"),\n"2"';
    await decide('ada', id, a, 'attest', formula);
    await decide('ada', id, b, 'attest', '＋1');
    const csv = await apiOf('ada').getAccessReviewReport({ organization, id, format: 'csv' });
    expect(csv.split('\r\n')[0]).toMatch(/^"review","item","kind"/);
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"",""x""),\n""2"""`);
    expect(csv).toContain(`"'＋1"`);
    expect(csv).not.toMatch(/(^|,)"[=+@-]/m);
    const json = await apiOf('ada').getAccessReviewReport({ organization, id });
    const lines = json
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ type }) => type)).toEqual(['review', 'item', 'item']);
    expect(lines[1]).toMatchObject({ id: a, state: 'attested', reason: formula });
    await unbind('texts');
  });

  it('SEC-E18 take no time that is none, too short, too long or over, and never another instead', async () => {
    const times = [
      { duration: '0s' },
      { duration: '59m' },
      { duration: '366d' },
      { duration: '-1d' },
      { duration: '7' },
    ];
    for (const time of [...times, { duration: '7d', dueAt: new Date(Date.now() + 86_400_000).toISOString() }]) {
      expect([time, await refusal(start('times', time as never))]).toMatchObject([
        time,
        { code: 'ERR_API_REQUEST_INVALID' },
      ]);
    }
    const past = { duration: undefined, dueAt: new Date(0).toISOString() } as never;
    expect(await refusal(start('times', past))).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
    expect(await refusal(start('times', { remindEvery: '1m' }))).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
  });

  it('are about no more reviews at a time than there may be, answered with "ERR_API_LIMIT"', async () => {
    const open = (await apiOf('ada').listAccessReviews({ organization, state: 'open' })).metadata.totalCount;
    for (let i = open; i < ACCESS_REVIEW_LIMITS.maxOpenCount; i += 1) await start(`many-${i}`);
    expect(await refusal(start('one-more'))).toMatchObject({ code: 'ERR_API_LIMIT' });
  });
});
