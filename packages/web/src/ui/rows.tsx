// biome-ignore-all lint/a11y: a table by ARIA, not by elements: its columns are laid out by CSS.
import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import { type ColumnWidth, fittingColumns, gridTemplate } from './table-layout.ts';
import { useElementWidth } from './use-element-width.ts';
import { useIsNarrow } from './use-is-narrow.ts';

/** One column of {@link Rows}. */
export interface RowsColumn<Row> extends ColumnWidth {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'right';
}

/** What {@link Rows} shows. */
export interface RowsProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly RowsColumn<Row>[];
  readonly rowId: (row: Row) => string;
  /** A row below 768 px. */
  readonly narrow: (row: Row) => ReactNode;
  /** Buttons and links at the end of a row, in `actionsWidth` pixels of their own. */
  readonly actions?: (row: Row) => ReactNode;
  readonly actionsWidth?: number;
}

/** A short table among other things on a page: no sorting, nothing to walk; the same rows and columns as `Table`. */
export function Rows<Row>({ label, rows, columns, rowId, narrow, actions, actionsWidth = 0 }: RowsProps<Row>) {
  const { ref, width } = useElementWidth<HTMLDivElement>();
  const isNarrow = useIsNarrow();
  const shown = fittingColumns(columns, width === 0 ? Number.POSITIVE_INFINITY : width - actionsWidth - 48);
  const gridTemplateColumns = gridTemplate(shown, actionsWidth);
  if (isNarrow) {
    return (
      <ul aria-label={label} className="border-t border-line">
        {rows.map((row) => (
          <li key={rowId(row)} className="min-h-[57px] border-b border-line px-4 py-2">
            {narrow(row)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div ref={ref} role="table" aria-label={label}>
      <div
        role="row"
        style={{ gridTemplateColumns }}
        className="grid h-7 items-center border-b border-line px-6 text-head text-ink-3"
      >
        {shown.map(({ id, header, align }) => (
          <div key={id} role="columnheader" className={cx('truncate pr-5', align === 'right' && 'text-right')}>
            {header}
          </div>
        ))}
        {actionsWidth > 0 && (
          <div role="columnheader">
            <span className="sr-only">Actions</span>
          </div>
        )}
      </div>
      {rows.map((row) => (
        <div
          key={rowId(row)}
          role="row"
          style={{ gridTemplateColumns }}
          className="group/row grid h-(--row) items-center border-b border-line px-6 hover:bg-hover"
        >
          {shown.map(({ id, cell, align }) => (
            <div
              key={id}
              role="cell"
              className={cx('min-w-0 truncate pr-5', align === 'right' && 'text-right tabular-nums')}
            >
              {cell(row)}
            </div>
          ))}
          {actionsWidth > 0 && (
            <div
              role="cell"
              className="flex items-center justify-end gap-1 opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 touch:opacity-100"
            >
              {actions?.(row)}
            </div>
          )}
        </div>
      ))}
    </div>
  );
}
