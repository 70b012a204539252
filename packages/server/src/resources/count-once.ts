/**
 * Counts records by key, once per collection: those of a snapshot never change, so a listing of ten thousand people walks
 * the sessions once and not ten thousand times.
 */
export function countOnce<Records extends object, Key>(
  walk: (records: Records, count: (key: Key) => void) => void,
): (records: Records) => ReadonlyMap<Key, number> {
  const known = new WeakMap<Records, ReadonlyMap<Key, number>>();
  return (records) => {
    const found = known.get(records);
    if (found !== undefined) return found;
    const counted = new Map<Key, number>();
    walk(records, (key) => void counted.set(key, (counted.get(key) ?? 0) + 1));
    known.set(records, counted);
    return counted;
  };
}
