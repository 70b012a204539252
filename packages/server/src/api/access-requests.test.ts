import { API_VERSION } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_REQUEST_LIMITS } from '../access-requests/request-limits.ts';
import { addCluster } from '../authn/testing/installation.ts';
import { type AccessWorld, emailOf, refusal, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
let organization: string;
beforeAll(async () => {
  world = await startAccessWorld();
  ({ organization } = world);
  await world.putPolicy('plain');
}, 120_000);
afterAll(() => world.close());

const liveGrants = () => world.installation.snapshots.current().grants;

describe('an access request', () => {
  it('becomes a grant of the role once a reviewer approves what they saw, with one audit event for each step', async () => {
    const { dora, rita } = world.people;
    const asked = await world.ask('dora', 'plain', { ticket: 'OPS-17', suggestedReviewers: [emailOf('rita')] });
    expect(asked).toMatchObject({
      state: 'pending',
      requester: emailOf('dora'),
      role: 'developer',
      scope: { kind: 'clusters', clusters: ['prod'] },
      duration: '1h',
      reason: 'a deployment is stuck',
      ticket: 'OPS-17',
      policy: 'plain',
      suggestedReviewers: [emailOf('rita')],
      steps: [{ approvals: 1, given: 0 }],
      step: 0,
      reviews: [],
      may: { review: false, cancel: true, followUp: false },
    });
    expect(asked.pendingUntil.getTime() - asked.createdAt.getTime()).toBe(24 * 3_600_000);
    expect((await rita.api.whoAmI()).pendingReviews).toBe(1);
    expect((await dora.api.whoAmI()).pendingReviews).toBe(0);
    const toReview = await rita.api.listAccessRequests({ organization, view: 'toReview' });
    expect(toReview.items.map(({ id, may }) => ({ id, may }))).toEqual([
      { id: asked.id, may: { review: true, cancel: false, followUp: false } },
    ]);

    const approved = await world.approve('rita', asked);
    expect(approved).toMatchObject({
      state: 'approved',
      resolvedBy: emailOf('rita'),
      reviews: [{ reviewer: emailOf('rita'), verdict: 'approve', step: 0, counts: true }],
      grant: { state: 'active' },
      may: { review: false, cancel: false, followUp: false },
    });
    const { id, startsAt, endsAt } = approved.grant ?? expect.fail('there is no grant');
    expect(endsAt).toEqual(new Date(Math.floor((startsAt.getTime() + 3_600_000) / 1_000) * 1_000));
    // Whoever was told that it is approved can use it at once.
    expect(liveGrants().get(id)).toMatchObject({ roleId: expect.stringMatching(/^rol_/), startsAt, endsAt });
    expect(await dora.api.whoAmI()).toMatchObject({
      grants: [{ id, role: 'developer', scope: { kind: 'clusters', clusters: ['prod'] }, startsAt, endsAt }],
    });
    expect(await dora.api.getGrant({ organization, id })).toMatchObject({
      state: 'active',
      user: emailOf('dora'),
      role: 'developer',
      reason: 'a deployment is stuck',
      requestId: asked.id,
      may: { revoke: true },
    });
    expect(await world.audited(asked.id)).toEqual(['access_request.created', 'access_request.approved']);
    await dora.api.revokeGrant({ organization, id, body: {} });
  });

  it('is denied by one reviewer, with the reason that a denial takes', async () => {
    const { rita } = world.people;
    const { id } = await world.ask('dora', 'plain');
    const deny = (body: object) =>
      rita.api.reviewAccessRequest({ organization, id, body: { verdict: 'deny', ...body } });
    expect(await refusal(deny({}))).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
    expect(await deny({ reason: 'use the pipeline' })).toMatchObject({
      state: 'denied',
      resolvedReason: 'use the pipeline',
      reviews: [{ verdict: 'deny', reason: 'use the pipeline' }],
    });
    expect(await world.audited(id)).toEqual(['access_request.created', 'access_request.denied']);
    expect(await refusal(deny({ reason: 'again' }))).toMatchObject({ code: 'ERR_API_CONFLICT', status: 409 });
  });

  it('is cancelled by whoever made it or may cancel those of others, and by nobody else', async () => {
    const { dora, dirk, rita, ada } = world.people;
    const mine = await world.ask('dora', 'plain');
    const cancel = (api: typeof dora.api, id = mine.id) =>
      api.cancelAccessRequest({ organization, id, body: { reason: 'no longer needed' } });
    expect(await refusal(cancel(dirk.api))).toMatchObject({ code: 'ERR_API_NOT_FOUND', status: 404 });
    expect(await refusal(cancel(rita.api))).toMatchObject({ code: 'ERR_API_FORBIDDEN', status: 403 });
    expect(await cancel(dora.api)).toMatchObject({ state: 'cancelled', resolvedReason: 'no longer needed' });
    expect(await refusal(cancel(dora.api))).toMatchObject({ code: 'ERR_API_CONFLICT' });
    expect(await world.audited(mine.id)).toEqual(['access_request.created', 'access_request.cancelled']);
    const other = await world.ask('dora', 'plain');
    expect(await cancel(ada.api, other.id)).toMatchObject({ state: 'cancelled', resolvedBy: emailOf('ada') });
  });

  it('is bound to the named request policy, or to the one that takes the fewest approvals', async () => {
    await world.putPolicy('a-four-eyes', { steps: [{ reviewers: 'permitted', approvals: 2 }] });
    const { api } = world.people.dora;
    const { items } = await api.listRequestable({ organization, cluster: 'prod' });
    const terms = items.map(({ role, policy, approvals }) => ({ role, policy, approvals }));
    expect(terms).toContainEqual({ role: 'developer', policy: 'a-four-eyes', approvals: 2 });
    expect(terms).toContainEqual({ role: 'developer', policy: 'plain', approvals: 1 });
    const asked = await api.createAccessRequest({
      organization,
      body: {
        role: 'developer',
        scope: { kind: 'clusters', clusters: ['prod'] },
        duration: '1h',
        reason: 'whichever is less',
      },
    });
    expect(asked.policy).toBe('plain');
    await api.cancelAccessRequest({ organization, id: asked.id, body: {} });
    expect((await world.ask('dora', 'a-four-eyes')).policy).toBe('a-four-eyes');
  });

  it('is refused to whom no request policy lets ask, with the terms that stand against it', async () => {
    const { vera } = world.people;
    expect((await vera.api.listRequestable({ organization })).items).toEqual([]);
    expect(await refusal(world.ask('vera', 'plain'))).toMatchObject({ code: 'ERR_API_NOT_REQUESTABLE', status: 403 });
    for (const [more, path] of [
      [{ role: 'owner' }, 'role'],
      [{ scope: { kind: 'organization' } }, 'scope'],
      [{ duration: '5h' }, 'duration'],
      [{ breakGlass: true }, 'breakGlass'],
    ] as const) {
      const problem = await refusal(world.ask('dora', 'plain', more));
      expect([path, problem.code]).toEqual([path, 'ERR_API_NOT_REQUESTABLE']);
    }
  });

  it('takes several different people where a step demands them, one after the other', async () => {
    await world.putPolicy('two-steps', {
      steps: [
        { name: 'team', reviewers: [{ kind: 'User', name: emailOf('dirk') }] },
        { name: 'platform', reviewers: 'permitted', approvals: 2 },
      ],
    });
    const asked = await world.ask('dora', 'two-steps');
    expect(await refusal(world.approve('rita', asked))).toMatchObject({ code: 'ERR_API_REVIEW_REFUSED' });
    expect(await world.approve('dirk', asked)).toMatchObject({ state: 'pending', step: 1 });
    expect(await world.approve('rita', asked)).toMatchObject({ state: 'pending', steps: [{ given: 1 }, { given: 1 }] });
    expect(await refusal(world.approve('rita', asked))).toMatchObject({ code: 'ERR_API_REVIEW_REFUSED' });
    expect(await world.approve('remo', asked)).toMatchObject({ state: 'approved' });
    expect(await world.audited(asked.id)).toEqual([
      'access_request.created',
      'access_request.reviewed',
      'access_request.reviewed',
      'access_request.approved',
    ]);
  });

  it('is approved at once where its policy says so', async () => {
    await world.putPolicy('automatic', { autoApprove: 'request.duration <= duration("30m")' });
    const short = await world.ask('dora', 'automatic', { duration: '30m' });
    expect(short).toMatchObject({ state: 'approved', reviews: [], grant: { state: 'active' } });
    expect(short.resolvedBy).toBeUndefined();
    expect(await world.audited(short.id)).toEqual(['access_request.created', 'access_request.approved']);
    expect(await world.ask('dora', 'automatic', { duration: '31m' })).toMatchObject({ state: 'pending' });
  });

  it('starts when it was asked to, and not before', async () => {
    const startsAt = new Date(Date.now() + 3_600_000);
    const asked = await world.ask('dora', 'plain', { startsAt: startsAt.toISOString() });
    const approved = await world.approve('rita', asked);
    expect(approved).toMatchObject({ grant: { state: 'scheduled', startsAt } });
    const problem = await refusal(
      world.ask('dora', 'plain', { startsAt: new Date(Date.now() + 30 * 86_400_000).toISOString() }),
    );
    expect(problem.code).toBe('ERR_API_NOT_REQUESTABLE');
  });

  it('is answered once for one Idempotency-Key', async () => {
    const { api } = world.people.dora;
    const body = {
      role: 'developer',
      scope: { kind: 'clusters' as const, clusters: ['prod'] },
      duration: '1h',
      reason: 'the answer was lost',
      policy: 'plain',
    };
    const first = await api.createAccessRequest({ organization, body }, { idempotencyKey: 'lost' });
    expect(await api.createAccessRequest({ organization, body }, { idempotencyKey: 'lost' })).toEqual(first);
  });

  it('takes a fresh login where the settings demand one', async () => {
    const { dora, rita } = world.people;
    const asked = await world.ask('dora', 'plain');
    const { store, snapshots, organization: own } = world.installation;
    const settings = async (spec: object) => {
      await store.transact((tx) => tx.put('Organization', { ...own, spec }));
      await snapshots.refresh();
    };
    await settings({ settings: { stepUp: { maxAge: '1ms' } } });
    try {
      const needed = { code: 'ERR_API_STEP_UP_REQUIRED', status: 401 };
      const { id } = asked;
      expect(await refusal(world.approve('rita', asked))).toMatchObject(needed);
      expect(await refusal(world.ask('dora', 'plain'))).toMatchObject(needed);
      const body = { verdict: 'justified' as const, reason: 'x' };
      expect(await refusal(rita.api.followUpAccessRequest({ organization, id, body }))).toMatchObject(needed);
      // What shows, and what takes access away, stays open.
      expect((await rita.api.listAccessRequests({ organization, view: 'toReview' })).items.length).toBeGreaterThan(0);
      expect((await dora.api.cancelAccessRequest({ organization, id, body: {} })).state).toBe('cancelled');
    } finally {
      await settings({});
    }
  });

  it('is one of so many that one person may have waiting', async () => {
    const { dirk } = world.people;
    await world.putPolicy('many');
    const waiting: string[] = [];
    for (let i = 0; i < ACCESS_REQUEST_LIMITS.maxPendingCount; i += 1) {
      waiting.push((await world.ask('dirk', 'many')).id);
    }
    expect(await refusal(world.ask('dirk', 'many'))).toMatchObject({ code: 'ERR_API_LIMIT', status: 409 });
    await dirk.api.cancelAccessRequest({ organization, id: waiting[0] ?? '', body: {} });
    expect((await world.ask('dirk', 'many')).state).toBe('pending');
  });
});

describe('a listing of access requests', () => {
  it('shows each person what they may see, page by page, and the same as asking for each of them', async () => {
    const { ada } = world.people;
    const all: string[] = [];
    let next: string | undefined;
    do {
      const page = await ada.api.listAccessRequests({ organization, limit: 7, ...(next && { continue: next }) });
      expect(page.items.length).toBeLessThanOrEqual(7);
      all.push(...page.items.map(({ id }) => id));
      next = page.metadata.continue;
    } while (next !== undefined);
    expect(new Set(all).size).toBe(all.length);
    expect([...all].sort().reverse()).toEqual(all);
    for (const who of ['dora', 'dirk', 'rita', 'vera', 'nobody'] as const) {
      const { api } = world.people[who];
      const listed = await api.listAccessRequests({ organization, limit: 500 });
      const gettable: string[] = [];
      for (const id of all) if (await isThere(api.getAccessRequest({ organization, id }))) gettable.push(id);
      expect([who, listed.items.map(({ id }) => id)]).toEqual([who, gettable]);
      expect([who, listed.metadata.totalCount]).toEqual([who, gettable.length]);
    }
  });

  it('is narrowed by state, person and role, and shows nothing for those that there are not', async () => {
    const { ada, dora } = world.people;
    const list = async (query: object) => (await ada.api.listAccessRequests({ organization, ...query })).items;
    const states = new Set((await list({ state: 'approved,denied' })).map(({ state }) => state));
    expect([...states].sort()).toEqual(['approved', 'denied']);
    expect((await list({ user: emailOf('dora') })).every(({ requester }) => requester === emailOf('dora'))).toBe(true);
    expect(await list({ user: 'ghost@example.com' })).toEqual([]);
    expect(await list({ role: 'ghost' })).toEqual([]);
    const mine = await dora.api.listAccessRequests({ organization, view: 'mine', user: emailOf('dirk') });
    expect(mine.items).toEqual([]);
    expect((await refusal(ada.api.listAccessRequests({ organization, state: 'lost' }))).status).toBe(400);
    expect((await refusal(ada.api.listAccessRequests({ organization, continue: 'x' }))).status).toBe(400);
  });

  it('leaves out what is outside of where the permission is held', async () => {
    await addCluster(world.installation, 'stage');
    await world.putPolicy('both', { scope: { kind: 'clusters', clusters: ['prod', 'stage'] } });
    const onStage = await world.ask('dora', 'both', { scope: { kind: 'clusters', clusters: ['stage'] } });
    const onProd = await world.ask('dora', 'both');
    const { ada, vera } = world.people;
    await ada.api.createBinding({
      organization,
      body: {
        apiVersion: API_VERSION,
        kind: 'Binding',
        metadata: { name: 'stage-approver' },
        spec: {
          role: 'approver',
          subjects: [{ kind: 'User', name: emailOf('vera') }],
          scope: { kind: 'clusters', clusters: ['stage'] },
        },
      },
    });
    const seen = async (view?: 'toReview') =>
      (await vera.api.listAccessRequests({ organization, ...(view && { view }) })).items.map(({ id }) => id);
    expect(await seen()).toEqual([onStage.id]);
    expect(await seen('toReview')).toEqual([onStage.id]);
    expect((await refusal(world.approve('vera', onProd))).status).toBe(404);
    expect(await world.approve('vera', onStage)).toMatchObject({ state: 'approved' });
  });
});

async function isThere(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
