import { randomBytes } from 'node:crypto';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { importChunkKey, openChunk } from './chunk.ts';
import { decodeEvents, type RecordedEvent } from './events.ts';
import { createSessionRecorder, type SealedChunk, type SessionRecorderOptions } from './recorder.ts';
import { createSpareBuffers } from './spare-buffers.ts';

const HEADER = { width: 80, height: 24, timestamp: 0, title: 'test', env: {} };

async function start(overrides: Partial<SessionRecorderOptions> = {}) {
  const clock = createFakeClock();
  const key = importChunkKey(randomBytes(32));
  const stored: SealedChunk[] = [];
  const onFailure = vi.fn();
  const recorder = await createSessionRecorder({
    recordingId: 'rec_a',
    header: HEADER,
    key,
    clock,
    store: async (chunks) => void stored.push(...chunks.map((chunk) => ({ ...chunk, sealed: chunk.sealed.slice() }))),
    onFailure,
    ...overrides,
  });
  const events = async (): Promise<readonly RecordedEvent[]> => {
    const all: RecordedEvent[] = [];
    for (const { number, sealed } of stored) {
      all.push(...decodeEvents(await openChunk(key, { recordingId: 'rec_a', number }, sealed)));
    }
    return all;
  };
  return { clock, recorder, stored, onFailure, events };
}

