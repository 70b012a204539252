import { describe, expect, it } from 'vitest';
import { type PageKey, pageKeyOf } from './terminal-keys.ts';

const CASES: readonly (readonly [keys: string, hasSelection: boolean, want: PageKey | undefined])[] = [
  ['Shift+Tab', false, 'leave'],
  ['Tab', false, undefined],
  ['Ctrl+Shift+F', false, 'find'],
  ['Ctrl+f', false, undefined],
  ['Ctrl+Shift+C', true, 'copy'],
  ['Ctrl+c', true, 'native'],
  ['Ctrl+c', false, undefined],
  ['Ctrl+v', false, 'native'],
  ['Meta+v', false, 'native'],
  ['ArrowUp', false, undefined],
];

describe('keys of a terminal', () => {
  it.each(CASES)('%s, with a selection: %s, is for the page: %s', (keys, hasSelection, want) => {
    const words = keys.split('+');
    const event = {
      key: words.at(-1) ?? '',
      ctrlKey: words.includes('Ctrl'),
      metaKey: words.includes('Meta'),
      shiftKey: words.includes('Shift'),
    };
    expect(pageKeyOf(event, hasSelection)).toBe(want);
  });
});
