/** A place in what was printed. */
export interface Found {
  readonly row: number;
  readonly column: number;
  readonly length: number;
}

/** The part of a terminal's buffer that is read. */
export interface PrintedRows {
  readonly length: number;
  getLine(row: number): { translateToString(trimRight?: boolean): string } | undefined;
}

/** Most places that are looked for: enough to walk through, and quick in 10,000 rows. */
const MAX_FOUND = 1_000;

/** Where `text` was printed, in any letter case, row by row; what wraps into the next row is not seen as one. */
export function findText(rows: PrintedRows, text: string): readonly Found[] {
  const wanted = text.toLowerCase();
  const found: Found[] = [];
  if (wanted === '') return found;
  for (let row = 0; row < rows.length; row++) {
    const line = rows.getLine(row)?.translateToString(true).toLowerCase() ?? '';
    for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + wanted.length)) {
      found.push({ row, column: at, length: wanted.length });
      if (found.length === MAX_FOUND) return found;
    }
  }
  return found;
}
