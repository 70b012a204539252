/** A budget of memory that many parts of requests share. */
export interface ByteBudget {
  /** Takes bytes out of the budget; `false` when there are not as many left. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** Makes a budget of so many bytes. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let held = 0;
  return {
    take(bytes) {
      if (held + bytes > maxBytes) return false;
      held += bytes;
      return true;
    },
    give(bytes) {
      held -= bytes;
    },
  };
}

/** Collects a body up to a bound; beyond it, lets go of everything and says so. */
export interface HeldBytes {
  add(chunk: Uint8Array): void;
  /** What was collected; `tooLarge` when it was more than may be held. */
  taken(): Buffer | 'tooLarge';
  /** Gives the memory back. Idempotent. */
  release(): void;
}

/** Makes a collector that holds at most `maxBytes`, out of `budget`. */
export function createHeldBytes(maxBytes: number, budget: ByteBudget): HeldBytes {
  let chunks: Uint8Array[] = [];
  let length = 0;
  let isTooLarge = false;

  const release = () => {
    budget.give(length);
    length = 0;
    chunks = [];
  };

  return {
    add(chunk) {
      if (isTooLarge) return;
      if (length + chunk.length > maxBytes || !budget.take(chunk.length)) {
        isTooLarge = true;
        release();
        return;
      }
      length += chunk.length;
      // The tunnel may use the memory of a chunk again.
      chunks.push(Uint8Array.from(chunk));
    },
    taken: () => (isTooLarge ? 'tooLarge' : Buffer.concat(chunks, length)),
    release,
  };
}
