import type { AuditEvent } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCESS_NAMES,
  type AccessWorld,
  anAccessRequest,
  anIssuedGrant,
  putAccessWorld,
} from '../testing/access-records.ts';
import { aChannel, WEBHOOK_SECRET } from '../testing/notification-records.ts';
import type { Store, Transaction } from './contracts.ts';
import type { NotificationToSend } from './notification-contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('the outbox on $name', (on) => {
  let clock: FakeClock;
  let test: TestStore;
  let store: Store;
  let world: AccessWorld;
  beforeAll(async () => {
    clock = createFakeClock();
    test = await on.open({ clock });
    store = test.store;
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    world = await putAccessWorld(store);
  });

  const put = async (...channels: Parameters<typeof aChannel>[1][]) => {
    const records = channels.map((overrides) => aChannel(world.organizationId, overrides));
    await store.transact(async (tx) => {
      for (const record of records) await tx.put('NotificationChannel', record);
    });
    return records;
  };
  /** What is due of the organization of the test. */
  const due = async (except: Parameters<Store['notifications']['due']>[2] = []) =>
    (await store.notifications.due(new Date(clock.now()), 100, except)).filter(
      ({ organizationId }) => organizationId === world.organizationId,
    );
  const dueEvents = async () => (await due()).map(({ event }) => event);
  const enqueue = (...notifications: Partial<NotificationToSend>[]) =>
    store.transact(async (tx) => {
      for (const each of notifications) {
        await tx.notifications.enqueue({
          event: 'accessRequest.created',
          organizationId: world.organizationId,
          subjectId: createId('accessRequest'),
          ...each,
        });
      }
    });
  const settle = async (
    work: (tx: Transaction, id: Awaited<ReturnType<typeof due>>[number]['id']) => Promise<void>,
  ) => {
    const [first] = await due();
    if (first === undefined) throw new Error('nothing is due');
    await store.transact((tx) => work(tx, first.id));
    return first;
  };
  // What a transition writes says more, but nobody here reads it.
  // What a transition writes says more, but nobody here reads it.
  const event = (code: 'access_request.created' | 'grant.started' | 'grant.revoked', details: Record<string, string>) =>
    ({ ...anAuditEvent({ code }), details }) as unknown as AuditEvent;

  it('tells every channel that wants the event, of that organization, and none that is disabled', async () => {
    const [wants] = await put({ name: 'wants' }, { name: 'other', events: ['grant.ended'] });
    const disabled = aChannel(world.organizationId, { name: 'disabled' });
    await store.transact((tx) =>
      tx.put('NotificationChannel', { ...disabled, spec: { ...disabled.spec, disabled: true } }),
    );
    const elsewhere = await putAccessWorld(store);
    await store.transact((tx) => tx.put('NotificationChannel', aChannel(elsewhere.organizationId)));
    await enqueue({});
    expect(await due()).toMatchObject([{ channelId: wants?.id, event: 'accessRequest.created', tries: 0 }]);
  });

  it('queues with the transition and rolls back with it', async () => {
    await put({});
    const request = anAccessRequest(world, clock.now());
    const write = async (tx: Transaction) => {
      await tx.access.insertRequest(request, ACCESS_NAMES.request);
      await tx.appendAudit(event('access_request.created', { accessRequestId: request.id }));
    };
    await expect(
      store.transact(async (tx) => {
        await write(tx);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await due()).toEqual([]);
    let wakes = 0;
    const stop = store.notifications.watch(() => {
      wakes += 1;
    });
    await store.transact(write);
    expect(await due()).toMatchObject([{ event: 'accessRequest.created', subjectId: request.id }]);
    expect(wakes).toBe(1);
    stop();
  });

  it('refuses the audit event of a transition that does not say what it is of', async () => {
    await expect(store.transact((tx) => tx.appendAudit(event('grant.revoked', {})))).rejects.toThrow(/names no grant/);
  });

  it('tells of the end of a grant ahead, and takes that back when it ends before', async () => {
    await put({});
    const at = clock.now();
    const request = anAccessRequest(world, at);
    const grant = anIssuedGrant(world, at, { requestId: request.id, endsAt: new Date(at + HOUR_MS) });
    await store.transact(async (tx) => {
      await tx.access.insertRequest(request, ACCESS_NAMES.request);
      await tx.access.insertGrant(grant, ACCESS_NAMES.grant);
      await tx.appendAudit(event('grant.started', { grantId: grant.id }));
    });
    expect(await due()).toMatchObject([
      { event: 'grant.started', subjectId: request.id, details: { grantId: grant.id } },
    ]);
    await settle((tx, id) => tx.notifications.recordDelivered(id));
    clock.advance(50 * MINUTE_MS - 1);
    expect(await dueEvents()).toEqual([]);
    clock.advance(1);
    expect(await dueEvents()).toEqual(['grant.ending']);
    await store.transact((tx) => tx.appendAudit(event('grant.revoked', { grantId: grant.id })));
    expect(await dueEvents()).toEqual(['grant.ended']);
  });

  it('hands out one at a time about one subject, in their order, and others meanwhile', async () => {
    await put({});
    const subjectId = createId('accessRequest');
    const other = createId('accessRequest');
    await enqueue({ subjectId }, { subjectId, event: 'accessRequest.reviewed' }, { subjectId: other });
    const seen = async () => (await due()).map((each) => [each.subjectId, each.event]);
    expect(await seen()).toEqual([
      [subjectId, 'accessRequest.created'],
      [other, 'accessRequest.created'],
    ]);
    const nextTryAt = new Date(clock.now() + 5_000);
    await settle((tx, id) => tx.notifications.recordFailed(id, { error: 'down', nextTryAt, isDead: false }));
    expect(await seen()).toEqual([[other, 'accessRequest.created']]);
    clock.advance(5_000);
    expect(await seen()).toContainEqual([subjectId, 'accessRequest.created']);
    const [first] = (await due()).filter((each) => each.subjectId === subjectId);
    await store.transact((tx) => tx.notifications.recordDelivered(first?.id as never));
    expect(await seen()).toContainEqual([subjectId, 'accessRequest.reviewed']);
  });

  it('leaves out channels that are busy, and those that were disabled since', async () => {
    const [channel] = await put({});
    await enqueue({});
    expect(await due([channel?.id as never])).toEqual([]);
    const record = { ...(channel as NonNullable<typeof channel>) };
    await store.transact((tx) =>
      tx.put('NotificationChannel', { ...record, spec: { ...record.spec, disabled: true } }),
    );
    expect(await due()).toEqual([]);
  });

  it('keeps what was given up, lets nothing wait for it, and sends it again when asked to', async () => {
    const [channel] = await put({});
    const subjectId = createId('accessRequest');
    await enqueue({ subjectId }, { subjectId, event: 'accessRequest.denied' });
    const { id } = await settle((tx, each) =>
      tx.notifications.recordFailed(each, { error: 'x'.repeat(2_000), isDead: true }),
    );
    expect(await dueEvents()).toEqual(['accessRequest.denied']);
    const channelId = channel?.id as NonNullable<typeof channel>['id'];
    const { items, totalCount } = await store.notifications.list(channelId, { state: 'dead' }, { limit: 10 });
    expect({ items, totalCount }).toMatchObject({ totalCount: 1, items: [{ id, tries: 1, state: 'dead' }] });
    expect(items[0]?.lastError).toHaveLength(512);
    expect(await store.notifications.health(world.organizationId)).toEqual(
      new Map([[channelId, { pendingCount: 1, deadCount: 1, lastError: 'x'.repeat(512) }]]),
    );
    const again = await store.transact((tx) => tx.notifications.redeliver(channelId, id));
    expect(again).toMatchObject({ id, state: 'pending', tries: 0 });
    expect(await dueEvents()).toEqual(['accessRequest.created']);
    await settle((tx, each) => tx.notifications.recordDelivered(each));
    expect(await store.transact((tx) => tx.notifications.redeliver(channelId, id))).toBeUndefined();
    expect(
      await store.transact((tx) => tx.notifications.redeliver(createId('notificationChannel'), id)),
    ).toBeUndefined();
  });

  it('remembers what a channel calls its message about a subject', async () => {
    const [channel] = await put({});
    const channelId = channel?.id as NonNullable<typeof channel>['id'];
    await enqueue({});
    const { subjectId } = await settle((tx, id) => tx.notifications.recordDelivered(id, '{"ts":"1.2"}'));
    expect(await store.notifications.reference(channelId, subjectId)).toBe('{"ts":"1.2"}');
    expect((await store.notifications.health(world.organizationId)).get(channelId)).toMatchObject({
      pendingCount: 0,
      lastDeliveredAt: new Date(clock.now()),
    });
  });

  it('forgets what was settled thirty days ago', async () => {
    const [channel] = await put({});
    await enqueue({}, {});
    await settle((tx, id) => tx.notifications.recordDelivered(id));
    clock.advance(30 * 24 * HOUR_MS);
    await store.transact((tx) => tx.deleteExpired());
    const { items } = await store.notifications.list(channel?.id as never, {}, { limit: 10 });
    expect(items.map(({ state }) => state)).toEqual(['pending']);
  });

  it('SEC-E09 keeps secrets sealed, apart from everything that is read, until they are replaced or left out', async () => {
    const [channel] = await put({});
    const record = channel as NonNullable<typeof channel>;
    const dump = JSON.stringify((await sql`select * from notification_channels`.execute(test.db)).rows);
    expect(dump).not.toContain(WEBHOOK_SECRET);
    const { records } = await store.changes.read();
    expect(JSON.stringify(records)).not.toContain(WEBHOOK_SECRET);
    const kept = records.notificationChannels?.filter(({ id }) => id === record.id);
    expect(kept).toMatchObject([{ secretNames: ['secret'], spec: { webhook: { url: 'https://hook.example/in' } } }]);
    expect(await store.notifications.secrets(record.id)).toEqual({ secret: WEBHOOK_SECRET });
    const webhook = { url: 'https://hook.example/in' };
    await store.transact((tx) => tx.put('NotificationChannel', { ...record, spec: { ...record.spec, webhook } }));
    expect(await store.notifications.secrets(record.id)).toEqual({ secret: WEBHOOK_SECRET });
    await store.transact((tx) =>
      tx.put('NotificationChannel', { ...record, spec: { ...record.spec, webhook }, secretNames: [] }),
    );
    expect(await store.notifications.secrets(record.id)).toEqual({});
  });

  it('SEC-E09 lets a callback be claimed once, however many come at a time', async () => {
    const claim = () => store.transact((tx) => tx.oneTime.claim('callback', 'v0=abc', new Date(clock.now() + 60_000)));
    const claims = await Promise.all([claim(), claim(), claim()]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await claim()).toBe(false);
  });
});
