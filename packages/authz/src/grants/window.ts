/** A stretch of time, in milliseconds since the epoch: from its start until just before its end. */
export interface Window {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** Whether an instant is within a window. */
export function isWithin({ startsAtMs, endsAtMs }: Window, atMs: number): boolean {
  return startsAtMs <= atMs && atMs < endsAtMs;
}

/**
 * Remembers what depends on the time only by which of the windows it is in: it is found once between one start or end and
 * the next.
 */
export function rememberedInTime<Value>(
  windows: readonly Window[],
  find: (atMs: number) => Value,
): (atMs: number) => Value {
  let known: (Window & { readonly value: Value }) | undefined;
  return (atMs) => {
    if (known !== undefined && isWithin(known, atMs)) return known.value;
    const value = find(atMs);
    known = { ...stretchAround(windows, atMs), value };
    return value;
  };
}

function stretchAround(windows: readonly Window[], atMs: number): Window {
  let startsAtMs = Number.NEGATIVE_INFINITY;
  let endsAtMs = Number.POSITIVE_INFINITY;
  for (const window of windows) {
    for (const boundary of [window.startsAtMs, window.endsAtMs]) {
      if (boundary <= atMs) startsAtMs = Math.max(startsAtMs, boundary);
      else endsAtMs = Math.min(endsAtMs, boundary);
    }
  }
  return { startsAtMs, endsAtMs };
}
