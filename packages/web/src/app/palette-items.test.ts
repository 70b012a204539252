import { describe, expect, it } from 'vitest';
import { findItems, type PaletteItem } from './palette-items.ts';

const item = (kind: PaletteItem['kind'], label: string, note = ''): PaletteItem => ({
  id: label,
  kind,
  label,
  note,
  href: '/',
});
const items = [
  item('action', 'Request access'),
  item('page', 'Clusters', 'G C'),
  item('cluster', 'prod-eu', 'view, edit'),
  item('action', 'Request access to prod-eu'),
  item('action', 'Open terminal on prod-eu'),
  item('person', 'Priya Venn', 'priya@halden.test'),
];
const found = (text: string, recent?: readonly string[]) => findItems(items, text, recent).map(({ label }) => label);

describe('findItems', () => {
  it('finds everything by nothing, in its order', () => {
    expect(found('')).toEqual(items.map(({ label }) => label));
  });

  it('wants every word, in any order', () => {
    expect(found('prod request')).toEqual(['Request access to prod-eu']);
    expect(found('terminal eu')).toEqual(['Open terminal on prod-eu']);
  });

  it('puts beginnings first, then words, then letters', () => {
    expect(found('pr')[0]).toBe('prod-eu');
    expect(found('pvenn')).toEqual(['Priya Venn']);
    expect(found('xyz')).toEqual([]);
  });

  it('narrows to actions, people and clusters by a sign', () => {
    expect(found('@pri')).toEqual(['Priya Venn']);
    expect(found('#')).toEqual(['prod-eu']);
    expect(found('> open')).toEqual(['Open terminal on prod-eu']);
  });

  it('puts what was taken last before its equals', () => {
    expect(found('request')[0]).toBe('Request access');
    expect(found('request', ['Request access to prod-eu'])[0]).toBe('Request access to prod-eu');
  });
});
