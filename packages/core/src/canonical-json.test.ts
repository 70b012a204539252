import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson', () => {
  it('writes the example of RFC 8785, section 3.2.2', () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('orders fields by UTF-16 code units, those that look like numbers too', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '10': 4, '9': 5, '\ud83d\ude00': 6, '\u0080': 7, '\u00f6': 8 };
    expect(Object.values(JSON.parse(canonicalJson(value).replace(/"(\d+)"/g, '"n$1"')) as object)).toEqual([
      2, 4, 5, 7, 8, 1, 6, 3,
    ]);
  });

  it('leaves out what is undefined, and reads dates as JSON does', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, new Date(0)] })).toBe(
      '{"a":[null,"1970-01-01T00:00:00.000Z"]}',
    );
  });

  for (const [name, value] of [
    ['nothing', undefined],
    ['NaN', { a: Number.NaN }],
    ['a bigint', [1n]],
    ['a function', { a: () => 1 }],
    ['half of a pair', 'a\ud83d'],
    ['a field named by half of a pair', { '\ude00': 1 }],
  ] as const) {
    it(`refuses ${name}`, () => expect(() => canonicalJson(value)).toThrow(TypeError));
  }
});
