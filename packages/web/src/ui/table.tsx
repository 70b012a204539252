// biome-ignore-all lint/a11y: a grid by ARIA, not by elements: its columns are laid out by CSS and its rows drawn as they come into view. Rows take the focus one at a time and have the keys of grids.
// biome-ignore-all lint/correctness/noComponentHookFactories: the hooks stand in the component itself.
import {
  createSortedRowModel,
  type RowData,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import {
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { cx } from './cx.ts';
import type { LiveList } from './held-rows.ts';
import type { MenuItem } from './menu.tsx';
import { NewRows } from './new-rows.tsx';
import { fittingColumns, gridTemplate } from './table-layout.ts';
import { type Column, type NarrowRow, TableRow } from './table-row.tsx';
import { useElementWidth } from './use-element-width.ts';
import { useHeldRows } from './use-held-rows.ts';
import { useIsNarrow } from './use-is-narrow.ts';

export type { Column, NarrowRow };

/** What {@link Table} shows. */
export interface TableProps<Row> {
  /** What the rows are, read out. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowId: (row: Row) => string;
  /** Opens a row: Enter or a click. */
  readonly onOpen?: (row: Row) => void;
  /** Id of the row that is open beside the table. */
  readonly openId?: string | undefined;
  readonly narrow: (row: Row) => NarrowRow;
  /** Shown on hover, focus and selection, in room of its own: `actionsWidth` pixels. */
  readonly actions?: (row: Row) => ReactNode;
  readonly actionsWidth?: number;
  /** All that can be done with a row. */
  readonly menu?: (row: Row) => readonly MenuItem[];
  readonly selected?: ReadonlySet<string>;
  readonly onSelect?: (selected: ReadonlySet<string>) => void;
  readonly sort?: { readonly id: string; readonly desc: boolean };
  /** The table scrolls by itself and draws only what is in view. Default: it is as long as its rows. */
  readonly isVirtual?: boolean;
  readonly className?: string;
  /** Behind the last row, e.g. "Show more". */
  readonly foot?: ReactNode;
  /** How the rows are renewed by themselves: what others add then waits behind "3 new". Absent: all rows are shown. */
  readonly live?: LiveList | undefined;
  /** Id of what a row belongs to, e.g. a call with its requests: new rows wait for that as a whole. Default: its own. */
  readonly wholeId?: (row: Row) => string;
}

const ROW = { wide: 34, narrow: 57 } as const;
const MENU_WIDTH = 36;
const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
});

