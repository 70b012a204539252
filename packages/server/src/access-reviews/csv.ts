/** What a spreadsheet takes for the beginning of a formula, full-width forms included (CWE-1236). */
const FORMULA = /^[\s\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/u;

/**
 * One line of CSV (RFC 4180), with its line break. Every cell is quoted; one that a spreadsheet would calculate gets an apostrophe in
 * front, which makes it text there.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(text: string): string {
  const inert = FORMULA.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${inert.replaceAll('"', '""')}"`;
}
