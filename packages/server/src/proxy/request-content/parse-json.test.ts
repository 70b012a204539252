import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, UnreadableBody } from './parse-json.ts';

describe('parseJson', () => {
  it('reads what JSON.parse reads, to the same value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text, 128)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '}', ']', ',', ':', 'x', '\\', '\n', '0'),
        (text, at, put) => {
          const cut = at % (text.length + 1);
          const broken = text.slice(0, cut) + put + text.slice(cut + 1);
          let want: unknown;
          try {
            want = JSON.parse(broken);
          } catch {
            expect(() => parseJson(broken, 128)).toThrow(UnreadableBody);
            return;
          }
          // A name may have become the same as another by the cut.
          try {
            expect(parseJson(broken, 128)).toEqual(want);
          } catch (error) {
            expect((error as Error).message).toContain('twice');
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once with an escape', '{"privileged":true,"privil\\u0065ged":false}'],
    ['a name twice, deep inside', '{"spec":[{"securityContext":{"privileged":true},"securityContext":{}}]}'],
    ['text after the end', '{} {}'],
    ['a byte order mark', '\uFEFF{}'],
    ['nesting without end', '['.repeat(200)],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => parseJson(text, 128)).toThrow(UnreadableBody);
  });

  it('takes __proto__ for a name like any other', () => {
    const value = parseJson('{"__proto__":{"privileged":true}}', 128) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});
