import type { Clock, Cluster, Logger, Principal, Timer } from '@sallyport/core';
import type { NamespaceLabels } from './access/namespace-labels.ts';
import type { AccessProxy } from './access-proxy.ts';
import { connectAsSystem, type ObservedNamespaces, observeCluster, readNamespaces } from './observe-cluster.ts';
import type { SnapshotSource } from './snapshot.ts';
import type { Store } from './stores/contracts.ts';
import type { ClusterMonitor } from './tunnels/cluster-monitor.ts';
import { refreshAttestations } from './tunnels/refresh-attestations.ts';
import type { TunnelRegistry } from './tunnels/registry.ts';

/** Options of {@link createInventory}. */
export interface InventoryOptions {
  readonly proxy: AccessProxy;
  readonly registry: TunnelRegistry;
  /** Where it goes how a look went, and what says which clusters only other servers have tunnels of. */
  readonly clusterMonitor: Pick<ClusterMonitor, 'noteInventory' | 'lastInventory' | 'tunnels'>;
  readonly snapshots: SnapshotSource;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the labels of namespaces go. */
  readonly namespaceLabels: NamespaceLabels;
  /** Time between two whole looks at a connected cluster, in milliseconds. Default 300,000. */
  readonly intervalMs?: number;
  /**
   * Time between two looks at the namespaces of a connected cluster, in milliseconds, while a binding of its organization
   * selects namespaces by their labels, or a grant names some. Default 30,000: as long may a label that was taken off, or a
   * namespace that is gone, still count.
   */
  readonly labelsIntervalMs?: number;
}

/**
 * Looks at each cluster with a tunnel that ends here: its version, nodes and namespaces. Of clusters whose tunnels end at other
 * servers it looks at the namespaces alone, since every server decides by their labels.
 */
export interface Inventory {
  close(): void;
}

/** `subjectClaim` of the principal that the inventory acts as, in each organization. */
export const INVENTORY_SUBJECT = 'inventory';
/** `issuer` of Sallyport's own principals. */
export const SYSTEM_ISSUER = 'sallyport';

/**
 * Starts the inventory. Its requests take the way of everybody's: through the access proxy in process, decided by a
 * binding, impersonated and audited.
 */
