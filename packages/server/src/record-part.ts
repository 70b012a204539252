/** The records of one topic, and in which of them they differ from those of the snapshot before. */
export interface RecordPart<Record> {
  readonly map: ReadonlyMap<string, Record>;
  /** Keys of what is new, changed or gone; `all` when there was nothing before or everything was read anew. */
  readonly changed: readonly string[] | 'all';
}

/** Applies changed records to a part. Without changes its map is the same object. */
export function updatePart<Record>(
  before: RecordPart<Record> | undefined,
  changes: ReadonlyMap<string, Record | undefined> | undefined,
): RecordPart<Record> {
  const map = before?.map ?? new Map<string, Record>();
  if (changes === undefined) return { map, changed: before === undefined ? 'all' : [] };
  const next = new Map(map);
  for (const [key, record] of changes) {
    if (record === undefined) next.delete(key);
    else next.set(key, record);
  }
  return { map: next, changed: [...changes.keys()] };
}
