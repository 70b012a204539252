import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOOPBACK_NETWORKS } from '../network/outbound-guard.ts';
import type { SnapshotSource } from '../snapshot.ts';
import { createSnapshotSource } from '../snapshot-source.ts';
import type { Leases } from '../stores/key-contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { ACCESS_NAMES, type AccessWorld, anAccessRequest, putAccessWorld } from '../testing/access-records.ts';
import { aChannel, WEBHOOK_SECRET } from '../testing/notification-records.ts';
import { createDeliverer } from './deliver.ts';
import { startDeliveries } from './delivery-runner.ts';
import { createOutbound, type Outbound } from './outbound.ts';

const INTERVAL_MS = 5_000;

/** A receiver that keeps which notifications came, and answers each when it is told to. */
async function startReceiver() {
  const came: { readonly id: string; answer(): void }[] = [];
  const waiting: { readonly count: number; resolve(): void }[] = [];
  const server = createServer((request, response) => {
    came.push({ id: String(request.headers['webhook-id']), answer: () => void response.writeHead(204).end() });
    request.resume();
    for (const { count, resolve } of waiting) if (came.length >= count) resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    came,
    /** The notification of that number, once it came. */
    async nth(number: number) {
      if (came.length < number) await new Promise<void>((resolve) => waiting.push({ count: number, resolve }));
      return came[number - 1] as (typeof came)[number];
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))(
  'two servers with one outbox on $name',
  (on) => {
    let clock: FakeClock;
    let test: TestStore;
    let world: AccessWorld;
    let snapshots: SnapshotSource;
    let outbound: Outbound;
    let receiver: Awaited<ReturnType<typeof startReceiver>>;
    const running: { close(): Promise<void> }[] = [];

    beforeEach(async () => {
      clock = createFakeClock();
      test = await on.open({ clock });
      world = await putAccessWorld(test.store);
      receiver = await startReceiver();
      const channel = aChannel(world.organizationId, {
        events: ['accessRequest.created'],
        leadsTo: { webhook: { url: receiver.url, secret: WEBHOOK_SECRET } },
      });
      await test.store.transact((tx) => tx.put('NotificationChannel', channel));
      snapshots = await createSnapshotSource({ store: test.store, clock, logger: silentLogger });
      outbound = createOutbound({ allowedAddresses: LOOPBACK_NETWORKS, now: clock.now });
    });
    afterEach(async () => {
      receiver.close();
      await Promise.all(running.splice(0).map((each) => each.close()));
      await outbound.close();
      await snapshots.close();
      await test.drop();
    });

    /** Starts a server. Once it is cut off, its lease is not prolonged. */
    function start(holder: string): { cutOff(): void } {
      const { store } = test;
      let isCutOff = false;
      const leases: Leases = {
        acquire: async (...wanted) => (isCutOff ? undefined : store.leases.acquire(...wanted)),
        release: (lease) => store.leases.release(lease),
      };
      const options = { clock, logger: silentLogger };
      const publicUrl = 'https://access.example.com';
      const deliver = createDeliverer({ ...options, store, outbound, snapshots, publicUrl });
      const { notifications } = store;
      running.push(
        startDeliveries({ ...options, store: { leases, notifications }, holder, deliver, intervalMs: INTERVAL_MS }),
      );
      return {
        cutOff() {
          isCutOff = true;
        },
      };
    }
    async function tell(): Promise<void> {
      const request = anAccessRequest(world, clock.now());
      await test.store.transact(async (tx) => {
        await tx.access.insertRequest(request, ACCESS_NAMES.request);
        const about = { organizationId: world.organizationId, subjectId: request.id };
        await tx.notifications.enqueue({ event: 'accessRequest.created', ...about });
      });
    }
    const isEmpty = async () => (await test.store.notifications.due(new Date(clock.now()), 10, [])).length === 0;

    it('has one of them send, and the other go on when that one is gone', async () => {
      const a = start('a');
      await tell();
      const sent = await receiver.nth(1);
      // `a` hangs with it for longer than its lease lives.
      a.cutOff();
      clock.advance(61_000);
      start('b');
      clock.advance(INTERVAL_MS);
      const again = await receiver.nth(2);
      expect(again.id).toBe(sent.id);
      again.answer();
      await expect.poll(isEmpty).toBe(true);
      // What `a` finds out now is not taken from it any more.
      sent.answer();
      await tell();
      const next = await receiver.nth(3);
      next.answer();
      await expect.poll(isEmpty).toBe(true);
      expect(receiver.came.map(({ id }) => id)).toEqual([sent.id, sent.id, next.id]);
    });
  },
);
