import { type ClusterId, createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putCluster, putOrganization } from '../testing/writes.ts';
import type { ClusterSighting, Store, TunnelSighting } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`the life of clusters on ${database.name}`, () => {
    const clock = createFakeClock();
    let testStore: TestStore;
    let store: Store;
    beforeAll(async () => {
      testStore = await database.open({ clock });
      store = testStore.store;
    });
    afterAll(() => testStore.drop());

    async function aCluster(agent: { readonly keepObjects?: boolean } = {}) {
      const organizationId = createId('organization');
      const id = createId('cluster');
      const name = id.slice(-20);
      await store.transact(async (tx) => {
        await putOrganization(tx, { id: organizationId, name: organizationId.slice(-20) });
        await putCluster(tx, { id, organizationId, name, labels: {} });
      });
      if (agent.keepObjects) {
        const record = (await store.changes.read()).records.clusters?.find((cluster) => cluster.id === id);
        if (record !== undefined) await store.transact((tx) => tx.put('Cluster', { ...record, spec: { agent } }));
      }
      return { id, organizationId, name };
    }
    const ago = (ms: number) => new Date(clock.now() - ms);

    it('lists the join tokens that are open, and revokes one of them for good', async () => {
      const { id } = await aCluster();
      const [short, long, used] = await store.transact(async (tx) => [
        await tx.issueJoinToken(id, 1_000),
        await tx.issueJoinToken(id, 60_000),
        await tx.issueJoinToken(id, 60_000),
      ]);
      await store.transact((tx) => tx.redeemJoinToken(used?.token.reveal() ?? ''));
      expect((await store.clusters.joinTokens(id)).map((token) => token.id).sort()).toEqual(
        [short?.id, long?.id].sort(),
      );
      clock.advance(2_000);
      expect(await store.clusters.joinTokens(id)).toEqual([
        { id: long?.id, createdAt: ago(2_000), expiresAt: new Date(clock.now() + 58_000) },
      ]);
      const stranger = (await aCluster()).id;
      const revoke = (clusterId: ClusterId) =>
        store.transact((tx) => tx.revokeJoinToken(clusterId, long?.id ?? createId('joinToken')));
      expect([await revoke(stranger), await revoke(id), await revoke(id)]).toEqual([false, true, false]);
      expect(await store.transact((tx) => tx.countOpenJoinTokens(id))).toBe(0);
      expect(await store.transact((tx) => tx.redeemJoinToken(long?.token.reveal() ?? ''))).toEqual({
        refused: 'unknown',
      });
    });

    it('voids every certificate of one agent, and none of another', async () => {
      const { id } = await aCluster();
      const agent = createId('agent');
      const other = createId('agent');
      const notAfter = new Date(clock.now() + 60_000);
      const serials = [`a${agent}`, `b${agent}`, `c${other}`];
      await store.transact(async (tx) => {
        for (const [i, serial] of serials.entries())
          await tx.putAgentCertificate({ id: i < 2 ? agent : other, clusterId: id, serial, notAfter });
      });
      expect(await store.transact(async (tx) => tx.revokeAgent(createId('cluster'), agent))).toBe(0);
      expect(await store.transact((tx) => tx.revokeAgent(id, agent))).toBe(2);
      const { agentCertificates = [] } = (await store.changes.read()).records;
      expect(agentCertificates.filter(({ clusterId }) => clusterId === id).map(({ serial }) => serial)).toEqual([
        serials[2],
      ]);
      expect((await store.clusters.agents(id)).map((it) => it.id).sort()).toEqual([agent, other].sort());
    });

    it('takes the word of each server about what it sees, until it takes it back', async () => {
      const { id } = await aCluster();
      const gone = createId('cluster');
      const [one, two] = [createId('replica'), createId('replica')];
      const tunnel: TunnelSighting = {
        serial: '0a',
        instanceId: 'i',
        agentVersion: '1.0.0',
        openedAt: new Date(clock.now()),
        reportsHealth: true,
        isAttested: true,
        apiServerFailure: 'connection refused',
      };
      for (const replicaId of [one, two]) await store.replicas.renew(replicaId, 60_000);
      const sighting = { clusterId: id, tunnels: [tunnel] };
      await store.clusters.putSightings(one, [sighting, { ...sighting, clusterId: gone }]);
      await store.clusters.putSightings(two, [{ ...sighting, tunnels: [], inventoryFailure: 'status 403' }]);
      const seen = async (): Promise<readonly ClusterSighting[]> =>
        (await store.clusters.sightings()).filter(({ clusterId }) => clusterId === id || clusterId === gone);
      expect(await seen()).toEqual(
        expect.arrayContaining([
          { ...sighting, replicaId: one },
          { ...sighting, replicaId: two, tunnels: [], inventoryFailure: 'status 403' },
        ]),
      );
      await store.clusters.putSightings(one, []);
      expect((await seen()).map(({ replicaId }) => replicaId)).toEqual([two]);
      await store.replicas.renew(two, 0);
      expect(await seen()).toEqual([]);
    });

    it('tells a change of health once, whichever server is first', async () => {
      const { id } = await aCluster();
      const first = { clusterId: id, status: 'connected', changedAt: new Date(clock.now()) } as const;
      const tell = (health: Parameters<typeof told>[0], before?: Date) =>
        store.transact((tx) => tx.tellHealth(health, before));
      const told = (health: { clusterId: ClusterId; status: 'connected' | 'disconnected'; changedAt: Date }) => health;
      expect([await tell(first), await tell(first)]).toEqual([true, false]);
      const next = { ...first, status: 'disconnected', changedAt: new Date(clock.now() + 5) } as const;
      expect([await tell(next, first.changedAt), await tell(next, first.changedAt)]).toEqual([true, false]);
      expect((await store.clusters.health()).filter(({ clusterId }) => clusterId === id)).toEqual([next]);
      expect(await tell({ ...first, clusterId: createId('cluster') })).toBe(false);
    });

    it('SEC-E17 remembers a cluster however it is deleted, unless its objects are to stay', async () => {
      const [alone, kept, withOrganization] = [
        await aCluster(),
        await aCluster({ keepObjects: true }),
        await aCluster(),
      ];
      await store.transact(async (tx) => {
        await tx.remove('Cluster', alone.id);
        await tx.remove('Cluster', kept.id);
        await tx.remove('Organization', withOrganization.organizationId);
      });
      const remembered = (id: ClusterId) => store.clusters.deregistered(id, new Date(0));
      expect(await remembered(alone.id)).toMatchObject({ name: alone.name, organizationId: alone.organizationId });
      expect(await remembered(kept.id)).toBeUndefined();
      expect(await remembered(withOrganization.id)).toMatchObject({ clusterId: withOrganization.id });
      expect(await store.clusters.deregistered(alone.id, new Date(Date.now() + 60_000))).toBeUndefined();
    });

    it('sweeps what has ended and leaves what lives', async () => {
      const { id } = await aCluster();
      const agent = createId('agent');
      const { id: removed } = await aCluster();
      await store.transact(async (tx) => {
        await tx.issueJoinToken(id, 1_000);
        await tx.putAgentCertificate({
          id: agent,
          clusterId: id,
          serial: `s${agent}`,
          notAfter: new Date(clock.now()),
        });
        await tx.remove('Cluster', removed);
      });
      clock.advance(10_000);
      const lives = await store.transact(async (tx) => {
        const issued = await tx.issueJoinToken(id, 60_000);
        await tx.sweepClusters({ before: ago(1), deregisteredBefore: new Date(Date.now() + 60_000) });
        return issued;
      });
      expect((await store.clusters.joinTokens(id)).map((token) => token.id)).toEqual([lives.id]);
      expect(await store.clusters.agents(id)).toEqual([]);
      expect(await store.clusters.deregistered(removed, new Date(0))).toBeUndefined();
    });
  });
}
