import type { Clock, ClusterId, Logger, ReplicaId, Timer } from '@sallyport/core';
import type { ClusterHealth } from '@sallyport/core/api';
import type { SnapshotSource } from '../snapshot.ts';
import type { InventorySummary, ToldHealth, TunnelSighting } from '../stores/cluster-contracts.ts';
import type { Store } from '../stores/contracts.ts';
import { systemEvent } from '../system-event.ts';
import { advance, type HealthState, judge, UNTOLD } from './health.ts';
import type { RegisteredTunnel, TunnelRegistry } from './registry.ts';
import { versionSkew } from './version-skew.ts';

/** What {@link createClusterMonitor} works with. */
export interface ClusterMonitorOptions {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly registry: TunnelRegistry;
  readonly replicaId: ReplicaId;
  readonly serverVersion: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time between two rounds. Default 2,500. */
  readonly intervalMs?: number;
}

/** What all servers together know of clusters. Reads cost nothing; they are as old as the last round. */
export interface ClusterMonitor {
  /** The health that is told of a cluster. Tunnels are counted as they are seen now. */
  health(clusterId: ClusterId): ClusterHealth;
  /** Open tunnels of a cluster, on all servers. */
  tunnels(clusterId: ClusterId): readonly TunnelSighting[];
  /** Notes how the last look at a cluster's version, nodes and namespaces went; without a failure, well. */
  noteInventory(clusterId: ClusterId, failure?: string): void;
  /** When a cluster's version, nodes and namespaces were last looked at, by any server; `undefined` when that failed since. */
  lastInventory(clusterId: ClusterId): Date | undefined;
  /** Makes a round now. Failures of the database are logged, and the next round tries again. */
  refresh(): Promise<void>;
  /** Takes back what this server said it sees, and stops. Idempotent. */
  close(): Promise<void>;
}

/** How often a server says again what it sees though nothing has changed, in milliseconds: somebody may have taken it for gone. */
export const SAY_AGAIN_MS = 10_000;

/**
 * For how many times as long as a round took the next one waits, at the most until it is due: a round is about all clusters, and when
 * a server starts they all come back, one after the other.
 */
const REST_SHARE = 4;
/** Orders version numbers. Making one costs more than ordering them. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** What one round finds out. */
interface Round {
  readonly others: ReadonlyMap<ClusterId, readonly TunnelSighting[]>;
  readonly inventoryFailures: ReadonlyMap<ClusterId, string>;
  readonly inventories: ReadonlyMap<ClusterId, InventorySummary>;
}

const NOTHING: Round = { others: new Map(), inventoryFailures: new Map(), inventories: new Map() };

/**
 * Watches over clusters: tells the other servers which tunnels end here, hears the same of them, and tells changes of health
 * together with their audit event. Every server judges by the same facts; the database lets one of them tell.
 */
