/** How wide a column is and what becomes of it when there is little room. */
export interface ColumnWidth {
  readonly id: string;
  /** Pixels. Absent: it grows, from {@link ColumnWidth.min} on. */
  readonly width?: number;
  /** Least pixels of one that grows. Default 160. */
  readonly min?: number;
  /** Share of what is left over, of those that grow. Default 1. */
  readonly grow?: number;
  /** The column with the highest goes first when there is little room. Default 0: stays. */
  readonly priority?: number;
}

const DEFAULT_MIN = 160;
const least = ({ width, min = DEFAULT_MIN }: ColumnWidth) => width ?? min;

/** The columns that fit into `available` pixels; those that stay are never squeezed below their content. */
export function fittingColumns<Column extends ColumnWidth>(
  columns: readonly Column[],
  available: number,
): readonly Column[] {
  let kept = columns;
  while (kept.reduce((sum, column) => sum + least(column), 0) > available) {
    const last = kept.reduce<Column | undefined>(
      (worst, column) =>
        (column.priority ?? 0) > 0 && (column.priority ?? 0) >= (worst?.priority ?? 0) ? column : worst,
      undefined,
    );
    if (last === undefined) break;
    kept = kept.filter((column) => column !== last);
  }
  return kept;
}

/** `grid-template-columns` for these columns; `trailing` pixels at the end are kept for row actions. */
export function gridTemplate(columns: readonly ColumnWidth[], trailing: number): string {
  const tracks = columns.map(({ width, min = DEFAULT_MIN, grow = 1 }) =>
    width === undefined ? `minmax(${min}px, ${grow}fr)` : `${width}px`,
  );
  return [...tracks, ...(trailing > 0 ? [`${trailing}px`] : [])].join(' ');
}
