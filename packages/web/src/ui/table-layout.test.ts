import { describe, expect, it } from 'vitest';
import { fittingColumns, gridTemplate } from './table-layout.ts';

const columns = [
  { id: 'name', min: 200 },
  { id: 'state', width: 100 },
  { id: 'labels', width: 150, priority: 2 },
  { id: 'age', width: 80, priority: 1 },
];
const idsAt = (available: number) => fittingColumns(columns, available).map(({ id }) => id);

describe('fittingColumns', () => {
  it('keeps every column while there is room', () => {
    expect(idsAt(530)).toEqual(['name', 'state', 'labels', 'age']);
  });

  it('leaves out the one of the highest priority first, and those without one never', () => {
    expect(idsAt(529)).toEqual(['name', 'state', 'age']);
    expect(idsAt(379)).toEqual(['name', 'state']);
    expect(idsAt(10)).toEqual(['name', 'state']);
  });

  it('leaves out the one further right of two alike', () => {
    const alike = [
      { id: 'a', width: 100, priority: 1 },
      { id: 'b', width: 100, priority: 1 },
    ];
    expect(fittingColumns(alike, 150).map(({ id }) => id)).toEqual(['a']);
  });
});

describe('gridTemplate', () => {
  it('sets widths, lets one grow, and keeps room for row actions', () => {
    expect(gridTemplate(columns.slice(0, 2), 64)).toBe('minmax(200px, 1fr) 100px 64px');
  });
});