export function createClusterMonitor(options: ClusterMonitorOptions): ClusterMonitor {
  const { store, snapshots, registry, replicaId, clock, logger, intervalMs = 2_500 } = options;
  const states = new Map<ClusterId, HealthState>();
  const ownFailures = new Map<ClusterId, string>();
  let round = NOTHING;
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  let isClosed = false;
  let isLooping = false;
  /** Whether the next round is to come before it is due, since tunnels have come or gone; though not before `restUntilMs`. */
  let isWanted = false;
  let restUntilMs = 0;
  /** What was last said of the tunnels that end here, and when; `undefined` when that is not known. */
  let said: { readonly text: string; readonly atMs: number } | undefined;

  function ownTunnels(): Map<ClusterId, TunnelSighting[]> {
    const tunnels = new Map<ClusterId, TunnelSighting[]>();
    for (const entry of registry.entries()) {
      tunnels.set(entry.clusterId, [...(tunnels.get(entry.clusterId) ?? []), toSighting(entry)]);
    }
    return tunnels;
  }

  async function exchange(): Promise<readonly ToldHealth[]> {
    await say();
    const others = new Map<ClusterId, readonly TunnelSighting[]>();
    const inventoryFailures = new Map<ClusterId, string>();
    for (const sighting of await store.clusters.sightings()) {
      const { clusterId, tunnels, inventoryFailure } = sighting;
      if (inventoryFailure !== undefined) inventoryFailures.set(clusterId, inventoryFailure);
      if (sighting.replicaId !== replicaId) others.set(clusterId, [...(others.get(clusterId) ?? []), ...tunnels]);
    }
    const inventories = new Map((await store.clusters.inventories()).map((summary) => [summary.clusterId, summary]));
    round = { others, inventoryFailures, inventories };
    return store.clusters.health();
  }

  /** Tells the other servers what this one sees, when that is another thing, and now and then anyway. */
  async function say(): Promise<void> {
    const own = ownTunnels();
    for (const clusterId of ownFailures.keys()) if (!own.has(clusterId)) ownFailures.delete(clusterId);
    const sightings = [...own].map(([clusterId, tunnels]) => {
      const inventoryFailure = ownFailures.get(clusterId);
      return { clusterId, tunnels, ...(inventoryFailure !== undefined && { inventoryFailure }) };
    });
    const text = JSON.stringify(sightings);
    if (said?.text === text && clock.monotonicMs() - said.atMs < SAY_AGAIN_MS) return;
    // What becomes of a write that fails is not known.
    said = undefined;
    await store.clusters.putSightings(replicaId, sightings);
    said = { text, atMs: clock.monotonicMs() };
  }

  async function makeRound(): Promise<void> {
    const told = await exchange();
    const snapshot = snapshots.current();
    for (const { clusterId, status, reason, changedAt } of told) {
      const known = states.get(clusterId);
      // Another server has told something since: that is where this one goes on from.
      if (known?.told.changedAt?.getTime() === changedAt.getTime()) continue;
      states.set(clusterId, { told: { status, changedAt, ...(reason !== undefined && { reason }) } });
    }
    for (const clusterId of states.keys()) if (!snapshot.clusters.has(clusterId)) states.delete(clusterId);
    const withAgent = new Set([...snapshot.agentCertificates.values()].map(({ clusterId }) => clusterId));
    for (const clusterId of snapshot.clusters.keys()) await judgeCluster(clusterId, withAgent.has(clusterId));
  }

  async function judgeCluster(clusterId: ClusterId, hasAgent: boolean): Promise<void> {
    const before = states.get(clusterId) ?? UNTOLD;
    const tunnels = seenTunnels(clusterId);
    const inventoryFailure = inventoryFailureOf(clusterId);
    const judgement = judge({
      tunnels,
      ...(inventoryFailure !== undefined && { inventoryFailure }),
      hasAgent,
      unsupportedVersions: versionsOf(tunnels).filter(
        (version) => versionSkew(version, options.serverVersion) === 'unsupported',
      ),
    });
    const after = advance(before, judgement, clock.now());
    const { status, reason, changedAt } = after.told;
    if (changedAt === undefined || changedAt === before.told.changedAt) {
      states.set(clusterId, after);
      return;
    }
    const isTold = await store.transact(async (tx) => {
      const health = { clusterId, status, changedAt, ...(reason !== undefined && { reason }) };
      const isFirst = await tx.tellHealth(health, before.told.changedAt);
      if (isFirst) {
        await tx.appendAudit(
          systemEvent({ clock, snapshots }, 'cluster.health.changed', {
            severity: status === 'connected' ? 'info' : 'warning',
            clusterId,
            details: { from: before.told.status, to: status, ...(reason !== undefined && { reason }) },
          }),
        );
      }
      return isFirst;
    });
    // Told by another server, or of a cluster that is gone: the next round reads what holds.
    states.set(clusterId, isTold ? after : before);
  }

  function inventoryFailureOf(clusterId: ClusterId): string | undefined {
    return ownFailures.get(clusterId) ?? round.inventoryFailures.get(clusterId);
  }

  function seenTunnels(clusterId: ClusterId): readonly TunnelSighting[] {
    return [...registry.of(clusterId).map(toSighting), ...(round.others.get(clusterId) ?? [])];
  }

  /** One round at a time; who asks while one is under way gets the next one, and shares it. */
  function refresh(): Promise<void> {
    if (queued !== undefined) return queued;
    running = queued = running.then(async () => {
      queued = undefined;
      const beganAtMs = clock.monotonicMs();
      await makeRound().catch((err: unknown) => {
        if (!isClosed) logger.warn({ err }, 'a look at the health of clusters failed and is tried again');
      });
      const endedAtMs = clock.monotonicMs();
      restUntilMs = endedAtMs + Math.min(intervalMs, REST_SHARE * (endedAtMs - beganAtMs));
    });
    return queued;
  }

  async function loop(): Promise<void> {
    isLooping = true;
    isWanted = false;
    await refresh();
    isLooping = false;
    waitForNext();
  }

  function waitForNext(): void {
    timer?.cancel();
    if (isClosed) return;
    const waitMs = isWanted ? restUntilMs - clock.monotonicMs() : intervalMs;
    if (waitMs <= 0) void loop();
    else timer = clock.setTimeout(() => void loop(), waitMs);
  }

  /** A cluster has gained its first tunnel or lost its last. */
  function onTunnel(): void {
    isWanted = true;
    if (!isLooping) waitForNext();
  }

  void loop();
  const stop = registry.onChange(onTunnel);
  return {
    health(clusterId) {
      const { told } = states.get(clusterId) ?? UNTOLD;
      const tunnels = seenTunnels(clusterId);
      const inventory = round.inventories.get(clusterId);
      return {
        status: told.status,
        ...(told.reason !== undefined && { reason: told.reason }),
        ...(told.changedAt && { changedAt: told.changedAt }),
        connectedAgents: tunnels.length,
        ...(tunnels.length > 0 && {
          agentVersions: versionsOf(tunnels),
          agentIdentity: tunnels.every(({ isAttested }) => isAttested)
            ? ('verified' as const)
            : ('unverified' as const),
        }),
        ...(inventory && {
          kubernetesVersion: inventory.kubernetesVersion,
          nodeCount: inventory.nodeCount,
          readyNodeCount: inventory.readyNodeCount,
          namespaceCount: inventory.namespaceCount,
          observedAt: inventory.observedAt,
        }),
      };
    },
    tunnels: seenTunnels,
    noteInventory(clusterId, failure) {
      if (failure === undefined) ownFailures.delete(clusterId);
      else ownFailures.set(clusterId, failure);
    },
    lastInventory: (clusterId) =>
      inventoryFailureOf(clusterId) === undefined ? round.inventories.get(clusterId)?.observedAt : undefined,
    refresh,
    async close() {
      if (isClosed) return;
      isClosed = true;
      stop();
      timer?.cancel();
      await running;
      // Nobody waits for the end of a word whose server is gone; if this fails, it ends by itself.
      await store.clusters.putSightings(replicaId, []).catch(() => {});
    },
  };
}

function toSighting(entry: RegisteredTunnel): TunnelSighting {
  const report = entry.apiServer?.();
  const modeProblem = entry.modeProblem?.();
  return {
    serial: entry.certificateSerial,
    instanceId: entry.instanceId,
    agentVersion: entry.agentVersion,
    openedAt: entry.openedAt,
    reportsHealth: report !== undefined,
    isAttested: entry.isAttested === true,
    ...(report?.failure !== undefined && { apiServerFailure: report.failure }),
    ...(modeProblem !== undefined && { modeProblem }),
  };
}

function versionsOf(tunnels: readonly TunnelSighting[]): string[] {
  return [...new Set(tunnels.map(({ agentVersion }) => agentVersion))].sort(BY_NUMBER.compare);
}
