import type { Binding, Role, Scope } from '@sallyport/authz';
import { createId, type Principal, silentLogger } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createInventory,
  INVENTORY_SUBJECT,
  type Inventory,
  type InventoryOptions,
  SYSTEM_ISSUER,
} from './inventory.ts';
import type { TunnelSighting } from './stores/cluster-contracts.ts';
import type { ClusterInventory, Store, Transaction } from './stores/contracts.ts';
import { createProxyFixture, type ProxyFixture } from './testing/proxy-fixture.ts';
import { aGrant } from './testing/records.ts';
import { createTunnelRegistry } from './tunnels/registry.ts';

let fixture: ProxyFixture;
let inventory: Inventory;
let clusterMonitor: InventoryOptions['clusterMonitor'];
let store: Store;
let told: ClusterInventory[];
let asked: string[];
/** Unique ids of namespaces, as they were told. */
let seen: Readonly<Record<string, string>>[];
let team: string;
/** Status that the cluster answers with. */
let status: number;
/** How each whole look went; `undefined` for well. */
let noted: (string | undefined)[];

/** What the cluster answers, by path. */
function answerOf(path: string): unknown {
  if (path.startsWith('/version')) return { gitVersion: 'v1.30.1' };
  const ready = { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.30.0' } };
  const items = path.startsWith('/api/v1/nodes')
    ? [{ metadata: { name: 'b' } }, { metadata: { name: 'a', labels: { zone: '1' } }, status: ready }]
    : [{ metadata: { name: 'shop', uid: 'u1', labels: { team } } }, { metadata: { name: 'bank', uid: 'u2' } }];
  return { kind: 'List', apiVersion: 'v1', metadata: {}, items };
}

beforeEach(() => {
  fixture = createProxyFixture();
  const { records, principal, registry, clock, proxy, snapshots, namespaceLabels } = fixture;
  [told, asked, seen, noted, team, status] = [[], [], [], [], 'web', 200];
  const { organizationId } = principal;
  const system: Principal = {
    ...principal,
    id: createId('principal'),
    kind: 'system',
    issuer: SYSTEM_ISSUER,
    subjectClaim: INVENTORY_SUBJECT,
    userName: 'sallyport:inventory',
  };
  const role: Role = {
    id: createId('role'),
    organizationId,
    name: 'sallyport:inventory',
    ceilingGroups: ['sallyport:inventory'],
    permissions: [],
  };
  const binding: Binding = {
    id: createId('binding'),
    organizationId,
    roleId: role.id,
    subjects: [{ kind: 'principal', id: system.id }],
    scope: { kind: 'organization' },
  };
  snapshots.set({
    ...records,
    principals: [principal, system],
    roles: [...records.roles, role],
    bindings: [...records.bindings, binding],
    // What restricts people does not restrict the server itself.
    clusters: [{ ...fixture.cluster, settings: { ipRanges: [], disableCliKubectl: true } }],
  });
  const tx = {
    putInventory: async (one) => void told.push(one),
    seeNamespaces: async (_, { uids }) => void seen.push(Object.fromEntries(uids)),
  } satisfies Partial<Transaction> as Partial<Transaction>;
  store = { transact: (work: (tx: never) => Promise<unknown>) => work(tx as never) } as unknown as Store;
  clusterMonitor = {
    noteInventory: (_, failure) => void noted.push(failure),
    tunnels: () => [],
    lastInventory: () => undefined,
  };
  inventory = createInventory({
    proxy,
    registry,
    clusterMonitor,
    snapshots,
    store,
    namespaceLabels,
    clock,
    logger: silentLogger,
  });
  fixture.connectAgent((head, exchange) => {
    asked.push(head.target.replace(/\?.*/, ''));
    exchange.respond({ status, headers: ['Content-Type', 'application/json'] });
    exchange.write(Buffer.from(JSON.stringify(answerOf(head.target))));
    exchange.end();
    return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
  });
});
afterEach(() => {
  inventory.close();
  fixture.close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass in steps in which the tunnel can answer its pings. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    fixture.clock.advance(5_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Has a binding select namespaces by their labels. */
function selectByLabels(): void {
  const { snapshots, records } = fixture;
  const scope: Scope = {
    kind: 'organization',
    namespaces: { kind: 'selector', selector: { matchLabels: { team: 'web' } } },
  };
  const { principals, clusters, roles, bindings } = snapshots.current();
  snapshots.set({
    ...records,
    principals: [...principals.values()],
    clusters: [...clusters.values()],
    roles,
    bindings: bindings.map((one) => (one.roleId === records.roles[0]?.id ? { ...one, scope } : one)),
  });
}

const labels = () => fixture.namespaceLabels.of(fixture.cluster.id, 'shop');
const NAMESPACES = '/api/v1/namespaces';

describe('inventory', () => {
  it('tells what is in a cluster, and what labels its namespaces have', async () => {
    await until(() => told.length === 1);
    expect(told[0]).toMatchObject({
      clusterId: fixture.cluster.id,
      kubernetesVersion: 'v1.30.1',
      nodeCount: 2,
      readyNodeCount: 1,
      namespaceCount: 2,
      nodes: [
        { name: 'a', isReady: true, kubeletVersion: 'v1.30.0', labels: { zone: '1' } },
        { name: 'b', isReady: false, kubeletVersion: '', labels: {} },
      ],
      namespaces: [
        { name: 'bank', labels: {} },
        { name: 'shop', labels: { team: 'web' } },
      ],
    });
    expect(labels()).toEqual({ team: 'web' });
    expect(noted).toEqual([undefined]);
  });

  it('looks at namespaces alone every 30 s, while a binding selects them by labels', async () => {
    await until(() => told.length === 1);
    asked = [];
    await pass(35_000);
    selectByLabels();
    team = 'other';
    expect(asked).toEqual([]);
    await pass(30_000);
    await until(() => labels()?.['team'] === 'other');
    expect(asked).toEqual([NAMESPACES]);
    expect(told).toHaveLength(1);
  });

  it('looks at namespaces alone every 30 s, while a grant names one, and tells which are there', async () => {
    await until(() => told.length === 1);
    expect(seen).toEqual([{ shop: 'u1', bank: 'u2' }]);
    const { snapshots, records, clock } = fixture;
    const { principals, clusters, roles, bindings } = snapshots.current();
    const scope: Scope = { kind: 'organization', namespaces: { kind: 'names', names: ['shop'] } };
    const endsAt = new Date(clock.now() + 3_600_000);
    const of = { organizationId: fixture.principal.organizationId, principalId: fixture.principal.id };
    snapshots.set({
      ...records,
      principals: [...principals.values()],
      clusters: [...clusters.values()],
      roles,
      bindings,
      grants: [aGrant({ ...of, roleId: records.roles[0]?.id ?? createId('role') }, { scope, endsAt })],
    });
    asked = [];
    await pass(35_000);
    await until(() => seen.length === 2);
    expect(asked).toEqual([NAMESPACES]);
    expect(seen[1]).toEqual({ shop: 'u1', bank: 'u2' });
  });

  it('tells why a look failed, and looks again at the next occasion', async () => {
    await until(() => told.length === 1);
    status = 503;
    await pass(335_000);
    await until(() => noted.length >= 2);
    expect(noted[1]).toBe('answered with status 503');
    status = 200;
    await pass(35_000);
    await until(() => told.length === 2);
    expect(noted.at(-1)).toBeUndefined();
  });

  it('looks at everything again after five minutes', async () => {
    await until(() => told.length === 1);
    await pass(335_000);
    await until(() => told.length === 2);
    expect(asked).toEqual(['/version', '/api/v1/nodes', NAMESPACES, '/version', '/api/v1/nodes', NAMESPACES]);
  });

  it('leaves a cluster that is back in peace until five minutes after its last look, and reads namespaces that are selected', async () => {
    await until(() => told.length === 1);
    inventory.close();
    [asked, told] = [[], []];
    selectByLabels();
    const { proxy, snapshots, namespaceLabels, clock, registry } = fixture;
    const lastAt = new Date(clock.now() - 60_000);
    // As after a restart: the tunnel is there, and another server, or this one, looked a minute ago.
    inventory = createInventory({
      ...{ proxy, registry, snapshots, store, namespaceLabels, clock },
      clusterMonitor: { ...clusterMonitor, lastInventory: () => lastAt },
      logger: silentLogger,
    });
    await until(() => asked.length === 1);
    await pass(215_000);
    expect([new Set(asked), told]).toEqual([new Set([NAMESPACES]), []]);
    while (told.length === 0) await pass(5_000);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(240_000);
  });

  it('SEC-D28 looks at the namespaces of a cluster whose tunnel ends at another server, and at nothing else', async () => {
    await until(() => told.length === 1);
    inventory.close();
    [asked, seen, noted, team] = [[], [], [], 'elsewhere'];
    selectByLabels();
    let isWithinReach = false;
    const { proxy, snapshots, namespaceLabels, clock } = fixture;
    inventory = createInventory({
      proxy,
      // None ends here; the proxy has another way.
      registry: createTunnelRegistry({ clock }),
      clusterMonitor: {
        ...clusterMonitor,
        tunnels: () => (isWithinReach ? [{ agentVersion: '1' } as unknown as TunnelSighting] : []),
      },
      snapshots,
      store,
      namespaceLabels,
      clock,
      logger: silentLogger,
    });
    await pass(10_000);
    expect(asked).toEqual([]);
    isWithinReach = true;
    await pass(5_000);
    await until(() => labels()?.['team'] === 'elsewhere');
    team = 'again';
    await pass(30_000);
    await until(() => labels()?.['team'] === 'again');
    expect(new Set(asked)).toEqual(new Set([NAMESPACES]));
    expect([told.length, seen, noted]).toEqual([1, [], []]);
  });
});
