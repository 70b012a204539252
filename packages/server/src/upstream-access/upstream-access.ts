import type { Allow } from '@sallyport/authz';
import type { Clock, Cluster, ClusterId, Logger, Timer } from '@sallyport/core';
import { encodeUpstreamAccess } from '@sallyport/core/upstream-access';
import type { AccessListener, AccessReport, AccessWatcher } from '@sallyport/tunnel/grpc';
import type { NamespaceLabels } from '../access/namespace-labels.ts';
import type { AccessQuestion, PeerAccess } from '../peers/access-question.ts';
import type { Refusal } from '../proxy/refusal.ts';
import type { SnapshotSource } from '../snapshot.ts';
import { type DesiredAccess, desiredAccess } from './desired-access.ts';
import { installedModeOf, upstreamModeOf } from './upstream-mode.ts';

/** Options of {@link createUpstreamAccess}. */
export interface UpstreamAccessOptions {
  readonly snapshots: SnapshotSource;
  readonly namespaceLabels: NamespaceLabels;
  /**
   * Asks another server whose agent keeps the bindings of a cluster; `undefined` when there is none. Absent: this server has all
   * agents.
   */
  readonly elsewhere?: (
    clusterId: ClusterId,
    question: AccessQuestion,
  ) => Promise<{ readonly refusal?: Refusal } | undefined> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest time that a request waits for its access to be kept. Default 5,000 ms; after that its client is told to come back. */
  readonly waitMs?: number;
}

/** Tells agents whom to bind in clusters whose mode is to bind people, and knows what they have bound. */
export interface UpstreamAccess extends PeerAccess {
  /** An agent asks what it is to keep, over one of its tunnels. `tunnel` is what {@link UpstreamAccess.problemOf} is asked by. */
  connect(clusterId: ClusterId, tunnel: object, first: AccessReport, watcher: AccessWatcher): AccessListener;
  /**
   * Whether an allowed request can go upstream: at once where people are impersonated, or are bound already; else once an agent has
   * said that they are. A refusal when that takes too long, or can't be.
   */
  ready(who: { readonly cluster: Cluster; readonly isSystem: boolean }, decision: Allow): Readiness;
  /** Why people can't act through a tunnel as the mode of its cluster wants it, as one phrase; `undefined` when they can. */
  problemOf(clusterId: ClusterId, tunnel: object): string | undefined;
  close(): void;
}

/** See {@link UpstreamAccess.ready}. */
export type Readiness = Refusal | undefined | Promise<Refusal | undefined>;

interface Connection {
  readonly clusterId: ClusterId;
  readonly clusterRoles: readonly string[];
  /** What it was installed for. */
  readonly mode: string;
  readonly watcher: AccessWatcher;
  /** What was made of the newest snapshot. */
  desired?: DesiredAccess;
  /** What was sent and not answered, by hash. */
  readonly sent: Map<string, DesiredAccess>;
  lastHash?: string;
  /** What the agent last said is in force. */
  kept?: DesiredAccess;
  failure?: string;
}

/** How often it is looked whether time or labels have changed what is to be kept. */
const LOOK_MS = 5_000;
/** Changes within this time are told together. */
const GATHER_MS = 100;
const MAX_FAILURE_CHARACTERS = 300;
const NOBODY: DesiredAccess = { encoded: encodeUpstreamAccess({ bindings: [] }), byUser: new Map() };

