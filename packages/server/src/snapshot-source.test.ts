import { aBinding, aCluster, anAccessQuery, aPrincipal, aRole } from '@sallyport/authz/testing';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it, vi } from 'vitest';
import type { Snapshot } from './snapshot.ts';
import { createSnapshotSource } from './snapshot-source.ts';
import type { SnapshotRead, SnapshotRecords, SnapshotTopic, Store } from './stores/index.ts';
import { aGrant, completeRecords, type ShortRecords } from './testing/records.ts';

const EMPTY: ShortRecords = {
  organizations: [{ id: aCluster().organizationId, name: 'acme' }],
  principals: [aPrincipal()],
  clusters: [aCluster()],
  roles: [aRole()],
};

/** A change feed in memory that can be stopped. */
function aFeed() {
  const changes: Partial<SnapshotRecords>[] = [completeRecords(EMPTY)];
  let answers: Promise<void> = Promise.resolve();
  let release = () => {};
  let failure: Error | undefined;
  const watchers = new Set<(seq: number) => void>();
  const calls = { head: 0, read: 0 };
  const answer = async <Value>(value: () => Value) => {
    await answers;
    if (failure) throw failure;
    return value();
  };
  const store: Pick<Store, 'changes'> = {
    changes: {
      head: () => {
        calls.head += 1;
        return answer(() => changes.length);
      },
      watch(listener) {
        watchers.add(listener);
        return () => void watchers.delete(listener);
      },
      read: (since) => {
        calls.read += 1;
        return answer(
          (): SnapshotRead => ({
            version: changes.length,
            records: Object.assign({}, ...changes.slice(since ?? 0)),
            updates: {},
          }),
        );
      },
    },
  };
  return {
    store,
    calls,
    /** Replaces topics. */
    commit(change: ShortRecords) {
      const all = completeRecords({ ...EMPTY, ...change });
      const topics = Object.keys(change) as SnapshotTopic[];
      changes.push(Object.fromEntries(topics.map((topic) => [topic, all[topic]])));
    },
    /** Has the last change not have happened, as a backup does. */
    rollBack: () => void changes.pop(),
    /** Tells that there is a change, whether there is or not. */
    tell(seq: number) {
      for (const watcher of watchers) watcher(seq);
    },
    watchers,
    stall() {
      answers = new Promise((resolve) => {
        release = resolve;
      });
    },
    resume: () => release(),
    fail(error: Error | undefined) {
      failure = error;
    },
  };
}

