import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatData, formatList, formatOne } from './format.ts';
import { isActive, neutralise } from './neutralise.ts';

const HOSTILE = [
  '\u001b]0;title\u0007',
  '\u001b]52;c;ZWNobyBoaQ==\u001b\\',
  '\u001b]8;;https://evil.example\u001b\\link',
  '\u001b[6n',
  '\u009b31m',
  'user\u202egnp.exe',
  'a\u2066b\u2069',
  'line\nbreak\ttab\rreturn',
  'zero\u200bwidth',
  'sep\u2028arator',
  'tag\u{e0041}',
];
const view = { kind: 'thing', name: (it: string) => it, columns: [{ header: 'NAME', cell: (it: string) => it }] };

describe('SEC-G04 what servers and clusters say reaches the terminal inert', () => {
  for (const text of HOSTILE) {
    it(`shows ${JSON.stringify(text)} without a character a terminal acts on`, async () => {
      for (const format of ['table', 'wide', 'name'] as const) {
        const shown = await formatList(format, [text], view);
        expect(isActive(shown.replaceAll('\n', ''))).toBe(false);
        expect(shown.split('\n').length).toBe(format === 'name' ? 2 : 3);
      }
    });

    it(`keeps ${JSON.stringify(text)} whole in JSON and YAML, escaped`, async () => {
      const value = { [text]: text, nested: [text] };
      for (const format of ['json', 'yaml'] as const) {
        const shown = await formatData(format, value);
        expect(isActive(shown.replaceAll('\n', ''))).toBe(false);
        expect(format === 'json' ? JSON.parse(shown) : parse(shown)).toEqual(value);
      }
    });
  }

  it('leaves ordinary text of any script as it is', () => {
    for (const text of ['prod-eu', 'Zoë', '日本', 'Ελλάδα', 'a b']) expect(neutralise(text)).toBe(text);
  });
});

describe('tables', () => {
  it('pads columns to the longest cell and shows wide columns only when asked', async () => {
    const columns = [
      { header: 'A', cell: (it: string[]) => it[0] ?? '' },
      { header: 'B', cell: (it: string[]) => it[1] ?? '' },
      { header: 'C', cell: (it: string[]) => it[2] ?? '', isWide: true },
    ];
    const rows = [
      ['long cell', 'x', '1'],
      ['s', 'y', '2'],
    ];
    const rowsView = { kind: 'row', name: (it: string[]) => it[0] ?? '', columns };
    expect(await formatList('table', rows, rowsView)).toBe('A           B\nlong cell   x\ns           y\n');
    expect(await formatList('table', rows, rowsView, { isHeadless: true })).toBe('long cell   x\ns           y\n');
    expect(await formatList('wide', rows, rowsView)).toBe('A           B   C\nlong cell   x   1\ns           y   2\n');
  });

  it('writes instants as ISO 8601 in JSON and YAML alike', async () => {
    const row = { at: new Date(0) };
    const rowView = { kind: 'row', name: () => 'row', columns: [] };
    expect(await formatOne('json', row, rowView)).toContain('"1970-01-01T00:00:00.000Z"');
    expect(parse(await formatOne('yaml', row, rowView))).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });
});
