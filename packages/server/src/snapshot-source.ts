import { type Authorizer, compilePolicy, createAuthorizer } from '@sallyport/authz';
import { type Clock, type Cluster, type Logger, silentLogger, systemClock, type Timer } from '@sallyport/core';
import type { Snapshot, SnapshotSource } from './snapshot.ts';
import type { SnapshotRecords, Store } from './stores/index.ts';

/** Options of {@link createSnapshotSource}. */
export interface SnapshotSourceOptions {
  readonly store: Pick<Store, 'changes'>;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Defaults to silence. */
  readonly logger?: Logger;
  /** How often the head of the change feed is asked for, in milliseconds. Defaults to 500. */
  readonly pollIntervalMs?: number;
  /** How old the last answer of the change feed may be for new decisions, in milliseconds. Defaults to 2 000. */
  readonly leaseMs?: number;
}

/**
 * Reads the first snapshot and keeps it current until closed. Changes of other replicas are noticed by polling; own ones
 * by {@link SnapshotSource.refresh}. A database that stalls or fails leaves the last snapshot standing and lets the lease run
 * out; `current` never waits.
 * @throws StoreError when the first snapshot can't be read
 */
export async function createSnapshotSource(options: SnapshotSourceOptions): Promise<SnapshotSource> {
  const { store, clock = systemClock, logger = silentLogger, pollIntervalMs = 500, leaseMs = 2_000 } = options;
  const listeners = new Set<(snapshot: Snapshot) => void>();
  let answeredAtMs = clock.monotonicMs();
  const first = await store.changes.read();
  let records = first.records as SnapshotRecords;
  let current = buildSnapshot(first.version, records);
  let timer: Timer | undefined;
  let closed = false;
  let failing = false;
  /** A read that has not been sent yet, shared by everyone who asks for one meanwhile. */
  let next: Promise<Snapshot> | undefined;
  let reading: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Snapshot> {
    next = undefined;
    // Taken before the question: an answer proves freshness as of when it was asked for.
    const askedAtMs = clock.monotonicMs();
    const { version, records: changed } = await store.changes.read(current.version);
    answered(askedAtMs);
    if (version !== current.version) {
      records = { ...records, ...changed };
      current = buildSnapshot(version, records, current, changed);
      for (const listener of listeners) notify(listener);
    }
    return current;
  }

  function answered(askedAtMs: number): void {
    answeredAtMs = Math.max(answeredAtMs, askedAtMs);
    if (failing) logger.info({ version: current.version }, 'the change feed answers again');
    failing = false;
  }

  function notify(listener: (snapshot: Snapshot) => void): void {
    try {
      listener(current);
    } catch (err) {
      // One listener's fault must not keep the others from ending what lost its basis.
      logger.error({ err }, 'a snapshot listener failed');
    }
  }

  function refresh(): Promise<Snapshot> {
    // A read already under way may have started before the caller's commit, so the caller shares the one after it.
    next ??= reading.then(read, read);
    reading = next.catch(() => {});
    return next;
  }

  async function poll(): Promise<void> {
    const askedAtMs = clock.monotonicMs();
    try {
      const head = await store.changes.head();
      if (head === current.version) answered(askedAtMs);
      else await refresh();
    } catch (err) {
      if (!failing && !closed) logger.error({ err, version: current.version }, 'the change feed does not answer');
      failing = true;
    }
    if (!closed) schedule();
  }

  function schedule(): void {
    timer = clock.setTimeout(() => void poll(), pollIntervalMs);
  }

  schedule();
  return {
    current: () => current,
    isFresh: () => !closed && clock.monotonicMs() - answeredAtMs <= leaseMs,
    refresh,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      timer?.cancel();
      listeners.clear();
      await reading;
    },
  };
}

/** Builds a snapshot; parts that did not change are those of `previous`. */
function buildSnapshot(
  version: number,
  records: SnapshotRecords,
  previous?: Snapshot,
  changed: Partial<SnapshotRecords> = records,
): Snapshot {
  const organizations =
    previous && !changed.organizations ? previous.organizations : byKey(records.organizations, ({ id }) => id);
  const clusters = previous && !changed.clusters ? previous.clusters : byKey(records.clusters, ({ id }) => id);
  return {
    version,
    organizations,
    principals: previous && !changed.principals ? previous.principals : byKey(records.principals, ({ id }) => id),
    loginSessions:
      previous && !changed.loginSessions ? previous.loginSessions : byKey(records.loginSessions, ({ id }) => id),
    clusters,
    findCluster:
      previous && !changed.organizations && !changed.clusters ? previous.findCluster : indexClusterNames(records),
    agentCertificates:
      previous && !changed.agentCertificates
        ? previous.agentCertificates
        : byKey(records.agentCertificates, ({ serial }) => serial),
    roles: records.roles,
    bindings: records.bindings,
    authorize: authorizerOf(version, records),
  };
}

function authorizerOf(version: number, { roles, bindings }: SnapshotRecords): Authorizer {
  return createAuthorizer(compilePolicy({ roles, bindings }, version));
}

function byKey<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): ReadonlyMap<Key, Value> {
  return new Map(values.map((value) => [keyOf(value), value]));
}

function indexClusterNames({ organizations, clusters }: SnapshotRecords): Snapshot['findCluster'] {
  const names = new Map(organizations.map(({ id, name }) => [id, name]));
  const index = new Map<string, Map<string, Cluster>>(organizations.map(({ name }) => [name, new Map()]));
  for (const cluster of clusters) {
    const organizationName = names.get(cluster.organizationId);
    if (organizationName !== undefined) index.get(organizationName)?.set(cluster.name, cluster);
  }
  return (organizationName, clusterName) => index.get(organizationName)?.get(clusterName);
}
