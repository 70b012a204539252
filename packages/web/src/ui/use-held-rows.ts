import { useMemo, useState } from 'react';
import { type HeldRows, holdRows, type LiveList, releaseRows } from './held-rows.ts';

const NONE: ReadonlySet<string> = new Set();

/** Which rows of a list wait until the reader asks for them, and what shows them. */
export interface Waiting {
  readonly held: ReadonlySet<string>;
  readonly release: () => void;
}

/**
 * Holds back rows that come by themselves; see `holdRows`. Without `live` none is.
 * @param ids of all rows, in the order in which they stand; the same value while they are the same
 */
export function useHeldRows(live: LiveList | undefined, ids: readonly string[]): Waiting {
  const [before, setBefore] = useState<HeldRows>();
  const { list, isFetching = false, isActing = false } = live ?? {};
  const now = useMemo(
    () => (list === undefined ? undefined : holdRows(before, { list, isFetching, isActing }, ids)),
    [before, list, isFetching, isActing, ids],
  );
  // Kept for the next time, while this one is drawn.
  if (now !== before) setBefore(now);
  return { held: now?.held ?? NONE, release: () => setBefore((rows) => rows && releaseRows(rows)) };
}
