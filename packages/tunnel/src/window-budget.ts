/** A sum of receive windows that must not exceed a limit. Floors are always granted, so it can be overdrawn by them. */
export interface WindowBudget {
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** Reserves `bytes` when they fit. */
  tryReserve(bytes: number): boolean;
  /** Reserves `bytes`, fitting or not: for the floor of a new stream. */
  reserve(bytes: number): void;
  release(bytes: number): void;
}

/** Makes a budget; share one between the tunnels that should share memory. */
export function createWindowBudget(limitBytes: number): WindowBudget {
  let usedBytes = 0;
  return {
    limitBytes,
    get usedBytes() {
      return usedBytes;
    },
    tryReserve(bytes) {
      if (usedBytes + bytes > limitBytes) return false;
      usedBytes += bytes;
      return true;
    },
    reserve(bytes) {
      usedBytes += bytes;
    },
    release(bytes) {
      usedBytes -= bytes;
    },
  };
}

/** What all tunnels of the process share unless their options name another budget: 1 GiB. */
export const processWindowBudget: WindowBudget = createWindowBudget(1024 * 1024 * 1024);
