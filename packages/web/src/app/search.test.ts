import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from './search.ts';

describe('search', () => {
  it('reads text as text, also what looks like something else', () => {
    expect(parseSearch('?cluster=demo&limit=7&x=true&q=%7B%22a%22%3A1%7D&cluster=other')).toEqual({
      cluster: 'demo',
      limit: '7',
      x: 'true',
      q: '{"a":1}',
    });
  });

  it('writes what it reads, without what is empty', () => {
    expect(stringifySearch({ a: 'b & c', empty: '', none: undefined })).toBe('?a=b+%26+c');
    expect(parseSearch(stringifySearch({ a: 'b & c=d' }))).toEqual({ a: 'b & c=d' });
    expect(stringifySearch({})).toBe('');
  });
});