describe('a session recorder', () => {
  it('has its first chunk stored before it takes anything, and does not begin without', async () => {
    const { stored } = await start();
    expect(stored).toHaveLength(1);
    const disk = new Error('disk full');
    await expect(start({ store: () => Promise.reject(disk) })).rejects.toBe(disk);
  });

  it('stores what came within a second, so that a kill loses no more', async () => {
    const { clock, recorder, stored, events } = await start();
    recorder.bytes('stdout', Buffer.from('$ '));
    clock.advance(900);
    recorder.bytes('stdin', Buffer.from('ls\n'));
    expect(stored).toHaveLength(1);
    clock.advance(100);
    await vi.waitFor(() => expect(stored).toHaveLength(2));
    expect((await events()).slice(1)).toMatchObject([
      { kind: 'stdout', atMs: 0 },
      { kind: 'stdin', atMs: 900 },
    ]);
  });

  it('copies what it takes, and says what it came to', async () => {
    const { recorder, events, stored } = await start();
    const bytes = Buffer.from('hello');
    recorder.bytes('stdout', bytes);
    bytes.fill(0);
    recorder.resize(132, 43);
    recorder.mark('exit 0');
    const totals = await recorder.finish();
    expect((await events()).slice(1)).toEqual([
      { kind: 'stdout', atMs: 0, bytes: new Uint8Array(Buffer.from('hello')) },
      { kind: 'resize', atMs: 0, width: 132, height: 43 },
      { kind: 'mark', atMs: 0, label: 'exit 0' },
    ]);
    const byteLength = stored.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    expect(totals).toEqual({ chunkCount: 2, byteLength, headSha256: stored[1]?.headSha256, isWhole: true });
  });

  it('holds no more than its bound while output comes without end, and loses none of it', async () => {
    const limits = { bufferedBytes: 1_048_576 };
    let storedBytes = 0;
    const { recorder } = await start({
      limits,
      async store(chunks) {
        for (const { byteLength } of chunks) storedBytes += byteLength;
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const piece = randomBytes(32_768);
    let most = 0;
    const count = 1_024;
    for (let i = 0; i < count; i++) {
      await new Promise<void>((resolve) => recorder.whenRoom(resolve));
      recorder.bytes('stdout', piece);
      most = Math.max(most, recorder.bufferedBytes);
    }
    const { isWhole } = await recorder.finish();
    expect(isWhole).toBe(true);
    expect(most).toBeLessThanOrEqual(limits.bufferedBytes + 2 * piece.length);
    expect(storedBytes).toBeGreaterThanOrEqual(count * piece.length);
  });

  it('SEC-C11 fails once, with everything let go, when the store does', async () => {
    let isDown = false;
    const disk = new Error('disk full');
    const stored: SealedChunk[] = [];
    const { clock, recorder, onFailure } = await start({
      store: async (chunks) => {
        if (isDown) throw disk;
        stored.push(...chunks);
      },
    });
    recorder.bytes('stdout', Buffer.from('kept'));
    clock.advance(1_000);
    await vi.waitFor(() => expect(stored).toHaveLength(2));
    isDown = true;
    recorder.bytes('stdout', Buffer.from('lost'));
    clock.advance(1_000);
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalledExactlyOnceWith(disk));
    recorder.bytes('stdout', Buffer.from('not even taken'));
    expect(recorder.bufferedBytes).toBe(0);
    expect(await recorder.finish()).toMatchObject({ chunkCount: 2, isWhole: false, headSha256: stored[1]?.headSha256 });
  });

  it('goes on for as long as anything is stored in time, however far behind it is', async () => {
    const limits = { bufferedBytes: 1_000, chunkBytes: 1_000, chunksAtOnce: 1 };
    const stored: (() => void)[] = [];
    let calls = 0;
    const { clock, recorder, onFailure } = await start({
      limits,
      store: () => (calls++ === 0 ? Promise.resolve() : new Promise((resolve) => stored.push(resolve))),
    });
    recorder.bytes('stdout', new Uint8Array(6_000));
    const go = vi.fn();
    recorder.whenRoom(go);
    for (let count = 1; !go.mock.calls.length && count <= 10; count++) {
      await vi.waitFor(() => expect(stored).toHaveLength(count));
      clock.advance(1_000);
      stored.at(-1)?.();
      await vi.waitFor(() => expect(go.mock.calls.length + stored.length).toBeGreaterThan(count));
    }
    expect(stored.length).toBeGreaterThan(3);
    expect([go.mock.calls.length, onFailure.mock.calls]).toEqual([1, []]);
  });

  it('SEC-C11 fails with ERR_RECORDING_BEHIND within two seconds when the store takes nothing any more', async () => {
    const limits = { bufferedBytes: 1_000 };
    let calls = 0;
    const { clock, recorder, onFailure } = await start({
      limits,
      store: (_chunks, signal) =>
        calls++ === 0
          ? Promise.resolve()
          : new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    recorder.bytes('stdout', new Uint8Array(2_000));
    const go = vi.fn();
    recorder.whenRoom(go);
    clock.advance(1_499);
    expect(go).not.toHaveBeenCalled();
    clock.advance(1);
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ERR_RECORDING_BEHIND' }));
    expect(go).toHaveBeenCalledOnce();
    expect(await recorder.finish()).toMatchObject({ chunkCount: 1, isWhole: false });
  });

  it('uses the memory of stored chunks again, for others too, and only once they are stored', async () => {
    const buffers = createSpareBuffers({ bytes: 4_096, most: 8 });
    const used = new Set<ArrayBuffer>();
    const limits = { chunkBytes: 4_000, chunksAtOnce: 2, bufferedBytes: 16_000 };
    const recordings = await Promise.all(
      ['rec_a', 'rec_b'].map(async (recordingId, nth) => {
        const key = importChunkKey(randomBytes(32));
        const stored: { readonly number: number; readonly sealed: Uint8Array }[] = [];
        const recorder = await createSessionRecorder({
          recordingId,
          header: HEADER,
          key,
          clock: createFakeClock(),
          limits,
          buffers,
          onFailure: (error) => expect.fail(String(error)),
          async store(chunks) {
            for (const { number, sealed } of chunks) {
              used.add(sealed.buffer);
              // Others go on meanwhile.
              for (let turns = 0; turns <= (number + nth) % 3; turns++) await new Promise((done) => setImmediate(done));
              stored.push({ number, sealed: sealed.slice() });
            }
          },
        });
        return { recordingId, key, stored, recorder, printed: randomBytes(100_000) };
      }),
    );
    for (let at = 0; at < 100_000; at += 1_000) {
      for (const { recorder, printed } of recordings) {
        recorder.bytes('stdout', printed.subarray(at, at + 1_000));
        await new Promise<void>((go) => recorder.whenRoom(go));
      }
      if (at % 10_000 === 0) await new Promise((done) => setImmediate(done));
    }
    for (const { recordingId, key, stored, recorder, printed } of recordings) {
      expect(await recorder.finish()).toMatchObject({ isWhole: true });
      const pieces: Uint8Array[] = [];
      for (const { number, sealed } of stored) {
        for (const event of decodeEvents(await openChunk(key, { recordingId, number }, sealed))) {
          if (event.kind === 'stdout') pieces.push(event.bytes);
        }
      }
      expect(Buffer.concat(pieces).equals(printed)).toBe(true);
    }
    expect(used.size).toBeLessThan(20);
  });
});
