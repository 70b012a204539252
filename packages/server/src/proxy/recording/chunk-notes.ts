import type { Clock, Timer } from '@sallyport/core';
import type { RecordingChunkRow } from '../../stores/contracts.ts';

/** What {@link createChunkNotes} works with. */
export interface ChunkNotesOptions {
  readonly clock: Clock;
  /** Notes chunks that are stored. What rejects has failed for good. */
  write(rows: readonly RecordingChunkRow[]): Promise<void>;
  /** Told once when some could not be noted. */
  onFailure(error: unknown): void;
}

/** Notes which chunks of one recording are stored. */
export interface ChunkNotes {
  /** Returns at once: what prints much does not wait for the database. @throws what an earlier note failed with */
  add(rows: readonly RecordingChunkRow[]): void;
  /** Resolves, when nothing is left to be noted, to whether all was. */
  flush(): Promise<boolean>;
}

/** Between two transactions of one recording, in milliseconds: to note one chunk takes as long as to note twenty. */
const GATHER_MS = 100;

/** Gathers what comes in quick succession. Readers find chunks that are not noted yet; a kill loses more than these. */
export function createChunkNotes({ clock, write, onFailure }: ChunkNotesOptions): ChunkNotes {
  let waiting: RecordingChunkRow[] = [];
  let writing: Promise<void> | undefined;
  let next: Timer | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  let failure: { readonly error: unknown } | undefined;

  async function writeWaiting(): Promise<void> {
    const rows = waiting;
    waiting = [];
    lastMs = clock.monotonicMs();
    try {
      await write(rows);
    } catch (error) {
      failure = { error };
      waiting = [];
      onFailure(error);
    }
    writing = undefined;
    schedule();
  }

  function begin(): void {
    next?.cancel();
    next = undefined;
    writing ??= writeWaiting();
  }

  function schedule(): void {
    if (waiting.length === 0 || writing !== undefined || next !== undefined) return;
    const waitMs = lastMs + GATHER_MS - clock.monotonicMs();
    if (waitMs <= 0) begin();
    else next = clock.setTimeout(begin, waitMs);
  }

  return {
    add(rows) {
      if (failure !== undefined) throw failure.error;
      waiting.push(...rows);
      schedule();
    },
    async flush() {
      while (waiting.length > 0 || writing !== undefined) {
        begin();
        await writing;
      }
      return failure === undefined;
    },
  };
}
