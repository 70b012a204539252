import { createId } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCESS_NAMES,
  type AccessWorld,
  anAccessRequest,
  anIssuedGrant,
  aReview,
  putAccessWorld,
} from '../testing/access-records.ts';
import type { Store } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))(
  'access requests and grants on $name',
  (on) => {
    let clock: FakeClock;
    let test: TestStore;
    let store: Store;
    let world: AccessWorld;
    beforeAll(async () => {
      clock = createFakeClock();
      test = await on.open({ clock });
      store = test.store;
    });
    afterAll(() => test.drop());
    beforeEach(async () => {
      world = await putAccessWorld(store);
    });

    const all = <Id extends string>(limit = 100, after?: Id) => ({
      at: new Date(clock.now()),
      limit,
      ...(after !== undefined && { after }),
    });

    it('gives a request back as it was put, whole and with as little as there can be', async () => {
      const least = anAccessRequest(world, clock.now());
      const whole = anAccessRequest(world, clock.now() + 1, {
        scope: { kind: 'clusters', clusterIds: [world.cluster.id], namespaces: { kind: 'names', names: ['shop'] } },
        objects: [{ apiGroup: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' }],
        startsAt: new Date(clock.now() + 60_000),
        ticket: 'OPS-1',
        suggestedReviewerIds: [world.reviewerId],
        renewsId: createId('grant'),
        isBreakGlass: true,
        state: 'approved',
        resolution: { at: new Date(clock.now()), byId: world.reviewerId, reason: 'go ahead' },
        grantId: createId('grant'),
        followUp: { state: 'due', dueAt: new Date(clock.now() + 86_400_000) },
      });
      await store.transact(async (tx) => {
        await tx.access.insertRequest(least, ACCESS_NAMES.request);
        await tx.access.insertRequest(whole, ACCESS_NAMES.request);
      });
      for (const request of [least, whole]) {
        expect(await store.access.findRequest(world.organizationId, request.id)).toEqual({
          ...request,
          names: ACCESS_NAMES.request,
          reviewerNames: new Map(),
          resourceVersion: 1,
        });
      }
      expect(await store.access.findRequest(createId('organization'), whole.id)).toBeUndefined();
    });

    it('keeps what a transition changes, with the reviews in their order', async () => {
      const request = anAccessRequest(world, clock.now(), { isBreakGlass: true });
      const reviews = [
        aReview(world, clock.now() + 2, { reason: 'fine' }),
        aReview(world, clock.now() + 1, { reviewerId: createId('principal'), step: 1 }),
      ];
      const changed = {
        ...request,
        durationMs: 600_000,
        state: 'approved' as const,
        resolution: { at: new Date(clock.now()), byId: world.reviewerId },
        grantId: createId('grant'),
        followUp: {
          state: 'justified' as const,
          dueAt: new Date(clock.now()),
          reviewerId: world.reviewerId,
          reason: 'it burned',
          at: new Date(clock.now()),
        },
      };
      await store.transact((tx) => tx.access.insertRequest(request, ACCESS_NAMES.request));
      await store.transact(async (tx) => {
        expect(await tx.access.lockRequest(world.organizationId, request.id)).toMatchObject(request);
        await tx.access.updateRequest(
          changed,
          reviews.map((review, i) => ({ review, reviewerName: `reviewer ${i}` })),
        );
      });
      expect(await store.access.findRequest(world.organizationId, request.id)).toEqual({
        ...changed,
        reviews: [...reviews].reverse(),
        names: ACCESS_NAMES.request,
        reviewerNames: new Map([...reviews].reverse().map(({ reviewerId }, i) => [reviewerId, `reviewer ${1 - i}`])),
        resourceVersion: 2,
      });
    });

    it('gives a grant back as it was put, and tells snapshots of it until it has ended', async () => {
      const least = anIssuedGrant(world, clock.now());
      const request = anAccessRequest(world, clock.now());
      const whole = anIssuedGrant(world, clock.now() + 1, {
        objects: [{ resource: 'pods', namespace: 'shop', name: 'web-0' }],
        requestId: request.id,
        renewsId: least.id,
        isBreakGlass: true,
      });
      await store.transact(async (tx) => {
        await tx.access.insertRequest(request, ACCESS_NAMES.request);
        await tx.access.insertGrant(least, ACCESS_NAMES.grant);
        await tx.access.insertGrant(whole, ACCESS_NAMES.grant);
      });
      const kept = { names: ACCESS_NAMES.grant, isStarted: false, resourceVersion: 1 };
      for (const grant of [least, whole]) {
        expect(await store.access.findGrant(world.organizationId, grant.id)).toEqual({ ...grant, ...kept });
      }
      expect(await store.access.findGrant(createId('organization'), whole.id)).toBeUndefined();
      const { version, records } = await store.changes.read();
      expect(records.grants).toEqual(expect.arrayContaining([least, whole]));

      const end = { at: new Date(clock.now()), state: 'revoked', byId: world.reviewerId, reason: 'done' } as const;
      await store.transact(async (tx) => {
        expect(await tx.access.lockGrant(world.organizationId, whole.id)).toEqual({ ...whole, ...kept });
        await tx.access.updateGrant({ ...whole, end });
      });
      expect(await store.access.findGrant(world.organizationId, whole.id)).toEqual({
        ...whole,
        ...kept,
        end,
        resourceVersion: 2,
      });
      const after = await store.changes.read(version);
      expect(after.updates.grants).toEqual(new Map([[whole.id, { ...whole, end }]]));
    });

    it('refuses a second end of a request or grant, and a second grant of a request', async () => {
      const request = anAccessRequest(world, clock.now());
      const grant = anIssuedGrant(world, clock.now(), { requestId: request.id });
      await store.transact(async (tx) => {
        await tx.access.insertRequest(request, ACCESS_NAMES.request);
        await tx.access.updateRequest({ ...request, state: 'denied' });
        await tx.access.insertGrant(grant, ACCESS_NAMES.grant);
        await tx.access.updateGrant({ ...grant, end: { at: new Date(clock.now()), state: 'revoked' } });
      });
      await expect(
        store.transact((tx) => tx.access.updateRequest({ ...request, state: 'approved' })),
      ).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
        message: `access request ${request.id} was to become approved, but has come to another end`,
      });
      await expect(store.transact((tx) => tx.access.updateGrant(grant))).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
      });
      const second = anIssuedGrant(world, clock.now(), { requestId: request.id });
      await expect(store.transact((tx) => tx.access.insertGrant(second, ACCESS_NAMES.grant))).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
      });
    });

    it('refuses what refers to something gone, disabled or of another organization', async () => {
      const at = clock.now();
      const other = await putAccessWorld(store);
      const refuse = (work: Parameters<Store['transact']>[0], what: string) =>
        expect(store.transact(work)).rejects.toMatchObject({
          code: 'ERR_STORE_REFERENCE',
          message: expect.stringContaining(what),
        });
      const request = (overrides: Parameters<typeof anAccessRequest>[2], what: string) =>
        refuse((tx) => tx.access.insertRequest(anAccessRequest(world, at, overrides), ACCESS_NAMES.request), what);
      await request({ roleId: other.roleId }, 'its role');
      await request({ policyId: other.policyId }, 'its request policy');
      await request({ requesterId: other.requesterId }, 'its principal');
      const clusterIds = [world.cluster.id, other.cluster.id];
      await request({ scope: { kind: 'clusters', clusterIds } }, 'a cluster of its scope');
      await request({ scope: { kind: 'projects', projectIds: [createId('project')] } }, 'a project of its scope');
      const { records } = await store.changes.read();
      const requester = records.principals?.find(({ id }) => id === world.requesterId);
      if (requester === undefined) throw new Error('the requester is missing');
      await store.transact((tx) => tx.put('Principal', { ...requester, isDisabled: true }));
      await refuse((tx) => tx.access.insertGrant(anIssuedGrant(world, at), ACCESS_NAMES.grant), 'its principal');
    });

    it('lists requests newest first, page by page, by what is selected', async () => {
      const { organizationId } = world;
      const other = await putAccessWorld(store);
      const at = clock.now();
      const made = Array.from({ length: 6 }, (_, i) =>
        anAccessRequest(world, at + i, i % 2 === 0 ? {} : { requesterId: world.reviewerId }),
      );
      const ids = made.map(({ id }) => id);
      await store.transact(async (tx) => {
        for (const request of made) await tx.access.insertRequest(request, ACCESS_NAMES.request);
        await tx.access.updateRequest({ ...(made[5] as (typeof made)[0]), state: 'denied' });
        const followUp = { state: 'due' as const, dueAt: new Date(at) };
        await tx.access.updateRequest({ ...(made[0] as (typeof made)[0]), state: 'approved', followUp });
        await tx.access.insertRequest(anAccessRequest(other, at), ACCESS_NAMES.request);
      });
      const listed = async (selection: object, limit?: number, after?: (typeof ids)[0]) => {
        const { items, totalCount } = await store.access.listRequests(
          { organizationId, ...selection },
          all(limit, after),
        );
        return { at: items.map(({ id }) => ids.indexOf(id)), totalCount };
      };
      expect(await listed({})).toEqual({ at: [5, 4, 3, 2, 1, 0], totalCount: 6 });
      expect(await listed({}, 4)).toEqual({ at: [5, 4, 3, 2], totalCount: 6 });
      expect(await listed({}, 4, ids[2])).toEqual({ at: [1, 0], totalCount: 6 });
      expect(await listed({ states: ['pending', 'denied'] }, 2)).toEqual({ at: [5, 4], totalCount: 5 });
      expect(await listed({ states: [] })).toEqual({ at: [], totalCount: 0 });
      expect(await listed({ requesterId: world.requesterId })).toEqual({ at: [4, 2, 0], totalCount: 3 });
      expect(await listed({ requesterId: world.requesterId, states: ['pending'] })).toMatchObject({ at: [4, 2] });
      expect(await listed({ roleId: world.roleId, states: ['denied'] })).toMatchObject({ at: [5] });
      expect(await listed({ roleId: createId('role') })).toMatchObject({ at: [] });
      expect(await listed({ isFollowUpDue: true })).toEqual({ at: [0], totalCount: 1 });
      expect(await listed({ isFollowUpDue: false })).toMatchObject({ at: [5, 4, 3, 2, 1] });
      const mine = { principalId: world.reviewerId, policyIds: [] };
      expect(await listed({ visibleTo: mine })).toEqual({ at: [5, 3, 1], totalCount: 3 });
      const ofPolicy = { principalId: world.reviewerId, policyIds: [world.policyId, world.policyId] };
      expect(await listed({ visibleTo: ofPolicy }, 4)).toEqual({ at: [5, 4, 3, 2], totalCount: 6 });
      expect(await listed({ visibleTo: mine, requesterId: world.requesterId })).toMatchObject({ at: [] });
      expect(await listed({ visibleTo: ofPolicy, requesterId: world.requesterId })).toMatchObject({ at: [4, 2, 0] });
      expect(await listed({ visibleTo: mine, requesterId: world.reviewerId })).toMatchObject({ at: [5, 3, 1] });
      expect(await listed({ organizationId: other.organizationId, visibleTo: ofPolicy })).toMatchObject({ at: [] });
    });

    it('lists grants by the state that the clock gives them', async () => {
      const { organizationId } = world;
      const at = clock.now();
      const hours = (from: number, to: number) => ({
        startsAt: new Date(at + from * 3_600_000),
        endsAt: new Date(at + to * 3_600_000),
      });
      const made = [
        anIssuedGrant(world, at, hours(-2, -1)),
        anIssuedGrant(world, at + 1, hours(-1, 0)),
        anIssuedGrant(world, at + 2, hours(0, 1)),
        anIssuedGrant(world, at + 3, hours(1, 2)),
        anIssuedGrant(world, at + 4, { ...hours(0, 1), principalId: world.reviewerId }),
      ];
      const ids = made.map(({ id }) => id);
      await store.transact(async (tx) => {
        for (const grant of made) await tx.access.insertGrant(grant, ACCESS_NAMES.grant);
        const [past, , , , last] = made;
        if (past === undefined || last === undefined) throw new Error('unreachable');
        await tx.access.updateGrant({ ...past, end: { at: past.endsAt, state: 'expired' } });
        await tx.access.updateGrant({ ...last, end: { at: new Date(at), state: 'revoked' } });
      });
      const listed = async (selection: object, limit?: number, after?: (typeof ids)[0]) => {
        const { items, totalCount } = await store.access.listGrants(
          { organizationId, ...selection },
          all(limit, after),
        );
        return { at: items.map(({ id }) => ids.indexOf(id)), totalCount };
      };
      expect(await listed({})).toEqual({ at: [4, 3, 2, 1, 0], totalCount: 5 });
      expect(await listed({ states: ['scheduled'] })).toEqual({ at: [3], totalCount: 1 });
      expect(await listed({ states: ['active'] })).toEqual({ at: [2], totalCount: 1 });
      expect(await listed({ states: ['expired'] })).toEqual({ at: [1, 0], totalCount: 2 });
      expect(await listed({ states: ['revoked'] })).toEqual({ at: [4], totalCount: 1 });
      expect(await listed({ states: ['active', 'revoked', 'expired'] }, 2, ids[4])).toEqual({
        at: [2, 1],
        totalCount: 4,
      });
      expect(await listed({ states: [] })).toEqual({ at: [], totalCount: 0 });
      expect(await listed({ principalId: world.reviewerId })).toEqual({ at: [4], totalCount: 1 });
      expect(await listed({ principalId: world.reviewerId, roleId: createId('role') })).toMatchObject({ at: [] });
      expect(await listed({ roleId: world.roleId, states: ['active'] })).toMatchObject({ at: [2] });
    });

    it('says when something is due next, and yields what is', async () => {
      await test.db.deleteFrom('grants').execute();
      await test.db.deleteFrom('access_requests').execute();
      const at = clock.now();
      const minute = (n: number) => new Date(at + n * 60_000);
      const due = async (n: number, limit = 10) => {
        const { requests, grants } = await store.transact((tx) => tx.access.takeDue(minute(n), limit));
        return [...requests, ...grants].map(({ id }) => id).sort();
      };
      expect(await store.access.nextDueAt()).toBeUndefined();

      const request = anAccessRequest(world, at, { pendingUntil: minute(3) });
      const grant = anIssuedGrant(world, at, { startsAt: minute(1), endsAt: minute(2) });
      const later = anIssuedGrant(world, at + 1, { startsAt: minute(1), endsAt: minute(4) });
      await store.transact(async (tx) => {
        await tx.access.insertRequest(request, ACCESS_NAMES.request);
        await tx.access.insertGrant(grant, ACCESS_NAMES.grant);
        await tx.access.insertGrant(later, ACCESS_NAMES.grant);
      });
      expect(await store.access.nextDueAt()).toEqual(minute(1));
      expect(await due(0.9)).toEqual([]);
      expect(await due(1)).toEqual([grant.id, later.id]);
      expect(await due(1, 1)).toHaveLength(1);

      await store.transact((tx) => tx.access.markStarted(grant.id));
      await store.transact((tx) => tx.access.markStarted(later.id));
      expect(await store.access.nextDueAt()).toEqual(minute(2));
      expect(await due(1.9)).toEqual([]);
      expect(await due(5)).toEqual([grant.id, later.id, request.id]);

      const end = { at: minute(2), state: 'expired' } as const;
      await store.transact((tx) => tx.access.updateGrant({ ...grant, end }));
      expect(await store.access.nextDueAt()).toEqual(minute(3));
      await store.transact((tx) => tx.access.updateRequest({ ...request, state: 'expired' }));
      expect(await store.access.nextDueAt()).toEqual(minute(4));
    });

    it('counts uses of break-glass since an instant, and sees follow-ups that are overdue', async () => {
      const at = clock.now();
      const hour = (n: number) => new Date(at + n * 3_600_000);
      const uses = (now: number) =>
        store.transact((tx) => tx.access.breakGlassUses(world.requesterId, hour(now - 24), hour(now)));
      expect(await uses(0)).toEqual({ count: 0, hasOverdueFollowUp: false });
      const use = anAccessRequest(world, at, {
        isBreakGlass: true,
        state: 'approved',
        followUp: { state: 'due', dueAt: hour(30) },
      });
      await store.transact(async (tx) => {
        await tx.access.insertRequest(use, ACCESS_NAMES.request);
        await tx.access.insertRequest(anAccessRequest(world, at), ACCESS_NAMES.request);
      });
      expect(await uses(1)).toEqual({ count: 1, hasOverdueFollowUp: false });
      expect(await uses(24)).toEqual({ count: 0, hasOverdueFollowUp: false });
      expect(await uses(30)).toEqual({ count: 0, hasOverdueFollowUp: true });
      await store.transact((tx) =>
        tx.access.updateRequest({ ...use, followUp: { state: 'justified', dueAt: hour(30), at: hour(2) } }),
      );
      expect(await uses(30)).toEqual({ count: 0, hasOverdueFollowUp: false });
    });
  },
);
