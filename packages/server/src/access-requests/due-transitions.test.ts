import { type AuditEvent, detailsOf } from '@sallyport/audit';
import { createId, type Logger, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import {
  ACCESS_NAMES,
  type AccessWorld,
  anAccessRequest,
  anIssuedGrant,
  putAccessWorld,
} from '../testing/access-records.ts';
import { aSnapshot } from '../testing/records.ts';
import { startDueTransitions } from './due-transitions.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('the job of what is due, on $name', (on) => {
  let clock: FakeClock;
  let test: TestStore;
  let store: Store;
  let world: AccessWorld;
  const running: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    clock = createFakeClock();
    test = await on.open({ clock });
    store = test.store;
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    world = await putAccessWorld(store);
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close();
    expect(clock.pending).toBe(0);
    for (const table of ['grants', 'access_requests', 'leases'] as const) await test.db.deleteFrom(table).execute();
  });

  const warned: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warned.push(String(message)) };
  function start(holder = 'a', of: Parameters<typeof startDueTransitions>[0]['store'] = store) {
    const snapshot = aSnapshot({
      organizations: [{ id: world.organizationId, name: 'acme' }],
      clusters: [world.cluster],
    });
    const job = startDueTransitions({ store: of, snapshots: { current: () => snapshot }, holder, clock, logger });
    running.push(job);
    return job;
  }

  /** Everything that the audit log says of requests and grants, oldest first. */
  async function told(): Promise<readonly AuditEvent[]> {
    const events = await store.listAudit({ organizationId: world.organizationId, limit: 500 });
    return events.filter(({ code }) => /^(?:grant|access_request)\./.test(code)).reverse();
  }
  const codes = async () => (await told()).map(({ code }) => code);
  /** Waits until the job sleeps, which it does when a timer is set. */
  const asleep = (timers = running.length) => expect.poll(() => clock.pending, { timeout: 10_000 }).toBe(timers);
  async function advance(ms: number): Promise<void> {
    await asleep();
    clock.advance(ms);
    await asleep();
  }

  const put = (grant = anIssuedGrant(world, clock.now())) =>
    store.transact((tx) => tx.access.insertGrant(grant, ACCESS_NAMES.grant)).then(() => grant);

  it('starts and ends grants, and lets requests expire, at their very instants', async () => {
    start();
    const at = clock.now();
    const request = anAccessRequest(world, at, { pendingUntil: new Date(at + 3 * MINUTE_MS + 5) });
    await store.transact((tx) => tx.access.insertRequest(request, ACCESS_NAMES.request));
    const grant = await put(
      anIssuedGrant(world, at, { startsAt: new Date(at + 90_001), endsAt: new Date(at + 2 * MINUTE_MS) }),
    );
    for (const ms of [30_000, 30_000, 30_000]) await advance(ms);
    expect(await codes()).toEqual([]);
    await advance(1);
    expect(await codes()).toEqual(['grant.started']);
    await advance(29_998);
    expect(await codes()).toEqual(['grant.started']);
    await advance(1);
    expect(await codes()).toEqual(['grant.started', 'grant.expired']);
    for (const ms of [30_000, 30_000, 4]) await advance(ms);
    expect(await codes()).toHaveLength(2);
    await advance(1);
    expect(await told()).toMatchObject([
      {
        code: 'grant.started',
        at: grant.startsAt,
        clusterId: world.cluster.id,
        clusterName: 'prod',
        details: { grantId: grant.id, user: 'rita@example.com', role: 'deployer' },
      },
      { code: 'grant.expired', at: grant.endsAt, details: { grantId: grant.id } },
      {
        code: 'access_request.expired',
        at: request.pendingUntil,
        details: {
          accessRequestId: request.id,
          requester: 'rita@example.com',
          role: 'deployer',
          requestPolicy: 'deploys',
        },
      },
    ]);
    expect(await store.access.findRequest(world.organizationId, request.id)).toMatchObject({
      state: 'expired',
      resolution: { at: request.pendingUntil },
    });
    expect(await store.access.findGrant(world.organizationId, grant.id)).toMatchObject({
      isStarted: true,
      end: { at: grant.endsAt, state: 'expired' },
    });
  });

  it('tells the start of a grant that starts at once, and takes one that ends sooner by then into account', async () => {
    start();
    await asleep();
    const grant = await put();
    await expect.poll(codes).toEqual(['grant.started']);
    await asleep();
    const endsAt = new Date(clock.now() + 10_000);
    await store.transact((tx) => tx.access.updateGrant({ ...grant, endsAt }));
    await asleep();
    await advance(9_999);
    expect(await codes()).toEqual(['grant.started']);
    await advance(1);
    expect(await codes()).toEqual(['grant.started', 'grant.expired']);
  });

  it('SEC-E11 catches up once after a time without a server, and nothing ended comes back with the clock', async () => {
    const job = start();
    const grant = await put();
    await expect.poll(codes).toEqual(['grant.started']);
    const unseen = await put(
      anIssuedGrant(world, clock.now(), {
        startsAt: new Date(clock.now() + MINUTE_MS),
        endsAt: new Date(clock.now() + HOUR_MS),
      }),
    );
    const request = anAccessRequest(world, clock.now(), { pendingUntil: new Date(clock.now() + HOUR_MS) });
    await store.transact((tx) => tx.access.insertRequest(request, ACCESS_NAMES.request));
    await job.close();
    running.length = 0;
    clock.advance(2 * HOUR_MS);
    expect(await codes()).toEqual(['grant.started']);

    start('b');
    await expect.poll(codes).toHaveLength(5);
    await asleep();
    const events = await told();
    const ofId = (id: string) =>
      events.filter(({ details }) => Object.values(details ?? {}).includes(id)).map(({ code }) => code);
    expect(ofId(grant.id)).toEqual(['grant.started', 'grant.expired']);
    expect(ofId(unseen.id)).toEqual(['grant.started', 'grant.expired']);
    expect(ofId(request.id)).toEqual(['access_request.expired']);

    clock.setWallClock(new Date(grant.endsAt.getTime() - HOUR_MS / 2));
    start('c');
    await asleep();
    for (let i = 0; i < 4; i++) await advance(30_000);
    expect(await codes()).toHaveLength(5);
    for (const { id } of [grant, unseen]) {
      expect(await store.access.findGrant(world.organizationId, id)).toMatchObject({ end: { state: 'expired' } });
    }
    const live = await store.access.listGrants(
      { organizationId: world.organizationId, states: ['active', 'scheduled'] },
      { at: new Date(clock.now()), limit: 10 },
    );
    expect(live.items).toEqual([]);
    await expect(store.transact((tx) => tx.access.updateGrant(grant))).rejects.toMatchObject({
      code: 'ERR_STORE_CONFLICT',
    });
  });

  it('SEC-E11 ends a grant when its time has passed, although the clock was set back an hour meanwhile', async () => {
    start();
    await put(anIssuedGrant(world, clock.now(), { endsAt: new Date(clock.now() + MINUTE_MS) }));
    await expect.poll(codes).toEqual(['grant.started']);
    await advance(20_000);
    clock.setWallClock(new Date(clock.now() - HOUR_MS));
    await advance(30_000);
    expect(await codes()).toEqual(['grant.started']);
    await advance(10_000);
    // By the time that they show, the end came before the start.
    expect(new Set(await codes())).toEqual(new Set(['grant.started', 'grant.expired']));
  });

  it('SEC-E15 tells each thing once, whatever number of servers run and however one of them fails', async () => {
    warned.length = 0;
    const other = (await test.openAnother?.()) ?? store;
    let failures = 0;
    /** A server that dies after everything but the commit, time and again. */
    const failing: typeof store = {
      ...store,
      transact: (work) =>
        store.transact(async (tx) => {
          const result = await work(tx);
          failures += 1;
          if (failures % 2 === 1) throw new Error('the server died');
          return result;
        }),
    };
    const at = clock.now();
    const count = 60;
    const requests = Array.from({ length: count }, () =>
      anAccessRequest(world, at, { pendingUntil: new Date(at + 10_000) }),
    );
    const grants = Array.from({ length: count }, () => anIssuedGrant(world, at, { endsAt: new Date(at + 10_000) }));
    await store.transact(async (tx) => {
      for (const request of requests) await tx.access.insertRequest(request, ACCESS_NAMES.request);
      for (const grant of grants) await tx.access.insertGrant(grant, ACCESS_NAMES.grant);
    });
    start('a', failing);
    start('b', other);
    await asleep();
    clock.advance(10_000);
    await expect
      .poll(
        async () => {
          await asleep();
          clock.advance(1_000);
          return (await codes()).length;
        },
        { timeout: 20_000 },
      )
      .toBe(3 * count);
    await asleep();
    const events = await told();
    const tellings = new Map<string, number>();
    for (const event of events) {
      const { grantId, accessRequestId } = detailsOf(event);
      const key = `${event.code} ${grantId ?? accessRequestId}`;
      tellings.set(key, (tellings.get(key) ?? 0) + 1);
    }
    expect([...tellings.keys()].sort()).toEqual(
      [
        ...requests.map(({ id }) => `access_request.expired ${id}`),
        ...grants.flatMap(({ id }) => [`grant.started ${id}`, `grant.expired ${id}`]),
      ].sort(),
    );
    expect(new Set(tellings.values())).toEqual(new Set([1]));
    expect(failures).toBeGreaterThan(0);
    for (const one of running.splice(0)) await one.close();
    if (other !== store) await other.close();
  });

  it('lets whoever holds the lease finish, and takes over what they left', async () => {
    const lease = await store.leases.acquire('due-access', 'dead', 30_000);
    expect(lease).toBeDefined();
    await put();
    start();
    for (let i = 0; i < 29; i++) await advance(1_000);
    expect(await codes()).toEqual([]);
    await advance(1_000);
    expect(await codes()).toEqual(['grant.started']);
  });

  it('sees within half a minute what another server made that is gone', async () => {
    start('a', { ...store, access: { ...store.access, watch: () => () => {} } });
    await asleep();
    await put(anIssuedGrant(world, clock.now(), { id: createId('grant') }));
    await advance(30_000);
    expect(await codes()).toEqual(['grant.started']);
  });
});