/** Makes the service, and starts to follow the snapshot. */
export function createUpstreamAccess(options: UpstreamAccessOptions): UpstreamAccess {
  const { snapshots, namespaceLabels, clock, logger, waitMs = 5_000 } = options;
  const connections = new Map<object, Connection>();
  const waiting = new Set<() => void>();
  let gathering: Timer | undefined;
  let looking: Timer | undefined;

  function refresh(connection: Connection): void {
    const snapshot = snapshots.current();
    const { clusterId, clusterRoles, mode } = connection;
    const cluster = snapshot.clusters.get(clusterId);
    const isInMode = mode === installedModeOf(snapshot, clusterId);
    const desired =
      cluster === undefined || !isInMode || mode === 'impersonate'
        ? NOBODY
        : desiredAccess(snapshot, cluster, {
            clusterRoles,
            generatedRules: cluster.spec.agent?.generatedRules === true,
            namespaces: namespaceLabels.all(clusterId),
            at: new Date(clock.now()),
          });
    connection.desired = desired;
    if (desired.problem !== undefined) {
      if (connection.failure !== desired.problem)
        logger.error({ clusterId, problem: desired.problem }, 'access can not be kept');
      connection.failure = desired.problem;
      return;
    }
    const { bytes, hash } = desired.encoded;
    if (hash === connection.lastHash) return;
    connection.lastHash = hash;
    connection.sent.set(hash, desired);
    connection.watcher.send({ version: snapshot.version, access: bytes });
  }

  function refreshAll(): void {
    gathering = undefined;
    for (const connection of connections.values()) refresh(connection);
    wake();
  }

  function look(): void {
    refreshAll();
    looking = clock.setTimeout(look, LOOK_MS);
  }

  function wake(): void {
    for (const check of [...waiting]) check();
  }

  function hear(connection: Connection, { hash, failure }: AccessReport): void {
    const answered = connection.sent.get(hash);
    if (failure !== '') {
      connection.failure = failure.slice(0, MAX_FAILURE_CHARACTERS);
      logger.warn({ clusterId: connection.clusterId, failure: connection.failure }, 'an agent can not keep access');
    } else if (answered !== undefined) {
      connection.kept = answered;
      delete connection.failure;
      // What was sent before will not be answered any more.
      for (const earlier of [...connection.sent.keys()]) {
        if (earlier === hash) break;
        connection.sent.delete(earlier);
      }
    }
    wake();
  }

  /** `wait` while it may still come about. */
  function judge(cluster: Cluster, user: string): Refusal | undefined | 'wait' {
    const mode = installedModeOf(snapshots.current(), cluster.id);
    let needed: ReadonlySet<string> | undefined;
    let isAsked = false;
    for (const connection of connections.values()) {
      if (connection.clusterId !== cluster.id || connection.mode !== mode) continue;
      isAsked = true;
      needed = connection.desired?.byUser.get(user);
      const kept = connection.kept?.byUser.get(user);
      if (needed !== undefined && kept !== undefined && [...needed].every((place) => kept.has(place))) return undefined;
    }
    if (!isAsked || needed !== undefined) return 'wait';
    return {
      code: 'ERR_PROXY_DENIED',
      message: `in cluster "${cluster.name}" people act by bindings of their own, and ${JSON.stringify(user)} has none: the agent binds none of the ClusterRoles that their roles name, or they are not signed in`,
    };
  }

  function pending(cluster: Cluster): Refusal {
    const own = [...connections.values()].filter(({ clusterId }) => clusterId === cluster.id);
    const failure = own.find((connection) => connection.failure !== undefined)?.failure;
    const why =
      failure ??
      (own.length === 0
        ? 'its agent was not installed for that; apply the install manifest again'
        : 'its agent has not said that they are');
    return {
      code: 'ERR_PROXY_ACCESS_PENDING',
      message: `your bindings in cluster "${cluster.name}" are not in force yet: ${why}.`,
      retryAfterSeconds: 1,
    };
  }

  /** Waits until what a user is bound to is in force, as one of our own connections says. */
  function untilInForce(cluster: Cluster, user: string): Readiness {
    for (const connection of connections.values()) if (connection.clusterId === cluster.id) refresh(connection);
    const now = judge(cluster, user);
    if (now !== 'wait') return now;
    return new Promise((resolve) => {
      const settle = (refusal: Refusal | undefined) => {
        waiting.delete(check);
        timer.cancel();
        resolve(refusal);
      };
      const check = () => {
        const judgement = judge(cluster, user);
        if (judgement !== 'wait') settle(judgement);
      };
      const timer = clock.setTimeout(() => settle(pending(cluster)), waitMs);
      waiting.add(check);
    });
  }

  const stop = snapshots.onChange(() => {
    gathering ??= clock.setTimeout(refreshAll, GATHER_MS);
  });
  looking = clock.setTimeout(look, LOOK_MS);

  return {
    connect(clusterId, tunnel, first, watcher) {
      const connection: Connection = {
        clusterId,
        clusterRoles: first.clusterRoles,
        mode: first.upstreamMode,
        watcher,
        sent: new Map(),
      };
      connections.set(tunnel, connection);
      refresh(connection);
      wake();
      return {
        report: (report) => hear(connection, report),
        end() {
          if (connections.get(tunnel) === connection) connections.delete(tunnel);
          wake();
        },
      };
    },

    ready({ cluster, isSystem }, { impersonate: { user } }) {
      const snapshot = snapshots.current();
      if (isSystem || upstreamModeOf(snapshot, cluster.id) === 'impersonate') return undefined;
      const isOurs = [...connections.values()].some(({ clusterId }) => clusterId === cluster.id);
      const question = { user, snapshotVersion: snapshot.version };
      const asked = isOurs ? undefined : options.elsewhere?.(cluster.id, question);
      if (asked === undefined) return untilInForce(cluster, user);
      return asked.then((answer) => (answer === undefined ? untilInForce(cluster, user) : answer.refusal));
    },

    async inForce(clusterId, { user, snapshotVersion }) {
      if (snapshots.current().version < snapshotVersion) await snapshots.refresh();
      const cluster = snapshots.current().clusters.get(clusterId);
      if (cluster !== undefined) return untilInForce(cluster, user);
      return { code: 'ERR_PROXY_CLUSTER_UNKNOWN', message: 'there is no such cluster any more.' };
    },

    problemOf(clusterId, tunnel) {
      const mode = installedModeOf(snapshots.current(), clusterId);
      const connection = connections.get(tunnel);
      const installed = connection?.mode ?? 'impersonate';
      if (installed !== mode) {
        return `the agent was installed for the mode ${installed}, and the cluster is set to ${mode}: apply its install manifest again`;
      }
      return connection?.failure;
    },

    close() {
      stop();
      gathering?.cancel();
      looking?.cancel();
      for (const check of [...waiting]) waiting.delete(check);
    },
  };
}
