import { detailsOf } from '@sallyport/audit';
import { createId } from '@sallyport/core';
import { API_VERSION, type CreateAccessReview, type KindSpec } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WEBHOOK_SECRET } from '../testing/notification-records.ts';
import { putBinding as writeBinding } from '../testing/writes.ts';
import { type AccessWorld, emailOf, type PersonName, refusal, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
let organization: string;
beforeAll(async () => {
  world = await startAccessWorld();
  ({ organization } = world);
}, 120_000);
afterAll(() => world.close());

const apiOf = (name: PersonName) => world.people[name].api;
const user = (name: PersonName) => ({ kind: 'User' as const, name: emailOf(name) });
const group = (name: string) => ({ kind: 'Group' as const, name, identityProvider: 'development' });
const onProd = { kind: 'clusters' as const, clusters: ['prod'] };

let count = 0;
/** Puts a binding on the cluster `prod` with a role of its own, so that a review can ask about it alone. */
async function putBinding(subjects: KindSpec<'Binding'>['subjects'], more: Partial<KindSpec<'Binding'>> = {}) {
  count += 1;
  const name = `case-${count}`;
  const role = {
    apiVersion: API_VERSION as typeof API_VERSION,
    kind: 'Role' as const,
    metadata: { name },
    spec: { kubernetes: { clusterRoles: ['view'] }, permissions: [] },
  };
  const binding = {
    apiVersion: API_VERSION as typeof API_VERSION,
    kind: 'Binding' as const,
    metadata: { name },
    spec: { role: name, subjects, scope: onProd, ...more },
  };
  const report = await apiOf('ada').applyResources({ organization, body: { resources: [role, binding] } });
  expect(report).toMatchObject({ isApplied: true });
  return name;
}

const start = (name: string, more: Partial<CreateAccessReview> = {}) =>
  apiOf('ada').createAccessReview({
    organization,
    body: { name, scope: onProd, roles: [name], duration: '7d', ...more },
  });
const itemsOf = async (id: string, who: PersonName = 'ada', query = {}) =>
  (await apiOf(who).listAccessReviewItems({ organization, id, ...query })).items;
const decide = (who: PersonName, id: string, item: string, verdict: 'attest' | 'remove', reason?: string) =>
  apiOf(who).decideAccessReviewItem({
    organization,
    id,
    item,
    body: { verdict, ...(reason !== undefined && { reason }) },
  });
const subjectsOf = async (name: string) => (await apiOf('ada').getBinding({ organization, name })).spec.subjects;
const auditOf = async (id: string) =>
  (await world.installation.store.listAudit({ organizationId: world.installation.organization.id, limit: 1_000 }))
    .filter((event) => detailsOf(event)['accessReviewId'] === id)
    .map(({ code }) => code)
    .reverse();
/** The item about somebody. */
const about = <Item extends { readonly subject: { readonly name: string } }>(
  items: readonly Item[],
  name: string,
): Item => items.find(({ subject }) => subject.name === name) ?? expect.fail(`no item about ${name}`);

describe('an access review', () => {
  it('asks about each subject of each binding and each live grant within its scope, as they were', async () => {
    const name = await putBinding([user('dora'), group('viewers')]);
    const grant = await apiOf('ada').createGrant({
      organization,
      body: { user: emailOf('dirk'), role: name, scope: onProd, duration: '2h', reason: 'a look' },
    });
    const review = await start(name, { description: 'quarterly' });
    expect(review).toMatchObject({
      name,
      description: 'quarterly',
      state: 'open',
      scope: onProd,
      about: 'both',
      roles: [name],
      reviewers: 'permitted',
      createdBy: emailOf('ada'),
      onUnanswered: 'keep',
      items: { pending: 3, attested: 0, removed: 0, skipped: 0 },
      may: { remind: true, close: true },
    });
    expect(review.dueAt.getTime() - review.createdAt.getTime()).toBe(7 * 86_400_000);
    const items = await itemsOf(name);
    expect(
      items.map(({ kind, binding, grant: of, subject, role, state, may }) => [
        kind,
        binding ?? of?.id,
        subject,
        role,
        state,
        may.answer,
      ]),
    ).toEqual([
      ['binding', name, group('viewers'), name, 'pending', true],
      ['grant', grant.id, user('dirk'), name, 'pending', true],
      ['binding', name, user('dora'), name, 'pending', true],
    ]);
    const first = await apiOf('ada').listAccessReviewItems({ organization, id: review.id, limit: 2 });
    const rest = await apiOf('ada').listAccessReviewItems({
      ...{ organization, id: review.id, limit: 2 },
      ...(first.metadata.continue !== undefined && { continue: first.metadata.continue }),
    });
    expect([...first.items, ...rest.items]).toEqual(items);
    expect(first.metadata.totalCount).toBe(3);
    expect(await refusal(start(name))).toMatchObject({ code: 'ERR_API_CONFLICT', status: 409 });
    expect((await apiOf('ada').listAccessReviews({ organization, state: 'open' })).items[0]).toEqual(review);
  });

  it('leaves alone what is attested, and takes a removed subject out of its binding and the binding with its last one', async () => {
    const name = await putBinding([user('dora'), user('dirk')]);
    const { id } = await start(name);
    const items = await itemsOf(id);
    const [dora, dirk] = [about(items, emailOf('dora')), about(items, emailOf('dirk'))];
    expect(await refusal(decide('ada', id, dirk.id, 'remove'))).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
    const version = (await apiOf('ada').getBinding({ organization, name })).metadata.resourceVersion;
    expect(await decide('ada', id, dirk.id, 'remove', 'left the team')).toMatchObject({
      state: 'removed',
      answeredBy: emailOf('ada'),
      reason: 'left the team',
      may: { answer: false },
    });
    const changed = await apiOf('ada').getBinding({ organization, name });
    expect(changed.spec.subjects).toEqual([user('dora')]);
    expect(Number(changed.metadata.resourceVersion)).toBe(Number(version) + 1);
    expect(await refusal(decide('ada', id, dirk.id, 'attest'))).toMatchObject({
      code: 'ERR_API_CONFLICT',
      status: 409,
    });
    expect(await decide('ada', id, dora.id, 'attest', 'on call')).toMatchObject({ state: 'attested' });
    expect(await apiOf('ada').getAccessReview({ organization, id })).toMatchObject({
      items: { pending: 0, attested: 1, removed: 1, skipped: 0 },
    });
    expect(await apiOf('ada').closeAccessReview({ organization, id })).toMatchObject({
      state: 'closed',
      closedBy: emailOf('ada'),
      may: { remind: false, close: false },
    });
    expect(await refusal(apiOf('ada').closeAccessReview({ organization, id }))).toMatchObject({
      code: 'ERR_API_CONFLICT',
    });
    expect(await auditOf(id)).toEqual([
      'access_review.started',
      'access_review.removed',
      'access_review.attested',
      'access_review.closed',
    ]);
    const again = await start(`${name}-again`, { roles: [name] });
    const [last] = await itemsOf(again.id);
    await decide('ada', again.id, last?.id ?? '', 'remove', 'nobody needs it');
    expect(await refusal(apiOf('ada').getBinding({ organization, name }))).toMatchObject({ status: 404 });
  });

  it('revokes a grant that is removed, at once', async () => {
    const name = await putBinding([user('dora')]);
    const grant = await apiOf('ada').createGrant({
      organization,
      body: { user: emailOf('dirk'), role: name, scope: onProd, duration: '2h', reason: 'a look' },
    });
    const { id } = await start(name, { about: 'grants' });
    const [item] = await itemsOf(id);
    expect(item?.grant).toEqual({ id: grant.id, endsAt: grant.endsAt });
    await decide('ada', id, item?.id ?? '', 'remove', 'done');
    expect(await apiOf('dirk').getGrant({ organization, id: grant.id })).toMatchObject({
      state: 'revoked',
      endedBy: emailOf('ada'),
      endedReason: `access review ${name}: done`,
    });
    expect(world.installation.snapshots.current().grants.has(grant.id)).toBe(false);
    expect(await world.audited(grant.id)).toContain('grant.revoked');
  });

  it('passes over what is another thing by now or is gone, and does nothing to it', async () => {
    const name = await putBinding([user('dora'), user('dirk')]);
    const { id } = await start(name);
    const items = await itemsOf(id);
    const binding = await apiOf('ada').getBinding({ organization, name });
    const put = (spec: Partial<KindSpec<'Binding'>>) =>
      apiOf('ada').updateBinding({
        ...{ organization, name },
        body: { ...binding, metadata: { name }, spec: { ...binding.spec, ...spec } },
      });
    await put({ subjects: [user('dora')], description: 'only dora' });
    const skipped = { state: 'skipped', reason: 'the binding no longer names the subject' };
    expect(await decide('ada', id, about(items, emailOf('dirk')).id, 'remove', 'x')).toMatchObject(skipped);
    await put({ subjects: [user('dora')], scope: { kind: 'organization' } });
    expect(await decide('ada', id, about(items, emailOf('dora')).id, 'remove', 'x')).toMatchObject({
      state: 'skipped',
      reason: 'the binding reaches something else by now',
    });
    expect(await subjectsOf(name)).toEqual([user('dora')]);
    expect(await auditOf(id)).toEqual(['access_review.started', 'access_review.skipped', 'access_review.skipped']);
  });

  it('removes at its close what nobody answered, or keeps it, as it says', async () => {
    const kept = await putBinding([user('dora')]);
    const removed = await putBinding([user('dora'), user('dirk')]);
    await start(kept);
    await start(removed, { onUnanswered: 'remove' });
    const items = await itemsOf(removed);
    await decide('ada', removed, about(items, emailOf('dora')).id, 'attest');
    for (const name of [kept, removed]) await apiOf('ada').closeAccessReview({ organization, id: name });
    expect(await itemsOf(kept)).toMatchObject([{ state: 'skipped', reason: 'nobody answered in time' }]);
    expect(about(await itemsOf(removed), emailOf('dirk'))).toMatchObject({ state: 'removed' });
    expect(await subjectsOf(kept)).toEqual([user('dora')]);
    expect(await subjectsOf(removed)).toEqual([user('dora')]);
  });

  it('tells notification channels that it started, reminds of what is pending, and is closed', async () => {
    const name = await putBinding([user('dora')]);
    const channel = {
      apiVersion: API_VERSION as typeof API_VERSION,
      kind: 'NotificationChannel' as const,
      metadata: { name: 'reviews' },
      spec: {
        events: ['accessReview.started', 'accessReview.reminder', 'accessReview.closed'],
        webhook: { url: 'https://127.0.0.1:9/in', secret: WEBHOOK_SECRET },
      } as KindSpec<'NotificationChannel'>,
    };
    await apiOf('ada').createNotificationChannel({ organization, body: channel });
    const { id } = await start(name);
    expect(await apiOf('ada').remindAccessReview({ organization, id })).toMatchObject({ items: { pending: 1 } });
    const told = async () =>
      (await apiOf('ada').listNotificationDeliveries({ organization, name: 'reviews' })).items
        .filter(({ subject }) => subject === id)
        .map(({ event }) => event)
        .sort();
    expect(await told()).toEqual(['accessReview.reminder', 'accessReview.started']);
    await apiOf('ada').closeAccessReview({ organization, id });
    expect(await told()).toContain('accessReview.closed');
    expect(await refusal(apiOf('ada').remindAccessReview({ organization, id }))).toMatchObject({
      code: 'ERR_API_CONFLICT',
    });
    expect(await auditOf(id)).toEqual(['access_review.started', 'access_review.reminded', 'access_review.closed']);
    await apiOf('ada').deleteNotificationChannel({ organization, name: 'reviews' });
  });

  it('never takes the last owner: nobody can remove them, and a close passes over them', async () => {
    const { store, snapshots, organization: own } = world.installation;
    const rita = snapshots.current().find('Principal', emailOf('rita'), own.id) ?? expect.fail('no rita');
    const owner = snapshots.current().find('Role', 'owner', own.id) ?? expect.fail('no owner');
    await store.transact((tx) =>
      writeBinding(tx, {
        id: createId('binding'),
        organizationId: own.id,
        roleId: owner.id,
        subjects: [{ kind: 'principal', id: rita.id }],
        scope: { kind: 'organization' },
      }),
    );
    await snapshots.refresh();
    const scope = { kind: 'organization' as const };
    const { id } = await start('owners', { scope, roles: ['owner'], onUnanswered: 'remove' });
    const { id: item } = about(await itemsOf(id), emailOf('rita'));
    expect(await refusal(decide('ada', id, item, 'remove', 'gone'))).toMatchObject({ code: 'ERR_API_LAST_OWNER' });
    expect(about(await itemsOf(id), emailOf('rita')).state).toBe('pending');
    await apiOf('ada').closeAccessReview({ organization, id });
    expect(about(await itemsOf(id), emailOf('rita'))).toMatchObject({
      state: 'skipped',
      reason: 'without it the organization would have no owner',
    });
  });
});
