import type { RecordPart } from './record-part.ts';

/** What an index needs to know of the records that it orders. */
export interface IndexKeys<Record> {
  /** Where a name must be unique: the organization. */
  groupOf(record: Record): string;
  nameOf(record: Record): string;
}

/** Records by organization, each list in the order of names (by code unit). */
export interface NameIndex<Record> {
  list(group: string): readonly Record[];
  /** Those of exactly this name. */
  named(group: string, name: string): readonly Record[];
}

interface BuiltIndex<Record> extends NameIndex<Record> {
  readonly lists: ReadonlyMap<string, readonly Record[]>;
}

/**
 * Orders records by name. A change moves only what changed: finding its place is quick, and lists of other organizations
 * stay the same objects.
 */
export function buildNameIndex<Record extends { readonly id: string }>(
  { groupOf, nameOf }: IndexKeys<Record>,
  part: RecordPart<Record>,
  before?: { readonly index: NameIndex<Record>; readonly map: ReadonlyMap<string, Record> },
): NameIndex<Record> {
  if (before !== undefined && part.changed.length === 0) return before.index;
  const compare = (a: Record, b: Record) => compareText(nameOf(a), nameOf(b)) || compareText(a.id, b.id);
  const lists = before === undefined || part.changed === 'all' ? orderAll() : orderChanged(before, part.changed);

  function orderAll(): Map<string, Record[]> {
    const lists = new Map<string, Record[]>();
    for (const record of part.map.values()) {
      const list = lists.get(groupOf(record));
      if (list === undefined) lists.set(groupOf(record), [record]);
      else list.push(record);
    }
    for (const list of lists.values()) list.sort(compare);
    return lists;
  }

  function orderChanged(
    { index, map }: NonNullable<typeof before>,
    changed: readonly string[],
  ): Map<string, readonly Record[]> {
    const lists = new Map((index as BuiltIndex<Record>).lists);
    const copied = new Map<string, Record[]>();
    const listOf = (record: Record) => {
      const group = groupOf(record);
      const list = copied.get(group) ?? [...(lists.get(group) ?? [])];
      copied.set(group, list);
      lists.set(group, list);
      return list;
    };
    for (const key of changed) {
      const was = map.get(key);
      const is = part.map.get(key);
      if (was !== undefined) {
        const list = listOf(was);
        list.splice(
          lowerBound(list, (other) => compare(other, was)),
          1,
        );
      }
      if (is !== undefined) {
        const list = listOf(is);
        list.splice(
          lowerBound(list, (other) => compare(other, is)),
          0,
          is,
        );
      }
    }
    return lists;
  }

  const index: BuiltIndex<Record> = {
    lists,
    list: (group) => lists.get(group) ?? [],
    named(group, name) {
      const list = lists.get(group) ?? [];
      const start = lowerBound(list, (other) => compareText(nameOf(other), name));
      let end = start;
      for (let next = list[end]; next !== undefined && nameOf(next) === name; next = list[end]) end += 1;
      return list.slice(start, end);
    },
  };
  return index;
}

/** First place whose record does not come before. */
function lowerBound<Record>(list: readonly Record[], compareTo: (record: Record) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTo(list[middle] as Record) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
