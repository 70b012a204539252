import { describe, expect, it } from 'vitest';
import { hasDuplicateKeys } from './duplicate-keys.ts';

describe('hasDuplicateKeys', () => {
  for (const text of [
    '{}',
    '[]',
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    '{"a":"a","b":"\\"a\\":"}',
    '{"a":["b","b"],"b":"{\\"b\\":1,\\"b\\":2}"}',
  ]) {
    it(`finds none in ${text}`, () => expect(hasDuplicateKeys(text)).toBe(false));
  }

  for (const text of [
    '{"a":1,"a":2}',
    '{"a":1,"b":{"c":1,"d":[],"c":2}}',
    '[{"a":1},{"a":1,"a":1}]',
    '{"sub":"x" , "\\u0073ub" :"y"}',
    '{"":1,"":2}',
  ]) {
    it(`finds one in ${text}`, () => expect(hasDuplicateKeys(text)).toBe(true));
  }
});