export function createInventory(options: InventoryOptions): Inventory {
  const { proxy, registry, snapshots, store, namespaceLabels, clusterMonitor, clock, logger } = options;
  const { intervalMs = 300_000, labelsIntervalMs = 30_000 } = options;
  const timers = new Map<Cluster['id'], Timer>();
  /** Clusters that are being looked at. */
  const looking = new Set<Cluster['id']>();
  let isClosed = false;
  let around: Timer | undefined;

  /** Looks at a cluster, and again after a while. `wholeAt`: when a whole look is due. */
  async function look(clusterId: Cluster['id'], wholeAt: number): Promise<void> {
    timers.get(clusterId)?.cancel();
    timers.delete(clusterId);
    const cluster = snapshots.current().clusters.get(clusterId);
    const isOurs = registry.health(clusterId).state === 'connected';
    if (isClosed || cluster === undefined || !(isOurs || clusterMonitor.tunnels(clusterId).length > 0)) return;
    const principal = inventoryPrincipal(snapshots, cluster);
    if (principal === undefined) return;
    const startedAt = clock.monotonicMs();
    const isWhole = isOurs && startedAt >= wholeAt;
    let isDone = false;
    const at = new Date(clock.now());
    looking.add(clusterId);
    const seen = async ({ labels, uids }: ObservedNamespaces) => {
      namespaceLabels.put(clusterId, labels, startedAt);
      if (isOurs && !isClosed) await store.transact((tx) => tx.seeNamespaces(clusterId, { uids, at }));
    };
    try {
      if (isWhole) {
        const clients = await connectAsSystem(proxy, principal, cluster, clock);
        const inventory = await observeCluster(clients, seen);
        if (!isClosed) {
          const told = { clusterId, ...inventory, observedAt: new Date(clock.now()) };
          await store.transact((tx) => tx.putInventory(told));
          clusterMonitor.noteInventory(clusterId);
          await refreshAttestations({ store, registry, clusterId, read: () => clients.getJson('/openid/v1/jwks') });
        }
      } else if (selectsNamespaces(snapshots, cluster) || grantsNamespaces(snapshots, cluster)) {
        const { core } = await connectAsSystem(proxy, principal, cluster, clock);
        await seen(await readNamespaces(core));
      }
      isDone = true;
    } catch (error) {
      if (isWhole) clusterMonitor.noteInventory(clusterId, describeFailure(error));
      logger.warn({ err: error, clusterId }, 'the inventory of a cluster could not be taken');
    } finally {
      looking.delete(clusterId);
    }
    if (isClosed) return;
    timers.get(clusterId)?.cancel();
    // What failed is tried again at the next occasion.
    const next = isWhole && isDone ? startedAt + intervalMs : wholeAt;
    timers.set(
      clusterId,
      clock.setTimeout(() => void look(clusterId, next), Math.min(intervalMs, labelsIntervalMs)),
    );
  }

  /**
   * When a whole look at a cluster that has come is due: at once, unless one went well lately. Agents that come back after a
   * restart of the server all do so within seconds.
   */
  function wholeLookDueAt(clusterId: Cluster['id']): number {
    const last = clusterMonitor.lastInventory(clusterId);
    if (last === undefined) return 0;
    return clock.monotonicMs() + Math.min(intervalMs, last.getTime() + intervalMs - clock.now());
  }

  /** Begins to look at clusters that have come within reach of other servers. */
  function lookAround(): void {
    for (const clusterId of snapshots.current().clusters.keys()) {
      if (!timers.has(clusterId) && !looking.has(clusterId)) void look(clusterId, wholeLookDueAt(clusterId));
    }
    around = clock.setTimeout(lookAround, LOOK_AROUND_MS);
  }

  lookAround();
  const stop = registry.onChange((clusterId) => void look(clusterId, wholeLookDueAt(clusterId)));
  return {
    close() {
      isClosed = true;
      stop();
      around?.cancel();
      for (const timer of timers.values()) timer.cancel();
    },
  };
}

/** How often it is looked whether other servers have tunnels of further clusters, in milliseconds. */
const LOOK_AROUND_MS = 2_500;

const MAX_FAILURE_CHARACTERS = 200;

/** The failure in few words: an answer of the API server, or what came instead of one. */
function describeFailure(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'number') return `answered with status ${code}`;
  return String(message ?? 'the request failed').slice(0, MAX_FAILURE_CHARACTERS);
}

function inventoryPrincipal(snapshots: SnapshotSource, cluster: Cluster): Principal | undefined {
  for (const principal of snapshots.current().principals.values()) {
    if (principal.organizationId !== cluster.organizationId || principal.kind !== 'system') continue;
    if (principal.issuer === SYSTEM_ISSUER && principal.subjectClaim === INVENTORY_SUBJECT) return principal;
  }
  return undefined;
}

/** Whether a binding reaches namespaces by their labels; else nobody asks for them. */
function selectsNamespaces(snapshots: SnapshotSource, { organizationId }: Cluster): boolean {
  return snapshots
    .current()
    .policy.bindingsIn(organizationId)
    .some(({ binding: { scope } }) => {
      return 'namespaces' in scope && scope.namespaces?.kind === 'selector';
    });
}

/** Whether a grant names namespaces, or objects in them: it ends with them. */
function grantsNamespaces(snapshots: SnapshotSource, { organizationId }: Cluster): boolean {
  for (const { organizationId: of, scope, objects } of snapshots.current().grants.values()) {
    if (of !== organizationId) continue;
    if ('namespaces' in scope && scope.namespaces?.kind === 'names') return true;
    if (objects?.some(({ namespace }) => namespace !== undefined)) return true;
  }
  return false;
}