/** A table: rows of one height, sorted by their heads, walked with J K or arrows, opened with Enter, selected with Space. */
export function Table<Row extends RowData>(props: TableProps<Row>) {
  const { label, rows, columns, rowId, onOpen, openId, narrow, actions, menu, selected, onSelect, foot } = props;
  const { actionsWidth = 0, isVirtual = false, className, live, wholeId = rowId } = props;
  const isNarrow = useIsNarrow();
  const { ref: box, width } = useElementWidth<HTMLDivElement>();
  const [currentId, setCurrentId] = useState<string>();
  const anchor = useRef<number>(undefined);
  const focusing = useRef<number>(undefined);

  const table = useTable({
    features,
    data: rows,
    columns: useMemo(
      () =>
        columns.map(({ id, header, sortBy }) => ({
          id,
          header,
          accessorFn: (row: Row) => sortBy?.(row),
          enableSorting: sortBy !== undefined,
          sortFn: 'basic' as const,
          sortUndefined: 'last' as const,
        })),
      [columns],
    ),
    getRowId: rowId,
    ...(props.sort !== undefined && { initialState: { sorting: [props.sort] } }),
  });
  const all = table.getRowModel().rows;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what a row belongs to changes with the row alone.
  const ids = useMemo(() => all.map(({ original }) => wholeId(original)), [all]);
  const { held, release } = useHeldRows(live, ids);
  const sorted = useMemo(
    () => (held.size === 0 ? all : all.filter((_, index) => !held.has(ids[index] ?? ''))),
    [all, ids, held],
  );
  const rowHeight = isNarrow ? ROW.narrow : ROW.wide;
  const virtual = useVirtualizer({
    count: sorted.length,
    enabled: isVirtual,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are of another height once the screen is narrow or wide.
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const trailing = actionsWidth + (menu === undefined ? 0 : MENU_WIDTH);
  const room = width === 0 ? Number.POSITIVE_INFINITY : width - trailing - 48;
  const shown = useMemo(() => fittingColumns(columns, room), [columns, room]);
  const template = gridTemplate(shown, trailing);
  const current = currentId ?? openId;
  const currentIndex = useMemo(
    () =>
      current === undefined
        ? 0
        : Math.max(
            0,
            sorted.findIndex((row) => row.id === current),
          ),
    [sorted, current],
  );

  /** Leaves the focus to what comes next, e.g. what a row opens. */
  function stay() {
    if (focusing.current !== undefined) cancelAnimationFrame(focusing.current);
  }

  function open(row: Row) {
    stay();
    onOpen?.(row);
  }

  /** Moves the focus to the row of that id and place. */
  function focus(id: string, index: number) {
    setCurrentId(id);
    if (isVirtual) virtual.scrollToIndex(index);
    stay();
    // Once it is drawn.
    focusing.current = requestAnimationFrame(() =>
      box.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus(),
    );
  }

  /** Shows the rows that wait, and goes to the first of them. */
  function showNew() {
    const first = ids.findIndex((id) => held.has(id));
    release();
    const row = all[first];
    if (row !== undefined) focus(row.id, first);
  }

  function goTo(index: number) {
    const to = Math.min(sorted.length - 1, Math.max(0, index));
    const row = sorted[to];
    if (row === undefined) return;
    focus(row.id, to);
    if (openId !== undefined) onOpen?.(row.original);
  }

  function select(index: number, isRange: boolean) {
    const row = sorted[index];
    if (row === undefined || onSelect === undefined) return;
    const next = new Set(selected);
    if (isRange && anchor.current !== undefined) {
      const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
      for (const each of sorted.slice(from, to + 1)) next.add(each.id);
    } else {
      if (!next.delete(row.id)) next.add(row.id);
      anchor.current = index;
    }
    onSelect(next);
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const isRow = event.target instanceof HTMLElement && event.target.dataset['row'] !== undefined;
    if (!isRow || event.metaKey || event.ctrlKey || event.altKey) return;
    const row = sorted[currentIndex];
    const act = {
      ArrowDown: () => goTo(currentIndex + 1),
      j: () => goTo(currentIndex + 1),
      ArrowUp: () => goTo(currentIndex - 1),
      k: () => goTo(currentIndex - 1),
      Home: () => goTo(0),
      End: () => goTo(sorted.length - 1),
      Enter: () => row && open(row.original),
      ' ': () => select(currentIndex, false),
      x: () => select(currentIndex, true),
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  /** Place of the row that an event is of; -1 for what is shown above the page, e.g. the menu of a row. */
  const indexOf = ({ target }: { readonly target: EventTarget }) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
    return row === null ? -1 : Number(row.ariaRowIndex) - 2;
  };
  const ofRows = {
    onFocus: (event: FocusEvent) => {
      const row = sorted[indexOf(event)];
      if (row !== undefined) setCurrentId(row.id);
    },
    onClick: (event: MouseEvent) => {
      const index = indexOf(event);
      const row = sorted[index];
      if (row === undefined || (event.target instanceof Element && event.target.closest('a,button,input,label')))
        return;
      if (event.shiftKey && onSelect !== undefined) select(index, true);
      else open(row.original);
    },
  };

  const line = (index: number, top?: number) => {
    const row = sorted[index];
    if (row === undefined) return null;
    return (
      <TableRow
        key={row.id}
        id={row.id}
        row={row.original}
        index={index}
        top={top}
        isChosen={row.id === openId || selected?.has(row.id) === true}
        isCurrent={index === currentIndex}
        isNarrow={isNarrow}
        columns={shown}
        template={template}
        trailing={trailing}
        narrow={narrow}
        actions={actions}
        menu={menu}
      />
    );
  };

  return (
    <div className={cx('flex flex-col', isVirtual && 'min-h-0 flex-1', className)}>
      <NewRows count={held.size} onShow={showNew} hasHead={!isNarrow} />
      <div
        ref={box}
        role="grid"
        aria-label={label}
        aria-rowcount={sorted.length + 1}
        aria-multiselectable={onSelect !== undefined || undefined}
        tabIndex={-1}
        className={cx(isVirtual && 'min-h-0 flex-1 overflow-y-auto')}
        onKeyDown={onKeyDown}
      >
        {!isNarrow && (
          <div
            role="row"
            aria-rowindex={1}
            style={{ gridTemplateColumns: template }}
            className="sticky top-0 z-10 grid h-7 items-center border-b border-line bg-surface px-6 text-head text-ink-3"
          >
            {shown.map((column) => {
              const head = table.getColumn(column.id);
              const direction = head?.getIsSorted() ?? false;
              return (
                <div
                  key={column.id}
                  role="columnheader"
                  aria-sort={direction === false ? undefined : direction === 'asc' ? 'ascending' : 'descending'}
                  className={cx('min-w-0 truncate pr-5', column.align === 'right' && 'text-right')}
                >
                  {column.sortBy === undefined ? (
                    column.header
                  ) : (
                    <button
                      type="button"
                      className="inline-flex items-center gap-1 rounded-label hover:text-ink"
                      onClick={() => head?.toggleSorting()}
                    >
                      {column.header}
                      {direction === 'asc' && <ArrowUp size={12} strokeWidth={1.6} aria-hidden="true" />}
                      {direction === 'desc' && <ArrowDown size={12} strokeWidth={1.6} aria-hidden="true" />}
                    </button>
                  )}
                </div>
              );
            })}
            {trailing > 0 && (
              <div role="columnheader">
                <span className="sr-only">Actions</span>
              </div>
            )}
          </div>
        )}
        {isVirtual ? (
          <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }} {...ofRows}>
            {virtual.getVirtualItems().map(({ index, start }) => line(index, start))}
          </div>
        ) : (
          <div role="rowgroup" {...ofRows}>
            {sorted.map((_, index) => line(index))}
          </div>
        )}
        {foot}
      </div>
    </div>
  );
}
