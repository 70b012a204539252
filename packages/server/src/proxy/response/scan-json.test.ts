import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skipValue } from './scan-json.ts';
import { memberNames, rangesFor, readText, scanMembers } from './scan-members.ts';

const isSound = (text: string): boolean => {
  const bytes = Buffer.from(text);
  try {
    return skipValue(bytes, 0, bytes.length) === bytes.length;
  } catch {
    return false;
  }
};
const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('skipValue', () => {
  it('takes every JSON value as one', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, '\t', '\r\n '), (value, indent) => {
        expect(isSound(JSON.stringify(value, null, indent))).toBe(true);
      }),
    );
  });

  it('takes what JSON.parse takes and nothing else, whatever was done to the text', () => {
    const pieces = fc.constantFrom(
      ...'{}[]:,"\\ue+-.019tfn \n\u0001\u00e9'.split(''),
      'true',
      'null',
      '\\u00',
      '1e5',
      '\\x',
    );
    const edited = fc
      .tuple(fc.jsonValue(), fc.nat(), fc.nat({ max: 3 }), fc.array(pieces, { maxLength: 3 }))
      .map(([value, at, length, inserted]) => {
        const text = JSON.stringify(value);
        const from = at % (text.length + 1);
        return text.slice(0, from) + inserted.join('') + text.slice(from + length);
      });
    fc.assert(
      fc.property(edited, (text) => {
        // A scan starts where white space was skipped, and ends with the value.
        expect(isSound(text)).toBe(parses(text) && text === text.trim());
      }),
      { numRuns: 3_000 },
    );
  });

  it('ends at the depth at which clients end', () => {
    expect(isSound('['.repeat(10_000) + ']'.repeat(10_000))).toBe(true);
    expect(isSound('['.repeat(10_001) + ']'.repeat(10_001))).toBe(false);
  });

  it('reads nothing behind the end that it is told', () => {
    const bytes = Buffer.from('{"a":[1,"b"]}');
    for (let end = 0; end < bytes.length; end++) expect(() => skipValue(bytes, 0, end)).toThrow();
  });
});

describe('scanMembers', () => {
  const names = memberNames('kind', 'metadata');
  const ranges = rangesFor(names);
  const find = (text: string) => {
    const bytes = Buffer.from(text);
    expect(scanMembers(bytes, 0, bytes.length, names, ranges)).toBe(bytes.length);
    return names.texts.map((_, i) =>
      ranges[i * 2] === -1 ? undefined : bytes.toString('utf8', ranges[i * 2], ranges[i * 2 + 1]),
    );
  };

  it('finds members of the object itself, whatever lies in deeper objects and strings', () => {
    expect(
      find('{ "spec": {"kind": 1, "metadata": 2}, "x": "\\"kind\\":3", "kind" : "Pod" ,"metadata":{"a":[]} }'),
    ).toEqual(['"Pod"', '{"a":[]}']);
    expect(find('{}')).toEqual([undefined, undefined]);
    expect(find('{"kinds":1,"kin":2,"Kind":3}')).toEqual([undefined, undefined]);
  });

  it('knows a name in every spelling', () => {
    expect(find('{"\\u006bind":1,"met\\u0061data":2}')).toEqual(['1', '2']);
  });

  it('refuses a name that comes twice', () => {
    expect(() => find('{"kind":"Pod","kind":"Secret"}')).toThrow(/"kind" comes twice/);
    expect(() => find('{"kind":"Pod","\\u006bind":"Secret"}')).toThrow(/"kind" comes twice/);
  });

  it('reads text as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = Buffer.from(JSON.stringify(text));
        expect(readText(bytes, 0, bytes.length)).toBe(JSON.parse(bytes.toString()));
      }),
    );
  });
});
