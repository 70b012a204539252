import { Agent, createServer } from 'node:http';
import { type Clock, type Cluster, createId, type Logger, type Principal, type Timer } from '@sallyport/core';
import type { AccessProxy } from './access-proxy.ts';
import { http1ProxyRequest, http1Sink } from './node/http1-sink.ts';
import { connectInProcess } from './node/in-process.ts';
import type { Authenticated } from './proxy/authenticate.ts';
import type { SnapshotSource } from './snapshot.ts';
import type { ClusterInventory, Store } from './stores/contracts.ts';
import type { TunnelRegistry } from './tunnels/registry.ts';

/** Options of {@link createInventory}. */
export interface InventoryOptions {
  readonly proxy: AccessProxy;
  readonly registry: TunnelRegistry;
  readonly snapshots: SnapshotSource;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time between two looks at a connected cluster. Default 300,000. */
  readonly intervalMs?: number;
}

/** Looks at each connected cluster: its version, nodes and namespaces. */
export interface Inventory {
  close(): void;
}

/** `subjectClaim` of the principal that the inventory acts as, in each organization. */
export const INVENTORY_SUBJECT = 'inventory';
/** `issuer` of Sallyport's own principals. */
export const SYSTEM_ISSUER = 'sallyport';

const CREDENTIAL_LIFE_MS = 60_000;
const PAGE_SIZE = 500;

/**
 * Starts the inventory. Its requests take the way of everybody's: through the access proxy in process, decided by a
 * binding, impersonated and audited.
 */
export function createInventory(options: InventoryOptions): Inventory {
  const { proxy, registry, snapshots, store, clock, logger, intervalMs = 300_000 } = options;
  const timers = new Map<Cluster['id'], Timer>();
  let isClosed = false;

  async function look(clusterId: Cluster['id']): Promise<void> {
    timers.get(clusterId)?.cancel();
    timers.delete(clusterId);
    const cluster = snapshots.current().clusters.get(clusterId);
    if (isClosed || cluster === undefined || registry.health(clusterId).state === 'disconnected') return;
    const principal = inventoryPrincipal(snapshots, cluster);
    if (principal === undefined) return;
    try {
      const inventory = await observe(proxy, principal, cluster, clock);
      if (!isClosed) await store.transact((tx) => tx.putInventory(inventory));
    } catch (error) {
      logger.warn({ err: error, clusterId }, 'the inventory of a cluster could not be taken');
    }
    if (!isClosed)
      timers.set(
        clusterId,
        clock.setTimeout(() => void look(clusterId), intervalMs),
      );
  }

  const stop = registry.onChange((clusterId) => void look(clusterId));
  return {
    close() {
      isClosed = true;
      stop();
      for (const timer of timers.values()) timer.cancel();
    },
  };
}

function inventoryPrincipal(snapshots: SnapshotSource, cluster: Cluster): Principal | undefined {
  for (const principal of snapshots.current().principals.values()) {
    if (principal.organizationId !== cluster.organizationId || principal.kind !== 'system') continue;
    if (principal.issuer === SYSTEM_ISSUER && principal.subjectClaim === INVENTORY_SUBJECT) return principal;
  }
  return undefined;
}

async function observe(
  proxy: AccessProxy,
  principal: Principal,
  cluster: Cluster,
  clock: Clock,
): Promise<ClusterInventory> {
  // Costs about a second and 70 MB: only a server with a connected cluster pays it.
  const kubernetes = await import('@kubernetes/client-node');
  const who = systemIdentity(principal, cluster, clock);
  const server = createServer((request, response) => {
    void proxy.handleInternal(who, http1ProxyRequest(request), http1Sink(response));
  });
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connectInProcess(server, '');
  const configuration = kubernetes.createConfiguration({
    baseServer: new kubernetes.ServerConfiguration('http://cluster.internal', {}),
    authMethods: {
      default: {
        getName: () => 'in-process',
        applySecurityAuthentication: (context) => context.setAgent(agent),
      },
    },
  });
  const core = new kubernetes.CoreV1Api(configuration);
  const version = await new kubernetes.VersionApi(configuration).getCode();
  return {
    clusterId: cluster.id,
    kubernetesVersion: version.gitVersion,
    nodeCount: await count((token) => core.listNode({ limit: PAGE_SIZE, ...token })),
    namespaceCount: await count((token) => core.listNamespace({ limit: PAGE_SIZE, ...token })),
    observedAt: new Date(clock.now()),
  };
}

interface Page {
  readonly items: readonly unknown[];
  readonly metadata?: { readonly _continue?: string };
}

async function count(page: (token: { _continue?: string }) => Promise<Page>): Promise<number> {
  let total = 0;
  let next: string | undefined;
  do {
    const list = await page(next === undefined ? {} : { _continue: next });
    total += list.items.length;
    next = list.metadata?._continue || undefined;
  } while (next !== undefined);
  return total;
}

/** The identity of a request that the server makes by itself: live records like anybody's, no login session. */
function systemIdentity(principal: Principal, cluster: Cluster, clock: Clock): Authenticated {
  const now = clock.now();
  return {
    principal,
    session: undefined,
    cluster,
    credential: {
      credentialId: createId('credential', now),
      principalId: principal.id,
      organizationId: principal.organizationId,
      clusterId: cluster.id,
      issuedAt: new Date(now),
      expiresAt: new Date(now + CREDENTIAL_LIFE_MS),
    },
  };
}
