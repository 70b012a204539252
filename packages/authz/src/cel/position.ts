/** Where in an expression something stands, counted from one as editors do. */
export interface ExpressionPosition {
  readonly line: number;
  readonly column: number;
}

/** The position of a zero-based offset in UTF-16 units. Past the end is the end. */
export function positionOf(text: string, offset: number): ExpressionPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: before.length - lineStart + 1 };
}
