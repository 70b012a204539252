import { escapeJsonText, isActive, neutralise } from './neutralise.ts';
import { type Column, formatTable } from './table.ts';

/** Forms of output, the values of `-o`. */
export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml', 'name'] as const;

/** One of {@link OUTPUT_FORMATS}. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** How rows of one kind are shown. */
export interface View<Row> {
  /** Kind in front of the name with `-o name`, for example `cluster`. */
  readonly kind: string;
  readonly name: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
}

/** Writes one object. `table` and `wide` show it as a table of one row. */
export async function formatOne<Row>(format: OutputFormat, row: Row, view: View<Row>): Promise<string> {
  return format === 'json' || format === 'yaml' ? formatData(format, row) : formatRows(format, [row], view);
}

/** Writes a list. JSON and YAML hold `{ items: [...] }`, so that fields can be added beside the list. */
export async function formatList<Row>(format: OutputFormat, rows: readonly Row[], view: View<Row>): Promise<string> {
  return format === 'json' || format === 'yaml' ? formatData(format, { items: rows }) : formatRows(format, rows, view);
}

function formatRows<Row>(format: 'table' | 'wide' | 'name', rows: readonly Row[], view: View<Row>): string {
  if (format === 'name') return rows.map((row) => `${view.kind}/${neutralise(view.name(row))}\n`).join('');
  return formatTable(
    rows,
    view.columns.filter((column) => format === 'wide' || !column.isWide),
  );
}

/** Writes any value as JSON or YAML that carries no character a terminal would act on, and reads back unchanged. */
export async function formatData(format: 'json' | 'yaml', value: unknown): Promise<string> {
  if (format === 'json') return `${escapeJsonText(JSON.stringify(value, undefined, 2))}\n`;
  const { Document, isScalar, visit } = await import('yaml');
  // Through JSON first: Dates become text and undefined fields go, so both forms hold the same value.
  const document = new Document(JSON.parse(JSON.stringify(value)));
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && isActive(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escapeJsonText(document.toString({ lineWidth: 0 }));
}
