import { createHash } from 'node:crypto';
import { createId, type OrganizationId, Secret, type SessionRecordingId } from '@sallyport/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordingChunkRow, RecordingToStart, Store } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

function aRecording(organizationId: OrganizationId, overrides: Partial<RecordingToStart> = {}): RecordingToStart {
  return {
    id: createId('sessionRecording'),
    requestId: createId('decision'),
    replicaId: createId('replica'),
    organizationId,
    clusterId: createId('cluster'),
    clusterName: 'prod',
    principalId: createId('principal'),
    userName: 'ann@example.com',
    kind: 'exec',
    namespace: 'shop',
    pod: 'web-0',
    container: 'web',
    command: ['mysql', '-pcanary-password'],
    isTty: true,
    isRequired: false,
    hasStdin: false,
    startedAt: new Date('2026-03-01T12:00:00Z'),
    key: { blobStore: 'database', dataKey: new Secret('canary-data-key') },
    ...overrides,
  };
}

function aChunk(number: number): RecordingChunkRow {
  const fromMs = number * 1_000;
  return { number, fromMs, toMs: fromMs + 10, bytes: 100, storedBytes: 60, headSha256: hashOf(String(number)) };
}

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('recordings on $name', (on) => {
  let test: TestStore;
  let store: Store;
  beforeAll(async () => {
    test = await on.open();
    store = test.store;
  });
  afterAll(() => test.drop());

  const start = async (overrides: Partial<RecordingToStart> = {}, organizationId = createId('organization')) => {
    const recording = aRecording(organizationId, overrides);
    await store.transact((tx) => tx.recordings.start(recording));
    return recording;
  };
  const addChunks = (id: SessionRecordingId, ...chunks: RecordingChunkRow[]) =>
    store.transact((tx) => tx.recordings.addChunks(id, chunks));

  it('keeps a recording as it began, grew and ended', async () => {
    const recording = await start();
    await addChunks(recording.id, aChunk(0));
    await addChunks(recording.id, aChunk(1), aChunk(2));
    const endedAt = new Date('2026-03-01T12:00:09Z');
    const { id, organizationId } = recording;
    const end = { id, state: 'complete', endedAt, exitCode: 3 } as const;
    expect(await store.transact((tx) => tx.recordings.end(end))).toBeDefined();
    const { key, ...facts } = recording;
    expect(await store.recordings.find(organizationId, id)).toEqual({
      ...facts,
      state: 'complete',
      exitCode: 3,
      endedAt,
      chunkCount: 3,
      bytes: 300,
      storedBytes: 180,
      headSha256: hashOf('2'),
    });
    expect(await store.recordings.chunks(id, 1, 10)).toEqual([aChunk(1), aChunk(2)]);
    expect((await store.recordings.key(id))?.dataKey.reveal()).toBe(key?.dataKey.reveal());
  });

  it('takes neither chunks nor a second end once it has ended', async () => {
    const { id, organizationId } = await start();
    await addChunks(id, aChunk(0));
    const end = { id, state: 'interrupted', endedAt: new Date(), reason: 'the server was gone' } as const;
    expect(await store.transact((tx) => tx.recordings.end(end))).toBeDefined();
    expect(await addChunks(id, aChunk(1))).toBe(false);
    expect(await store.transact((tx) => tx.recordings.end({ ...end, state: 'complete' }))).toBeUndefined();
    const found = await store.recordings.find(organizationId, id);
    expect(found).toMatchObject({ state: 'interrupted', chunkCount: 1 });
    expect(await store.recordings.chunks(id, 0, 10)).toHaveLength(1);
  });

  it('SEC-B21 lists and finds nothing of another organization', async () => {
    const { id, organizationId } = await start();
    const foreign = await start();
    const { items, totalCount } = await store.recordings.list({ organizationId }, { limit: 10 });
    expect({ ids: items.map((item) => item.id), totalCount }).toEqual({ ids: [id], totalCount: 1 });
    expect(await store.recordings.find(organizationId, foreign.id)).toBeUndefined();
  });

  it('lists newest first, page by page, by each field', async () => {
    const organizationId = createId('organization');
    const first = await start({ startedAt: new Date('2026-03-01T10:00:00Z') }, organizationId);
    const second = await start({ pod: 'db-0', namespace: 'data', kind: 'attach' }, organizationId);
    const third = await start({}, organizationId);
    const ids = async (selection: object, page = { limit: 10 } as { limit: number; after?: SessionRecordingId }) =>
      (await store.recordings.list({ organizationId, ...selection }, page)).items.map(({ id }) => id);
    expect(await ids({})).toEqual([third.id, second.id, first.id].sort().reverse());
    const all = await ids({});
    expect(await ids({}, { limit: 2 })).toEqual(all.slice(0, 2));
    expect(await ids({}, { limit: 2, after: all[1] as SessionRecordingId })).toEqual(all.slice(2));
    expect(await ids({ pod: 'db-0' })).toEqual([second.id]);
    expect(await ids({ namespace: 'data', kind: 'attach', state: 'recording' })).toEqual([second.id]);
    expect(await ids({ clusterIds: [third.clusterId] })).toEqual([third.id]);
    expect(await ids({ clusterIds: [] })).toEqual([]);
    expect(await ids({ principalId: first.principalId })).toEqual([first.id]);
    expect(await ids({ until: new Date('2026-03-01T11:00:00Z') })).toEqual([first.id]);
    expect(await ids({ since: new Date('2026-03-01T13:00:00Z') })).toEqual([]);
  });

  it('SEC-B21 lists those that somebody sees: of the clusters, and their own', async () => {
    const organizationId = createId('organization');
    const own = await start({}, organizationId);
    const seen = await start({}, organizationId);
    const hidden = await start({}, organizationId);
    await start({ principalId: own.principalId, clusterId: seen.clusterId });
    const { principalId } = own;
    const ids = async (selection: object) => {
      const { items, totalCount } = await store.recordings.list({ organizationId, ...selection }, { limit: 10 });
      expect(totalCount).toBe(items.length);
      return items.map(({ id }) => id);
    };
    const some = { sight: { clusterIds: [seen.clusterId], principalId } };
    expect(await ids(some)).toEqual([own.id, seen.id].sort().reverse());
    expect(await ids({ sight: { clusterIds: [], principalId } })).toEqual([own.id]);
    expect(await ids({ ...some, clusterIds: [own.clusterId] })).toEqual([own.id]);
    expect(await ids({ ...some, clusterIds: [hidden.clusterId] })).toEqual([]);
    expect(await ids({ ...some, principalId: hidden.principalId })).toEqual([]);
    expect(await ids({ ...some, principalId: seen.principalId })).toEqual([seen.id]);
  });

  it('SEC-G08 keeps neither command lines nor data keys in clear', async () => {
    const { id } = await start();
    const { rows } = await sql<{ text: string }>`select r::text as text from recordings r where id = ${id}`.execute(
      test.db,
    );
    expect(rows[0]?.text).toContain(id);
    expect(rows[0]?.text).not.toContain('canary');
  });

  it('takes chunks that come again for those that are there', async () => {
    const { id, organizationId } = await start();
    await addChunks(id, aChunk(0));
    expect(await addChunks(id, aChunk(0))).toBe(true);
    await addChunks(id, aChunk(0), aChunk(1));
    expect(await store.recordings.find(organizationId, id)).toMatchObject({ chunkCount: 2, bytes: 200 });
  });

  it('tells recordings of servers that are gone from those of servers that live', async () => {
    const [gone, alive, ended] = [await start(), await start(), await start()];
    await store.replicas.renew(alive.replicaId, 60_000);
    await store.replicas.renew(gone.replicaId, 0);
    const end = { id: ended.id, state: 'complete', endedAt: new Date() } as const;
    await store.transact((tx) => tx.recordings.end(end));
    const found = (await store.recordings.abandoned(100)).map(({ id }) => id);
    expect(found).toContain(gone.id);
    expect(found).not.toContain(alive.id);
    expect(found).not.toContain(ended.id);
  });

  it('wakes whoever waits for chunks', async () => {
    const { id } = await start();
    let woken = 0;
    const stop = store.recordings.watch(() => woken++);
    await addChunks(id, aChunk(0));
    stop();
    await addChunks(id, aChunk(1));
    expect(woken).toBe(1);
  });

  it('keeps blobs byte for byte and lists them by prefix', async () => {
    const { blobs } = store.recordings;
    const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    for (const key of ['a/1', 'a/0', 'b/0']) await blobs.put(key, body);
    expect(Buffer.from((await blobs.get('a/1')) ?? []).equals(body)).toBe(true);
    expect(await blobs.list('a/', { limit: 10 })).toEqual(['a/0', 'a/1']);
    expect(await blobs.list('a/', { limit: 10, after: 'a/0' })).toEqual(['a/1']);
    await blobs.delete('a/0');
    expect(await blobs.get('a/0')).toBeUndefined();
  });
});
