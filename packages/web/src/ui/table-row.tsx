// biome-ignore-all lint/a11y: rows and cells of the grid that the table is; its body has their keys and clicks.
import { Ellipsis } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import type { MenuItem } from './menu.tsx';
import { MenuLater } from './menu-later.tsx';
import type { ColumnWidth } from './table-layout.ts';

/** One column. */
export interface Column<Row> extends ColumnWidth {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** What it is sorted by. Absent: it can't be. */
  readonly sortBy?: (row: Row) => string | number | Date | undefined;
  /** Numbers stand right, text left. */
  readonly align?: 'right';
}

/** A row below 768 px: name and state, and the two facts that matter. */
export interface NarrowRow {
  readonly title: ReactNode;
  readonly end?: ReactNode;
  readonly second?: ReactNode;
}

/** What {@link TableRow} shows. Each is the same value as before unless the row changes: a scroll draws new rows alone. */
export interface TableRowProps<Row> {
  readonly id: string;
  readonly row: Row;
  /** Its place among all rows, from 0 on. */
  readonly index: number;
  /** Pixels from the first row, where rows are laid out by hand. */
  readonly top: number | undefined;
  readonly isChosen: boolean;
  /** Whether it is the one that takes the focus. */
  readonly isCurrent: boolean;
  readonly isNarrow: boolean;
  readonly columns: readonly Column<Row>[];
  /** `grid-template-columns` of every row. */
  readonly template: string;
  /** Pixels at the end that actions and the menu have. */
  readonly trailing: number;
  readonly narrow: (row: Row) => NarrowRow;
  readonly actions: ((row: Row) => ReactNode) | undefined;
  readonly menu: ((row: Row) => readonly MenuItem[]) | undefined;
}

function PlainTableRow<Row>(props: TableRowProps<Row>) {
  const { id, row, index, top, isChosen, isCurrent, isNarrow, columns, template, trailing } = props;
  const { narrow, actions, menu } = props;
  return (
    <div
      role="row"
      data-row={id}
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      tabIndex={isCurrent ? 0 : -1}
      style={{
        ...(top !== undefined && { position: 'absolute', insetInline: 0, top: 0, transform: `translateY(${top}px)` }),
        ...(!isNarrow && { gridTemplateColumns: template }),
      }}
      className={cx(
        'group/row items-center border-b border-line px-6 focus-visible:-outline-offset-2 max-md:px-4',
        // Nothing of it shows outside of it, so the browser lays it out without the rest of the page.
        top !== undefined && 'contain-content',
        isNarrow ? 'flex h-[57px] gap-3' : 'grid h-(--row)',
        isChosen ? 'bg-select shadow-[inset_2px_0_0_var(--accent)]' : 'hover:bg-hover',
      )}
    >
      {isNarrow ? (
        <NarrowCells {...narrow(row)} />
      ) : (
        <>
          {columns.map((column) => (
            <div
              key={column.id}
              role="gridcell"
              className={cx('min-w-0 truncate pr-5', column.align === 'right' && 'text-right tabular-nums')}
            >
              {column.cell(row)}
            </div>
          ))}
          {trailing > 0 && (
            <div
              role="gridcell"
              className={cx(
                'flex items-center justify-end gap-1 opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 group-focus/row:opacity-100 touch:opacity-100',
                isChosen && 'opacity-100',
              )}
            >
              {actions?.(row)}
              {menu !== undefined && <RowMenu items={menu(row)} />}
            </div>
          )}
        </>
      )}
    </div>
  );
}

/** One row, drawn anew only when something of it has changed. */
export const TableRow = memo(PlainTableRow) as typeof PlainTableRow;

function NarrowCells({ title, end, second }: NarrowRow) {
  return (
    <div role="gridcell" className="min-w-0 flex-1">
      <div className="flex items-baseline justify-between gap-3">
        <div className="min-w-0 truncate">{title}</div>
        <div className="shrink-0 text-second text-ink-2">{end}</div>
      </div>
      <div className="truncate text-second text-ink-3">{second}</div>
    </div>
  );
}

function RowMenu({ items }: { readonly items: readonly MenuItem[] }) {
  if (items.length === 0) return null;
  return (
    <MenuLater
      items={items}
      trigger={
        <IconButton
          size="small"
          label="More actions"
          icon={<Ellipsis size={16} strokeWidth={1.6} aria-hidden="true" />}
        />
      }
    />
  );
}
