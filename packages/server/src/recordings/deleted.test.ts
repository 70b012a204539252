import { type BlobStore, chunkKeyOf, createMemoryBlobStore } from '@sallyport/audit/recording';
import { createId, Secret, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Lease } from '../stores/key-contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { deleteChunksOfDeleted, startDeletedRecordings } from './deleted.ts';

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))(
  'recordings that were deleted, on $name',
  (on) => {
    let clock: FakeClock;
    let test: TestStore;
    let lease: Lease;
    let blobs: BlobStore;
    let others: BlobStore;
    beforeAll(async () => {
      clock = createFakeClock();
      test = await on.open({ clock });
    }, 60_000);
    beforeEach(async () => {
      [blobs, others] = [createMemoryBlobStore(), createMemoryBlobStore()];
      lease = (await test.store.leases.acquire(createId('replica'), 'a', 60_000)) as Lease;
      await sql`delete from deleted_recordings`.execute(test.db);
    });
    afterAll(() => test.drop());

    async function record(blobStore: string, chunkCount = 2) {
      const id = createId('sessionRecording');
      await test.store.transact((tx) =>
        tx.recordings.start({
          id,
          requestId: createId('decision'),
          replicaId: createId('replica'),
          organizationId: createId('organization'),
          clusterId: createId('cluster'),
          clusterName: 'prod',
          principalId: createId('principal'),
          userName: 'ada',
          kind: 'exec',
          namespace: 'shop',
          pod: 'web-0',
          isTty: true,
          isRequired: false,
          hasStdin: false,
          startedAt: new Date(clock.now()),
          key: { blobStore, dataKey: new Secret('key') },
        }),
      );
      for (let number = 0; number < chunkCount; number += 1) {
        for (const store of [blobs, others]) await store.put(chunkKeyOf(id, number), Uint8Array.of(number));
      }
      return id;
    }
    const drop = (...ids: readonly string[]) =>
      sql`delete from recordings where id = any(${ids}::text[])`.execute(test.db);
    const options = (stores: Record<string, Partial<BlobStore>> = { memory: blobs }) => ({
      store: test.store,
      holder: 'a',
      blobStores: new Map(Object.entries(stores)) as ReadonlyMap<string, BlobStore>,
      clock,
      logger: silentLogger,
    });
    const left = async (of: BlobStore, id: string) => {
      const keys: string[] = [];
      for await (const key of of.list(`recordings/${id}/`)) keys.push(key);
      return keys.length;
    };
    const remembered = async () => (await test.store.recordings.deleted(100)).map(({ id }) => id);

    it('lose their chunks, whatever deleted their rows, and the chunks of no other recording', async () => {
      const [gone, kept] = [await record('memory'), await record('memory')];
      await drop(gone);
      const foreign = createId('sessionRecording');
      await blobs.put(chunkKeyOf(foreign, 0), Uint8Array.of(1));
      await deleteChunksOfDeleted(options(), lease);
      expect([await left(blobs, gone), await left(blobs, kept), await left(blobs, foreign)]).toEqual([0, 2, 1]);
      expect(await remembered()).toEqual([]);
    });

    it('wait for a blob store that fails or is not set up, which is told once, and others do not wait with them', async () => {
      const ids = [await record('away'), await record('away'), await record('unknown'), await record('memory')];
      await drop(...ids);
      const list = vi.fn(() => {
        throw new Error('no answer');
      });
      const warn = vi.fn();
      const given = { ...options({ away: { ...others, list }, memory: blobs }), logger: { ...silentLogger, warn } };
      await deleteChunksOfDeleted(given, lease);
      expect(await remembered()).toEqual(ids.slice(0, 3).toSorted());
      expect(list).toHaveBeenCalledOnce();
      expect(warn.mock.calls.map(([facts]) => facts.blobStore)).toEqual(['away', 'unknown']);
      await deleteChunksOfDeleted(options({ away: others, unknown: others, memory: blobs }), lease);
      expect(await remembered()).toEqual([]);
      expect(await Promise.all(ids.slice(0, 3).map((id) => left(others, id)))).toEqual([0, 0, 0]);
    });

    it('are not forgotten by a server that leads no longer', async () => {
      const id = await record('memory');
      await drop(id);
      const refusal = expect.objectContaining({ code: 'ERR_STORE_LEASE_LOST' });
      await expect(deleteChunksOfDeleted(options(), { ...lease, epoch: lease.epoch + 1 })).rejects.toEqual(refusal);
      expect(await remembered()).toEqual([id]);
    });

    it('are looked for by a job, which clears what unfinished writes left a day ago, once a day', async () => {
      const id = await record('memory');
      await drop(id);
      const deleteUnfinished = vi.fn(async (_before: Date) => 1);
      const job = startDeletedRecordings(options({ memory: { ...blobs, deleteUnfinished } }));
      const minutes = async (check: () => unknown) =>
        vi.waitFor(
          async () => {
            clock.advance(60_000);
            await check();
          },
          { timeout: 20_000 },
        );
      await minutes(() => expect(deleteUnfinished).toHaveBeenCalledOnce());
      const [before] = deleteUnfinished.mock.calls[0] ?? [];
      expect(clock.now() - Number(before)).toBeGreaterThanOrEqual(24 * 3_600_000);
      expect(await left(blobs, id)).toBe(0);
      const next = await record('memory');
      await drop(next);
      await minutes(async () => expect(await remembered()).toEqual([]));
      await job.close();
      expect(deleteUnfinished).toHaveBeenCalledOnce();
    });
  },
);