describe('the snapshot source', () => {
  it('indexes the first read, and decides by it', async () => {
    const feed = aFeed();
    const source = await createSnapshotSource({ store: feed.store, clock: createFakeClock() });
    const snapshot = source.current();
    expect(snapshot.version).toBe(1);
    expect(snapshot.findCluster('acme', 'production')).toMatchObject(aCluster());
    expect(snapshot.findCluster('acme', 'constructor')).toBeUndefined();
    expect(snapshot.findCluster('__proto__', 'production')).toBeUndefined();
    expect(snapshot.principals.get(aPrincipal().id)).toMatchObject(aPrincipal());
    expect(snapshot.authorize(anAccessQuery())).toMatchObject({ effect: 'deny', snapshotVersion: 1 });
    await source.close();
  });

  it('notices a change of another replica within one poll, and tells its listeners once', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const source = await createSnapshotSource({ store: feed.store, clock });
    const seen: Snapshot[] = [];
    source.onChange((snapshot) => seen.push(snapshot));
    feed.commit({ bindings: [aBinding()] });
    await clock.advanceAsync(500);
    await clock.advanceAsync(5_000);
    expect(seen.map(({ version }) => version)).toEqual([2]);
    expect(source.current().authorize(anAccessQuery())).toMatchObject({ effect: 'allow', snapshotVersion: 2 });
    await source.close();
    expect(clock.pending).toBe(0);
  });

  it('SEC-H13 decides nothing by a database that has less than it has seen', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const source = await createSnapshotSource({ store: feed.store, clock });
    feed.commit({ bindings: [aBinding()] });
    await clock.advanceAsync(500);
    feed.rollBack();
    await clock.advanceAsync(3_000);
    expect(source.isFresh()).toBe(false);
    expect(source.current().version).toBe(2);
    await expect(source.refresh()).rejects.toMatchObject({ code: 'ERR_STORE_ROLLED_BACK' });
    await source.close();
  });

  it('notices a change at once when the feed tells of it, and asks for nothing that it holds', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const source = await createSnapshotSource({ store: feed.store, clock });
    feed.commit({ bindings: [aBinding()] });
    feed.tell(2);
    await vi.waitFor(() => expect(source.current().version).toBe(2));
    feed.tell(2);
    feed.tell(1);
    expect(feed.calls).toEqual({ head: 0, read: 2 });
    await source.close();
    expect(feed.watchers.size).toBe(0);
  });

  it('SEC-A08 takes a notification for no proof of freshness, and outlives one that leads to a failing read', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const source = await createSnapshotSource({ store: feed.store, clock });
    feed.fail(new Error('connection refused'));
    await clock.advanceAsync(2_001);
    feed.tell(7);
    await clock.advanceAsync(0);
    expect(source.isFresh()).toBe(false);
    feed.fail(undefined);
    await clock.advanceAsync(500);
    expect(source.isFresh()).toBe(true);
    await source.close();
  });

  it('asks only for the head while nothing changes', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const source = await createSnapshotSource({ store: feed.store, clock });
    await clock.advanceAsync(5_000);
    expect(feed.calls).toEqual({ head: 10, read: 1 });
    await source.close();
  });

  it('keeps the parts that did not change', async () => {
    const feed = aFeed();
    const source = await createSnapshotSource({ store: feed.store, clock: createFakeClock() });
    const before = source.current();
    feed.commit({ bindings: [aBinding()] });
    const after = await source.refresh();
    expect(after).not.toBe(before);
    expect(after.clusters).toBe(before.clusters);
    expect(after.principals).toBe(before.principals);
    expect(after.list('Cluster', aCluster().organizationId)).toBe(before.list('Cluster', aCluster().organizationId));
    expect(before.bindings).toEqual([]);
    await source.close();
  });

  it('refreshes with a read that starts after the call, even when another is under way', async () => {
    const feed = aFeed();
    const source = await createSnapshotSource({ store: feed.store, clock: createFakeClock() });
    feed.stall();
    const first = source.refresh();
    await vi.waitFor(() => expect(feed.calls.read).toBe(2));
    feed.commit({ bindings: [aBinding()] });
    const [second, third] = [source.refresh(), source.refresh()];
    feed.resume();
    await first;
    expect((await second).version).toBe(2);
    expect(await third).toBe(await second);
    expect(feed.calls.read).toBe(3);
    await source.close();
  });

  it('SEC-A08 makes no new decisions once the feed has not answered for 2 s, and goes on when it does', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const source = await createSnapshotSource({ store: feed.store, clock });
    await clock.advanceAsync(1_000);
    feed.stall();
    await clock.advanceAsync(2_000);
    expect(source.isFresh()).toBe(true);
    await clock.advanceAsync(1);
    expect(source.isFresh()).toBe(false);
    // The last snapshot still stands, for streams that are open.
    expect(source.current().version).toBe(1);

    await clock.advanceAsync(60_000);
    feed.resume();
    await clock.advanceAsync(500);
    expect(source.isFresh()).toBe(true);
    await source.close();
  });

  it('SEC-A08 counts freshness from the question: an answer that took 60 s proves nothing about now', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const source = await createSnapshotSource({ store: feed.store, clock });
    feed.stall();
    const refreshed = source.refresh();
    await clock.advanceAsync(60_000);
    feed.resume();
    await refreshed;
    expect(source.isFresh()).toBe(false);
    await source.close();
  });

  it('SEC-A08 keeps the last snapshot when reading fails, and says so once', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const lines: string[] = [];
    const log = (_: unknown, message: string) => lines.push(message);
    const logger = { debug: log, info: log, warn: log, error: log };
    const source = await createSnapshotSource({ store: feed.store, clock, logger });
    feed.commit({ bindings: [aBinding()] });
    feed.fail(new Error('connection refused'));
    await clock.advanceAsync(10_000);
    expect(source.current().version).toBe(1);
    expect(source.isFresh()).toBe(false);
    await expect(source.refresh()).rejects.toThrow('connection refused');
    feed.fail(undefined);
    await clock.advanceAsync(500);
    expect(source.current().version).toBe(2);
    expect(source.isFresh()).toBe(true);
    expect(lines).toEqual(['the change feed does not answer', 'the change feed answers again']);
    await source.close();
  });

  it('SEC-A08 decides each request on exactly one version while policies are replaced', async () => {
    const feed = aFeed();
    const source = await createSnapshotSource({ store: feed.store, clock: createFakeClock() });
    const ask = async () => {
      const { authorize } = source.current();
      await Promise.resolve();
      return authorize(anAccessQuery());
    };
    const decisions: ReturnType<typeof ask>[] = [];
    for (let round = 0; round < 50; round++) {
      feed.commit({ bindings: round % 2 === 0 ? [aBinding()] : [] });
      decisions.push(...Array.from({ length: 20 }, ask));
      await source.refresh();
    }
    for (const { effect, snapshotVersion } of await Promise.all(decisions)) {
      // Even versions hold the binding.
      expect(effect).toBe(snapshotVersion % 2 === 0 ? 'allow' : 'deny');
    }
    await source.close();
  });

  it('starts and ends grants exactly at their instants, with one timer and without asking the database', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const { id: principalId, organizationId } = aPrincipal();
    const inMs = (ms: number) => new Date(clock.now() + ms);
    // Further away than a timer can be set to.
    const DAY_MS = 86_400_000;
    const grant = aGrant(
      { organizationId, principalId, roleId: aRole().id },
      { startsAt: inMs(40 * DAY_MS + 123), endsAt: inMs(40 * DAY_MS + 2_000_123) },
    );
    feed.commit({ grants: [grant] });
    const source = await createSnapshotSource({ store: feed.store, clock, pollIntervalMs: 100 * DAY_MS });
    const startedAtMs = clock.now();
    const told: [number, number, number][] = [];
    source.onChange(({ version, grants }) => told.push([clock.now() - startedAtMs, version, grants.size]));
    clock.advance(41 * DAY_MS);
    expect(told).toEqual([
      [40 * DAY_MS + 123, 2, 1],
      [40 * DAY_MS + 2_000_123, 2, 0],
    ]);
    expect(feed.calls).toEqual({ head: 0, read: 1 });
    expect([...source.current().endedGrants.keys()]).toEqual([grant.id]);
    await source.close();
    expect(clock.pending).toBe(0);
  });

  it('sets its timer anew when a grant comes that starts sooner, or the next one goes', async () => {
    const feed = aFeed();
    const clock = createFakeClock();
    const { id: principalId, organizationId } = aPrincipal();
    const grantUntil = (ms: number) =>
      aGrant({ organizationId, principalId, roleId: aRole().id }, { endsAt: new Date(clock.now() + ms) });
    const [long, short] = [grantUntil(10_000), grantUntil(700)];
    feed.commit({ grants: [long] });
    const source = await createSnapshotSource({ store: feed.store, clock, pollIntervalMs: 1_000_000 });
    const told: number[] = [];
    const startedAtMs = clock.now();
    source.onChange(() => told.push(clock.now() - startedAtMs));
    feed.commit({ grants: [long, short] });
    await source.refresh();
    await clock.advanceAsync(700);
    expect(told).toEqual([0, 700]);
    feed.commit({ grants: [] });
    await source.refresh();
    await clock.advanceAsync(20_000);
    expect(told).toEqual([0, 700, 700]);
    await source.close();
  });

  it('keeps telling the other listeners when one throws', async () => {
    const feed = aFeed();
    const source = await createSnapshotSource({ store: feed.store, clock: createFakeClock() });
    const listener = vi.fn();
    source.onChange(() => {
      throw new Error('a fault');
    });
    const stop = source.onChange(listener);
    feed.commit({ bindings: [aBinding()] });
    await source.refresh();
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    feed.commit({ bindings: [] });
    await source.refresh();
    expect(listener).toHaveBeenCalledTimes(1);
    await source.close();
    expect(source.isFresh()).toBe(false);
  });
});
