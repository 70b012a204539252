import { CliError } from '../errors.ts';
import { fillJsonPath, parseJsonPath } from './json-path.ts';
import { escapeJsonText, isActive, neutralise, neutraliseLines } from './neutralise.ts';
import { type Column, formatTable } from './table.ts';

/** Forms of output that are one word, values of `-o`. */
export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml', 'name'] as const;

/** A value of `-o`: one of {@link OUTPUT_FORMATS}, or a template of `parseJsonPath` behind `jsonpath=`. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number] | `jsonpath=${string}`;

/** How rows of one kind are shown. */
export interface View<Row> {
  /** Kind in front of the name with `-o name`, for example `cluster`. */
  readonly kind: string;
  readonly name: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
}

/** How tables are shown. */
export interface TableOptions {
  /** Leaves the line of headers out. Defaults to `false`. */
  readonly isHeadless?: boolean;
}

/**
 * Reads a value of `-o`.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function parseOutputFormat(text: string): OutputFormat {
  const word = OUTPUT_FORMATS.find((known) => known === text);
  if (word !== undefined) return word;
  if (isJsonPath(text)) {
    parseJsonPath(templateOf(text));
    return text;
  }
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(text.slice(0, 64))} is no form of output`,
    nextStep: `Choose from ${OUTPUT_FORMATS.join(', ')}, jsonpath=TEMPLATE.`,
  });
}

/** Writes one object. `table` and `wide` show it as a table of one row. */
export async function formatOne<Row>(
  format: OutputFormat,
  row: Row,
  view: View<Row>,
  options?: TableOptions,
): Promise<string> {
  return formatWhole(format, row) ?? formatRows(format, [row], view, options);
}

/** Writes a list. JSON and YAML hold `{ items: [...] }`, so that fields can be added beside the list. */
export async function formatList<Row>(
  format: OutputFormat,
  rows: readonly Row[],
  view: View<Row>,
  options?: TableOptions,
): Promise<string> {
  return formatWhole(format, { items: rows }) ?? formatRows(format, rows, view, options);
}

/** The forms that show a value whole; `undefined` for those that show rows. */
function formatWhole(format: OutputFormat, value: unknown): Promise<string> | undefined {
  if (format === 'json' || format === 'yaml') return formatData(format, value);
  if (!isJsonPath(format)) return undefined;
  const filled = fillJsonPath(parseJsonPath(templateOf(format)), toPlain(value));
  return Promise.resolve(neutraliseLines(filled));
}

function formatRows<Row>(
  format: OutputFormat,
  rows: readonly Row[],
  view: View<Row>,
  options: TableOptions = {},
): string {
  if (format === 'name') return rows.map((row) => `${view.kind}/${neutralise(view.name(row))}\n`).join('');
  return formatTable(
    rows,
    view.columns.filter((column) => format === 'wide' || !column.isWide),
    options,
  );
}

function isJsonPath(format: string): format is `jsonpath=${string}` {
  return format.startsWith('jsonpath=');
}

function templateOf(format: `jsonpath=${string}`): string {
  return format.slice('jsonpath='.length);
}

/** What JSON makes of a value: Dates become text and undefined fields go, so all forms hold the same. */
function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Writes any value as JSON or YAML that carries no character a terminal would act on, and reads back unchanged. */
export async function formatData(format: 'json' | 'yaml', value: unknown): Promise<string> {
  if (format === 'json') return `${escapeJsonText(JSON.stringify(value, undefined, 2))}\n`;
  const { Document, isScalar, visit } = await import('yaml');
  const document = new Document(toPlain(value));
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && isActive(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escapeJsonText(document.toString({ lineWidth: 0 }));
}
