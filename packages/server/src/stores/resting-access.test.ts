import { type AuditEvent, detailsOf } from '@sallyport/audit';
import type { AccessRequest, IssuedGrant } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCESS_NAMES,
  type AccessWorld,
  anAccessRequest,
  anIssuedGrant,
  putAccessWorld,
} from '../testing/access-records.ts';
import { putCluster, putRole } from '../testing/writes.ts';
import type { Store, Transaction } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))(
  'access and what it rests on, on $name',
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
      clock.advance(1_000);
      world = await putAccessWorld(store);
    });

    /** A pending request, and a live grant that came from another one. */
    async function putAccess(overrides: Pick<Partial<AccessRequest & IssuedGrant>, 'scope' | 'objects'> = {}) {
      const at = clock.now();
      const request = anAccessRequest(world, at, overrides);
      const approved = anAccessRequest(world, at, { state: 'approved', ...overrides });
      const grant = anIssuedGrant(world, at, { requestId: approved.id, ...overrides });
      await store.transact(async (tx) => {
        await tx.access.insertRequest(request, ACCESS_NAMES.request);
        await tx.access.insertRequest({ ...approved, grantId: grant.id }, ACCESS_NAMES.request);
        await tx.access.insertGrant(grant, ACCESS_NAMES.grant);
      });
      return { request, grant };
    }

    const disable = async (tx: Transaction) => {
      const { issuer, subjectClaim } = { issuer: 'https://idp.example.com', subjectClaim: world.requesterId };
      const known = await tx.findPrincipal(world.organizationId, issuer, subjectClaim);
      if (known === undefined) throw new Error('the requester is missing');
      await tx.put('Principal', { ...known, isDisabled: true });
    };

    /** How the request and the grant stand, and what the audit log says of them. */
    async function outcome({ request, grant }: Awaited<ReturnType<typeof putAccess>>) {
      const kept = await store.access.findRequest(world.organizationId, request.id);
      const given = await store.access.findGrant(world.organizationId, grant.id);
      const events = await store.listAudit({ organizationId: world.organizationId, limit: 100 });
      const of = (name: string, id: string) => events.filter((event) => detailsOf(event)[name] === id);
      const told = (all: readonly AuditEvent[]) =>
        all.map((event) => {
          const { resolvedReason, endedReason } = detailsOf(event);
          return [event.code, resolvedReason ?? endedReason];
        });
      return {
        request: [kept?.state, kept?.resolution?.reason],
        grant: [given?.end?.state, given?.end?.reason],
        told: [
          ...told(of('accessRequestId', request.id)),
          ...told(of('grantId', grant.id).filter(({ code }) => code.startsWith('grant.'))),
        ],
      };
    }
    const ended = (reason: string) => ({
      request: ['cancelled', reason],
      grant: ['revoked', reason],
      told: [
        ['access_request.cancelled', reason],
        ['grant.revoked', reason],
      ],
    });
    const UNTOUCHED = { request: ['pending', undefined], grant: [undefined, undefined], told: [] };

    const cases: readonly { what: string; gone: (tx: Transaction) => Promise<unknown>; reason: string }[] = [
      {
        what: 'role is deleted',
        gone: (tx) => tx.remove('Role', world.roleId),
        reason: 'the role deployer was deleted',
      },
      {
        what: 'person is deleted',
        gone: (tx) => tx.remove('Principal', world.requesterId),
        reason: 'rita@example.com was deleted',
      },
      { what: 'person is disabled', gone: (tx) => disable(tx), reason: 'rita@example.com was disabled' },
      {
        what: 'request policy is deleted',
        gone: (tx) => tx.remove('RequestPolicy', world.policyId),
        reason: 'the request policy deploys was deleted',
      },
      {
        what: 'cluster is deleted',
        gone: (tx) => tx.remove('Cluster', world.cluster.id),
        reason: 'the cluster prod was deleted',
      },
    ];
    for (const { what, gone, reason } of cases) {
      it(`SEC-E17 ends pending requests and live grants when their ${what}, each told once`, async () => {
        const access = await putAccess();
        const { version } = await store.changes.read();
        await expect(
          store.transact(async (tx) => {
            await gone(tx);
            throw new Error('something else failed');
          }),
        ).rejects.toThrow('something else failed');
        expect(await outcome(access)).toEqual(UNTOUCHED);

        await store.transact(gone);
        expect(await outcome(access)).toEqual(ended(reason));
        const { updates } = await store.changes.read(version);
        expect(updates.grants?.get(access.grant.id)?.end).toMatchObject({ state: 'revoked', reason });
        expect(await store.access.nextDueAt()).toBeUndefined();
      });
    }

    it('SEC-E17 ends what rests on a project of several, and leaves what rests on others', async () => {
      const projectIds = [createId('project'), createId('project')];
      await store.transact(async (tx) => {
        for (const id of projectIds) {
          await tx.put('Project', { id, organizationId: world.organizationId, name: id.slice(-20), spec: {} });
        }
      });
      const both = await putAccess({ scope: { kind: 'projects', projectIds } });
      const other = await putAccess({ scope: { kind: 'projects', projectIds: projectIds.slice(1) } });
      await store.transact((tx) => tx.remove('Project', projectIds[0] as (typeof projectIds)[0]));
      expect(await outcome(both)).toEqual(ended(`the project ${projectIds[0]?.slice(-20)} was deleted`));
      expect(await outcome(other)).toEqual(UNTOUCHED);
      await store.transact((tx) => tx.remove('Project', projectIds[1] as (typeof projectIds)[0]));
    });

    it('SEC-E17 tells the end of grants that go with their organization', async () => {
      const { grant } = await putAccess();
      await store.transact((tx) => tx.remove('Organization', world.organizationId));
      const [event] = await store.listAudit({ organizationId: world.organizationId, limit: 1 });
      expect(event).toMatchObject({ code: 'grant.revoked', details: { grantId: grant.id } });
      expect(await store.access.findGrant(world.organizationId, grant.id)).toBeUndefined();
    });

    it('SEC-E17 leaves ended what rested on a role or a person, when there are such again', async () => {
      const access = await putAccess();
      const { organizationId, roleId } = world;
      await store.transact((tx) => tx.remove('Role', roleId));
      await store.transact(async (tx) => {
        const id = createId('role');
        await putRole(tx, { id, organizationId, name: 'deployer', ceilingGroups: ['edit'], permissions: [] });
        await disable(tx);
        const known = await tx.findPrincipal(organizationId, 'https://idp.example.com', world.requesterId);
        if (known !== undefined) await tx.put('Principal', { ...known, isDisabled: false });
      });
      expect(await outcome(access)).toEqual(ended('the role deployer was deleted'));
    });

    it('leaves alone what has ended by time, or was decided', async () => {
      const { request, grant } = await putAccess();
      clock.advance(86_400_000);
      await store.transact((tx) => tx.remove('Role', world.roleId));
      expect(await outcome({ request, grant })).toEqual(UNTOUCHED);
      await test.db.deleteFrom('access_requests').where('id', '=', request.id).execute();
      await test.db.deleteFrom('grants').where('id', '=', grant.id).execute();
    });

    describe('namespaces', () => {
      const look = (uids: Readonly<Record<string, string>>, at = new Date(clock.now())) =>
        store.transact((tx) => tx.seeNamespaces(world.cluster.id, { uids: new Map(Object.entries(uids)), at }));
      const within = (...names: string[]): IssuedGrant['scope'] => ({
        kind: 'organization',
        namespaces: { kind: 'names', names },
      });
      const later = () => clock.advance(30_000);

      it('SEC-E17 takes along what names a namespace that is gone, and nothing else', async () => {
        await look({ shop: '1', bank: '2', 'kube-system': '3' });
        const shop = await putAccess({ scope: within('shop', 'bank') });
        const pod = await putAccess({ objects: [{ resource: 'pods', namespace: 'shop', name: 'web-0' }] });
        const bank = await putAccess({ scope: within('bank') });
        const yetToBe = await putAccess({ scope: within('mall') });
        const whole = await putAccess();
        later();
        await look({ bank: '2', 'kube-system': '3' });
        for (const access of [shop, pod]) {
          expect(await outcome(access)).toEqual(ended('the namespace shop of the cluster prod is gone'));
        }
        for (const access of [bank, yetToBe, whole]) expect(await outcome(access)).toEqual(UNTOUCHED);
        later();
        await look({ shop: '4', bank: '2', 'kube-system': '3' });
        expect(await outcome(shop)).toEqual(ended('the namespace shop of the cluster prod is gone'));
      });

      it('SEC-E17 are others when they were made anew between two looks', async () => {
        await look({ shop: '1', bank: '2' });
        const access = await putAccess({ scope: within('shop') });
        later();
        await look({ shop: '5', bank: '6' });
        expect(await outcome(access)).toEqual(ended('the namespace shop of the cluster prod is gone'));
      });

      it('of a cluster that a scope does not reach are none of its business', async () => {
        const clusterId = createId('cluster');
        await store.transact((tx) =>
          putCluster(tx, { id: clusterId, organizationId: world.organizationId, name: 'stage', labels: {} }),
        );
        const namespaces = { kind: 'names', names: ['shop'] } as const;
        const elsewhere = await putAccess({ scope: { kind: 'clusters', clusterIds: [clusterId], namespaces } });
        const selected = await putAccess({
          scope: { kind: 'clusterSelector', selector: { matchLabels: { tier: 'x' } }, namespaces },
        });
        await look({ shop: '1', bank: '2' });
        later();
        await look({ bank: '2' });
        for (const access of [elsewhere, selected]) expect(await outcome(access)).toEqual(UNTOUCHED);
      });

      it('that an older look or none at all shows to be gone are there still', async () => {
        const before = new Date(clock.now());
        later();
        await look({ shop: '1', bank: '2' });
        const access = await putAccess({ scope: within('shop') });
        await look({ bank: '2' }, before);
        later();
        await look({});
        expect(await outcome(access)).toEqual(UNTOUCHED);
        later();
        await look({ shop: '1' });
        expect(await outcome(access)).toEqual(UNTOUCHED);
      });
    });
  },
);
