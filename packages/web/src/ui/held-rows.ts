/** What a list is told that is renewed by itself. */
export interface LiveList {
  /** Which list it is, e.g. its filters: another one begins anew. */
  readonly list: string;
  /** Whether it is being read. */
  readonly isFetching: boolean;
  /** Whether an act of the reader is under way: what comes of it is shown. */
  readonly isActing: boolean;
}

/** A list as it stands: what it has shown, and what it holds back. */
export interface HeldRows {
  readonly list: string;
  /** Ids of the rows that are shown. */
  readonly known: ReadonlySet<string>;
  /** Ids of the rows that wait until the reader asks for them. */
  readonly held: ReadonlySet<string>;
  /** Whether what the reader has begun, e.g. to open the list, is still being answered. */
  readonly isOpen: boolean;
}

/**
 * Holds rows back that would push others away: those that come by themselves before a row that is shown already. What is there when
 * the list is opened is shown, and so is what the reader's own act brings, and what comes behind the last row. A row that is gone is
 * forgotten. Returns `before` itself when nothing is another.
 * @param ids of all rows, in the order in which they stand
 */
export function holdRows(
  before: HeldRows | undefined,
  { list, isFetching, isActing }: LiveList,
  ids: readonly string[],
): HeldRows {
  const last = before?.list === list ? before : undefined;
  const isOpen = last === undefined || last.isOpen || isActing;
  const end = last === undefined ? -1 : ids.findLastIndex((id) => last.known.has(id));
  const waits = (id: string) => last?.known.has(id) === false && (!isOpen || last.held.has(id));
  const held = new Set(ids.slice(0, Math.max(0, end)).filter(waits));
  const known = new Set(ids.filter((id) => !held.has(id)));
  const next = { list, known, held, isOpen: isOpen && (isFetching || isActing) };
  return last !== undefined && isSame(last, next) ? last : next;
}

/** Shows what is held back. */
export const releaseRows = (rows: HeldRows): HeldRows => ({
  ...rows,
  known: new Set([...rows.known, ...rows.held]),
  held: new Set(),
});

const isSame = (one: HeldRows, other: HeldRows) =>
  one.isOpen === other.isOpen && isSameSet(one.known, other.known) && isSameSet(one.held, other.held);

const isSameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((id) => other.has(id));
