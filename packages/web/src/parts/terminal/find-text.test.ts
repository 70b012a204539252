import { describe, expect, it } from 'vitest';
import { findText } from './find-text.ts';

const rowsOf = (...lines: readonly string[]) => ({
  length: lines.length,
  getLine: (row: number) => ({ translateToString: () => lines[row] ?? '' }),
});

describe('what was printed', () => {
  it('is found row by row, in any letter case, several times in a row', () => {
    const rows = rowsOf('NAME STATUS', 'web-1 Running', '', 'Web-2 web-3');
    expect(findText(rows, 'WEB-')).toEqual([
      { row: 1, column: 0, length: 4 },
      { row: 3, column: 0, length: 4 },
      { row: 3, column: 6, length: 4 },
    ]);
    expect([findText(rows, ''), findText(rows, '.*')]).toEqual([[], []]);
  });

  it('is walked through up to a bound', () => {
    expect(findText(rowsOf('a'.repeat(5_000)), 'a')).toHaveLength(1_000);
  });
});
