import { expect, it } from 'vitest';
import { userNameKey } from './user-name-key.ts';

it('SEC-A18 compares user names without letter case and Unicode form', () => {
  expect(userNameKey('Ada@Example.com')).toBe(userNameKey('ada@example.com'));
  expect(userNameKey('re\u0301ne\u0301')).toBe(userNameKey('r\u00e9n\u00e9'));
  expect(userNameKey('\uff41da')).toBe(userNameKey('ada'));
  expect(userNameKey('ada')).not.toBe(userNameKey('bda'));
});
