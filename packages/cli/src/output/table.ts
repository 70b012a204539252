import { neutralise } from './neutralise.ts';

/** One column of a table. */
export interface Column<Row> {
  readonly header: string;
  /** Cell text. Control characters in it are neutralised here, so callers pass what they were given. */
  readonly cell: (row: Row) => string;
  /** Shown with `-o wide` only. */
  readonly isWide?: boolean;
}

const GAP = '   ';

/** Lays rows out in left-aligned columns, three spaces apart, as kubectl does. Ends with a line feed. */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { readonly isHeadless?: boolean } = {},
): string {
  const lines = [
    ...(options.isHeadless ? [] : [columns.map((column) => column.header)]),
    ...rows.map((row) => columns.map((column) => neutralise(column.cell(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => width(line[index] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - width(cell)))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function width(text: string): number {
  return [...text].length;
}
