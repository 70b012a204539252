import { type ClusterId, createId, silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { createTunnel } from '@sallyport/tunnel';
import { createMemoryLinkPair } from '@sallyport/tunnel/memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSnapshotSource } from '../snapshot-source.ts';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { putCluster, putOrganization } from '../testing/writes.ts';
import { createClusterMonitor, SAY_AGAIN_MS } from './cluster-monitor.ts';
import { type ApiServerReport, createTunnelRegistry } from './registry.ts';

const [database] = testDatabases(undefined);
const clock = createFakeClock();
let testStore: TestStore;
let store: Store;
let clusterId: ClusterId;
const closers: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  if (database === undefined) throw new Error('there is no database to test on');
  testStore = await database.open({ clock });
  store = testStore.store;
  closers.push(() => testStore.drop());
  clusterId = createId('cluster');
  const organizationId = createId('organization');
  await store.transact(async (tx) => {
    await putOrganization(tx, { id: organizationId, name: 'acme' });
    await putCluster(tx, { id: clusterId, organizationId, name: 'prod', labels: {} });
    const notAfter = new Date(clock.now() + 86_400_000);
    await tx.putAgentCertificate({ id: createId('agent'), clusterId, serial: '0a', notAfter });
  });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** One server of the two that share the database. */
async function aServer(own = clock) {
  const snapshots = await createSnapshotSource({ store, clock: own, logger: silentLogger });
  const registry = createTunnelRegistry({ clock: own });
  const replicaId = createId('replica');
  await store.replicas.renew(replicaId, 60_000);
  const monitor = createClusterMonitor({
    store,
    snapshots,
    registry,
    replicaId,
    serverVersion: '1.4.0',
    clock: own,
    logger: silentLogger,
  });
  closers.push(
    () => snapshots.close(),
    () => monitor.close(),
  );
  await monitor.refresh();
  return {
    monitor,
    replicaId,
    openTunnel({ agentVersion = '1.4.0', isAttested = true, of = clusterId } = {}) {
      const [left] = createMemoryLinkPair();
      const tunnel = createTunnel(left, { role: 'server', clock: own });
      let report: ApiServerReport | undefined;
      registry.add({
        clusterId: of,
        tunnel,
        certificateSerial: '0a',
        instanceId: 'i',
        agentVersion,
        openedAt: new Date(clock.now()),
        apiServer: () => report,
        isAttested,
      });
      return {
        close: async () => {
          tunnel.close();
          await tunnel.closed;
        },
        say: (next: ApiServerReport) => {
          report = next;
        },
      };
    },
    /** Lets time pass, and makes a round at the end of it. */
    async after(ms: number) {
      own.advance(ms);
      // A round that a timer began on the way may be under way still; the next one sees the end.
      await monitor.refresh();
      await monitor.refresh();
      return monitor.health(clusterId).status;
    },
  };
}
const changes = async () =>
  (await store.listAudit({ clusterId, limit: 50 }))
    .flatMap((event) =>
      event.code === 'cluster.health.changed' ? [`${event.details.from} → ${event.details.to}`] : [],
    )
    .reverse();

describe('the health of a cluster on two servers', () => {
  it('is the same on both, told once, and hears nothing of a reconnect', async () => {
    const [one, two] = [await aServer(), await aServer()];
    expect(one.monitor.health(clusterId)).toMatchObject({ status: 'pending', connectedAgents: 0 });
    const first = one.openTunnel();
    expect(await one.after(0)).toBe('connected');
    expect(await two.after(0)).toBe('connected');
    expect(two.monitor.health(clusterId)).toEqual(one.monitor.health(clusterId));
    expect(two.monitor.health(clusterId)).toMatchObject({ connectedAgents: 1, agentIdentity: 'verified' });
    const seen = { kubernetesVersion: 'v1.36.4', nodeCount: 3, readyNodeCount: 2, namespaceCount: 7 };
    const observedAt = new Date(clock.now());
    await store.transact((tx) => tx.putInventory({ clusterId, ...seen, nodes: [], namespaces: [], observedAt }));
    await two.after(0);
    expect(two.monitor.health(clusterId)).toMatchObject({ ...seen, observedAt });

    await first.close();
    expect(await one.after(9_000)).toBe('connected');
    const second = two.openTunnel();
    expect(await two.after(5_000)).toBe('connected');
    expect(await one.after(5_000)).toBe('connected');
    await second.close();
    for (const server of [two, one]) await server.after(0);
    expect(await two.after(11_000)).toBe('disconnected');
    expect(await one.after(0)).toBe('disconnected');
    expect(one.monitor.health(clusterId)).toMatchObject({
      reason: 'no agent of the cluster is connected',
      connectedAgents: 0,
    });
    expect(await changes()).toEqual(['pending → connected', 'connected → disconnected']);
  });

  it('makes few rounds, all the same, while tunnels come in numbers and each round takes its time', async () => {
    const one = await aServer();
    one.openTunnel();
    await one.after(0);
    const { clusters } = store;
    const asked = { ...clusters };
    closers.push(() => void Object.assign(clusters, asked));
    let rounds = 0;
    clusters.putSightings = async () => {
      rounds += 1;
      clock.advance(100);
    };
    clusters.sightings = async () => [];
    clusters.inventories = async () => [];
    clusters.health = async () => [];
    const otherId = createId('cluster');
    for (let i = 0; i < 50; i += 1) {
      await one.openTunnel({ of: otherId }).close();
      // With nothing to wait for, a round that was begun is through by then.
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(10);
    }
    // Each took 100 ms, so that the next one may begin 400 ms later.
    expect(rounds).toBe(2);
  });

  it('no longer takes the word of a server that has gone without one', async () => {
    const [one, two] = [await aServer(), await aServer()];
    one.openTunnel();
    await one.after(0);
    await two.after(0);
    expect(two.monitor.health(clusterId).connectedAgents).toBe(1);
    // Killed: nobody renews its lease.
    await store.replicas.renew(one.replicaId, 0);
    await two.after(0);
    expect(two.monitor.health(clusterId).connectedAgents).toBe(0);
    expect(await two.after(11_000)).toBe('disconnected');
  });

  it('takes the word of a server with another clock', async () => {
    const behind = createFakeClock(new Date(clock.now() - 300_000));
    const [one, two] = [await aServer(behind), await aServer()];
    one.openTunnel();
    await one.monitor.refresh();
    await two.after(0);
    expect(two.monitor.health(clusterId)).toMatchObject({ status: 'connected', connectedAgents: 1 });
  });

  it('says what it sees when that changes, and again after a while, in case somebody took it for gone', async () => {
    const [one, two] = [await aServer(), await aServer()];
    const { clusters } = store;
    const { putSightings } = clusters;
    closers.push(() => void Object.assign(clusters, { putSightings }));
    let count = 0;
    clusters.putSightings = (id, sightings) => {
      if (id === one.replicaId) count += 1;
      return putSightings(id, sightings);
    };
    one.openTunnel();
    await one.after(0);
    await one.after(1_000);
    expect(count).toBe(1);
    await putSightings(one.replicaId, []);
    await one.after(SAY_AGAIN_MS);
    await two.after(0);
    expect(count).toBe(2);
    expect(two.monitor.health(clusterId).connectedAgents).toBe(1);
  });

  it('tells what agents say of their API server, and which of them show where they run', async () => {
    const server = await aServer();
    const agent = server.openTunnel({ isAttested: false, agentVersion: '1.2.0' });
    await server.after(0);
    expect(server.monitor.health(clusterId)).toMatchObject({
      status: 'connected',
      reason: 'agents of version 1.2.0 are not supported any more',
      agentVersions: ['1.2.0'],
      agentIdentity: 'unverified',
    });
    agent.say({ failure: 'ECONNREFUSED' });
    await server.after(0);
    expect(await server.after(11_000)).toBe('unhealthy');
    expect(server.monitor.health(clusterId).reason).toMatch(/ECONNREFUSED/);
    agent.say({});
    await server.after(0);
    expect(await server.after(6_000)).toBe('connected');
    server.monitor.noteInventory(clusterId, 'status 403');
    await server.after(0);
    expect(server.monitor.health(clusterId).reason).toMatch(/status 403/);
    expect(await changes()).toEqual(['pending → connected', 'connected → unhealthy', 'unhealthy → connected']);
  });

  it('SEC-E17 forgets a cluster that was deleted, so that one of the same name starts anew', async () => {
    const server = await aServer();
    server.openTunnel();
    await server.after(0);
    await store.transact((tx) => tx.remove('Cluster', clusterId));
    await server.after(3_000);
    expect(server.monitor.health(createId('cluster'))).toEqual({ status: 'pending', connectedAgents: 0 });
    expect(await store.clusters.health()).toEqual([]);
  });
});
