import type { RecordedEvent } from '@sallyport/audit/recording';
import { createId, type SessionRecordingId, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnindexedRecording } from '../stores/session-contracts.ts';
import { startWordIndex } from './index-words.ts';

const COST_MS = 50;
const organizationId = createId('organization');

describe('the index of what was printed', () => {
  let clock: FakeClock;
  let chunks: Map<SessionRecordingId, { indexed: number; stored: number }>;
  /** What was indexed, in order, and when. */
  let done: { readonly id: SessionRecordingId; readonly number: number; readonly atMs: number }[];
  let words: readonly string[][];
  let unreadable: SessionRecordingId | undefined;
  let index: ReturnType<typeof startWordIndex>;
  let wake: () => void;
  let acquired: number;

  beforeEach(() => {
    clock = createFakeClock();
    [chunks, done, words, unreadable, acquired] = [new Map(), [], [], undefined, 0];
    index = startWordIndex({
      clock,
      logger: silentLogger,
      holder: 'this',
      source: {
        open: async (id) => {
          if (id === unreadable) throw new Error('it lies elsewhere');
          return async (number): Promise<readonly RecordedEvent[]> => [
            { kind: 'stdout', atMs: 0, bytes: Buffer.from(`line ${number}\n`) },
          ];
        },
      },
      store: {
        leases: {
          async acquire(name, holder, ttlMs) {
            acquired += 1;
            return { name, holder, epoch: 1, expiresAt: new Date(clock.now() + ttlMs) };
          },
          release: async () => {},
        },
        recordings: {
          watch(listener: () => void) {
            wake = listener;
            return () => {};
          },
        } as Parameters<typeof startWordIndex>[0]['store']['recordings'],
        sessionSearch: {
          async unindexed(limit: number, after?: SessionRecordingId) {
            const found: UnindexedRecording[] = [];
            for (const [id, { indexed, stored }] of chunks) {
              if (indexed < stored && (after === undefined || id > after))
                found.push({ id, organizationId, from: indexed, to: stored });
            }
            return found.slice(0, limit);
          },
          async index({ id }: UnindexedRecording, number: number, found: readonly string[]) {
            await new Promise<void>((resolve) => clock.setTimeout(resolve, COST_MS));
            done.push({ id, number, atMs: clock.monotonicMs() });
            words = [...words, [...found]];
            const row = chunks.get(id);
            if (row !== undefined) row.indexed = number + 1;
          },
        } as unknown as Parameters<typeof startWordIndex>[0]['store']['sessionSearch'],
      },
    });
  });
  afterEach(() => index.close());

  function aRecording(stored: number): SessionRecordingId {
    const id = createId('sessionRecording', clock.now() + chunks.size);
    chunks.set(id, { indexed: 0, stored });
    return id;
  }

  it('rests three times as long as a chunk took, so that whoever decides is not kept from the database', async () => {
    const id = aRecording(3);
    wake();
    await clock.advanceAsync(3 * 4 * COST_MS);
    expect(done).toEqual([
      { id, number: 0, atMs: COST_MS },
      { id, number: 1, atMs: 5 * COST_MS },
      { id, number: 2, atMs: 9 * COST_MS },
    ]);
    // With what led up to each, as a phrase may begin there.
    expect(words).toEqual([
      ['line', '0'],
      ['line', '0', 'line', '1'],
      ['line', '1', 'line', '2'],
    ]);
  });

  it('lets no recording wait for the end of a long one', async () => {
    const long = aRecording(40);
    const short = aRecording(1);
    wake();
    await clock.advanceAsync(42 * 4 * COST_MS);
    expect(done.map(({ id }) => id).indexOf(short)).toBe(16);
    expect(done.filter(({ id }) => id === long).map(({ number }) => number)).toEqual(
      Array.from({ length: 40 }, (_, n) => n),
    );
  });

  it('goes on behind one that can not be read, which it does not turn to again and again', async () => {
    unreadable = aRecording(40);
    const other = aRecording(2);
    wake();
    await clock.advanceAsync(2 * 4 * COST_MS);
    expect(done.map(({ id, number }) => ({ id, number }))).toEqual([
      { id: other, number: 0 },
      { id: other, number: 1 },
    ]);
    expect(acquired).toBe(1);
  });

  it('prolongs its lease while there is much to do', async () => {
    aRecording(400);
    wake();
    await clock.advanceAsync(30_500);
    expect(acquired).toBe(2);
    await clock.advanceAsync(50_500);
    expect(acquired).toBe(3);
    expect(done).toHaveLength(400);
  });

  it('closes in the middle of a rest', async () => {
    aRecording(400);
    wake();
    await clock.advanceAsync(2 * COST_MS);
    await index.close();
    expect(done).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
