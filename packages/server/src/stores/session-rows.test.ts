import { createId, type OrganizationId, Secret, type SessionRecordingId } from '@sallyport/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordingToStart, Store } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))(
  'what is done with sessions on $name',
  (on) => {
    let test: TestStore;
    let store: Store;
    beforeAll(async () => {
      test = await on.open();
      store = test.store;
    });
    afterAll(() => test.drop());

    async function start(organizationId: OrganizationId, overrides: Partial<RecordingToStart> = {}) {
      const recording: RecordingToStart = {
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
        isTty: true,
        isRequired: false,
        hasStdin: false,
        startedAt: new Date(),
        key: { blobStore: 'database', dataKey: new Secret('a data key') },
        ...overrides,
      };
      await store.transact((tx) => tx.recordings.start(recording));
      return recording;
    }

    /** Stores chunks without what they hold, and makes their words searchable. */
    async function index({ id, organizationId }: RecordingToStart, ...chunks: string[]): Promise<void> {
      const rows = chunks.map((_, number) => ({
        number,
        fromMs: 0,
        toMs: 0,
        bytes: 1,
        storedBytes: 1,
        headSha256: '00'.repeat(32),
      }));
      await store.transact((tx) => tx.recordings.addChunks(id, rows));
      const recording = { id, organizationId, from: 0, to: chunks.length };
      for (const [number, words] of chunks.entries()) {
        await store.sessionSearch.index(recording, number, words.split(' '));
      }
    }

    const search = async (organizationId: OrganizationId, ...phrases: string[]): Promise<SessionRecordingId[]> => {
      const words = phrases.map((phrase) => phrase.split(' '));
      const found = await store.sessionSearch.search({ organizationId }, words, { limit: 10 });
      return found.map(({ id }) => id);
    };

    it('finds recordings in which every word was printed, in whichever chunk, and phrases', async () => {
      const organizationId = createId('organization');
      const first = await start(organizationId);
      const second = await start(organizationId);
      await index(first, 'drop table users', 'permission denied');
      await index(second, 'users drop in', 'the table');
      const both = [first.id, second.id].sort().reverse();
      expect(await search(organizationId, 'drop', 'table')).toEqual(both);
      expect(await search(organizationId, 'drop table')).toEqual([first.id]);
      expect(await search(organizationId, 'denied', 'users')).toEqual([first.id]);
      expect(await search(organizationId, 'tables')).toEqual([]);
      expect(await store.sessionSearch.chunksWith(organizationId, first.id, [['denied'], ['drop']], 5)).toEqual([0, 1]);
    });

    it('finds phrases far into a chunk, across the border of two parts, and of words in every line', async () => {
      const organizationId = createId('organization');
      const recording = await start(organizationId);
      const words = Array.from({ length: 20_000 }, (_, line) => `info line${line}`);
      await index(recording, words.join(' '));
      for (const line of [0, 990, 999, 1_000, 19_999]) {
        expect(await search(organizationId, `info line${line}`), `line ${line}`).toEqual([recording.id]);
      }
      expect(await search(organizationId, 'line5 line6')).toEqual([]);
    });

    it('SEC-B21 finds nothing of another organization, and nothing of clusters that are not asked for', async () => {
      const recording = await start(createId('organization'));
      await index(recording, 'canary');
      expect(await search(createId('organization'), 'canary')).toEqual([]);
      const { organizationId, clusterId } = recording;
      const within = (clusterIds: readonly (typeof clusterId)[]) =>
        store.sessionSearch.search({ organizationId, clusterIds }, [['canary']], { limit: 10 });
      expect(await within([clusterId])).toHaveLength(1);
      expect(await within([createId('cluster')])).toEqual([]);
      expect(await within([])).toEqual([]);
    });

    it('SEC-G08 keeps no printed word in clear, and marks equal words of two organizations differently', async () => {
      const recordings = [await start(createId('organization')), await start(createId('organization'))];
      for (const recording of recordings) await index(recording, 'canaryword printed');
      const ids = recordings.map(({ id }) => id);
      const { rows } = await sql<{ text: string }>`
      select words::text as text from recording_words where recording_id = any(${ids}::text[])`.execute(test.db);
      expect(rows).toHaveLength(2);
      for (const { text } of rows) expect(text).not.toMatch(/canary|printed/i);
      const marks = rows.map(({ text }) => text.match(/'[^']+'/g) ?? []);
      expect(marks[0]?.filter((mark) => new Set<string>(marks[1]).has(mark))).toEqual([]);
    });

    it('indexes each chunk once, whoever is at it, and tells what is left', async () => {
      const recording = await start(createId('organization'));
      const mine = async () => (await store.sessionSearch.unindexed(1_000)).find(({ id }) => id === recording.id);
      await index(recording, 'one');
      expect(await mine()).toBeUndefined();
      const again = { ...recording, from: 0, to: 1 };
      await store.sessionSearch.index(again, 0, ['other']);
      expect(await search(recording.organizationId, 'other')).toEqual([]);
      const next = { number: 1, fromMs: 0, toMs: 0, bytes: 1, storedBytes: 1, headSha256: '00'.repeat(32) };
      await store.transact((tx) => tx.recordings.addChunks(recording.id, [next]));
      expect(await mine()).toMatchObject({ from: 1, to: 2 });
    });

    it('announces a termination once, and keeps the first one', async () => {
      const id = createId('decision');
      const since = await store.changes.head();
      const terminate = (reason: string) =>
        store.transact((tx) =>
          tx.sessions.terminate({ id, reason, terminatedBy: 'ann@example.com', terminatedAt: new Date() }),
        );
      expect(await terminate('not agreed upon')).toBe(true);
      expect(await terminate('again')).toBe(false);
      const { updates } = await store.changes.read(since);
      expect(updates.terminatedSessions?.get(id)).toMatchObject({ reason: 'not agreed upon' });
    });
  },
);
