import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it, vi } from 'vitest';
import type { RecordingChunkRow } from '../../stores/contracts.ts';
import { createChunkNotes } from './chunk-notes.ts';

const row = (number: number): RecordingChunkRow => ({
  number,
  fromMs: 0,
  toMs: 1,
  bytes: 1,
  storedBytes: 1,
  headSha256: '00',
});

/** Notes with a database that answers when it is told to. */
function setUp() {
  const clock = createFakeClock();
  const written: number[][] = [];
  const answers: ((error?: Error) => void)[] = [];
  const onFailure = vi.fn();
  const notes = createChunkNotes({
    clock,
    onFailure,
    write: (rows) => {
      written.push(rows.map(({ number }) => number));
      return new Promise((resolve, reject) => {
        answers.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    },
  });
  const answer = async (error?: Error) => {
    answers.shift()?.(error);
    await new Promise(setImmediate);
  };
  return { clock, written, notes, onFailure, answer };
}

describe('noting stored chunks', () => {
  it('notes one that comes alone at once, and those that follow quickly together', async () => {
    const { clock, written, notes, answer } = setUp();
    notes.add([row(1)]);
    expect(written).toEqual([[1]]);
    notes.add([row(2)]);
    await answer();
    notes.add([row(3), row(4)]);
    expect(written).toEqual([[1]]);
    await clock.advanceAsync(100);
    expect(written).toEqual([[1], [2, 3, 4]]);
    await answer();
    await clock.advanceAsync(1_000);
    notes.add([row(5)]);
    expect(written).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('notes at the end what waits, without waiting for more', async () => {
    const { written, notes, answer } = setUp();
    notes.add([row(1)]);
    notes.add([row(2)]);
    const flushed = notes.flush();
    await answer();
    expect(written).toEqual([[1], [2]]);
    await answer();
    expect(await flushed).toBe(true);
  });

  it('tells once that something could not be noted, takes nothing more, and says so at the end', async () => {
    const { clock, written, notes, onFailure, answer } = setUp();
    const away = new Error('the database is away');
    notes.add([row(1)]);
    notes.add([row(2)]);
    await answer(away);
    expect(onFailure.mock.calls).toEqual([[away]]);
    expect(() => notes.add([row(3)])).toThrow(away);
    await clock.advanceAsync(1_000);
    expect(written).toEqual([[1]]);
    expect(await notes.flush()).toBe(false);
  });
});
