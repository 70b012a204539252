import { describe, expect, it } from 'vitest';
import { safeReturnTo } from './return-to.ts';

const PUBLIC_URL = 'https://sallyport.example.com';

describe('the way back after a login', () => {
  for (const path of ['/', '/clusters', '/clusters/a?tab=nodes#x', '/a%2Fb']) {
    it(`may be ${path}`, () => {
      expect(safeReturnTo(path, PUBLIC_URL)).toBe(path);
    });
  }

  for (const given of [
    'https://evil.example.com/',
    '//evil.example.com/',
    '/\\evil.example.com',
    '\\\\evil.example.com',
    '/\t/evil.example.com',
    '/\n/evil.example.com',
    '/.//evil.example.com',
    '/a/..//evil.example.com',
    'javascript:alert(1)',
    'evil',
    '',
    ' /clusters',
    `/${'a'.repeat(3_000)}`,
    undefined,
    ['/clusters'],
    'https://sallyport.example.com@evil.example.com/',
  ]) {
    it(`SEC-E04 is the home page for ${JSON.stringify(given)?.slice(0, 50)}`, () => {
      expect(safeReturnTo(given, PUBLIC_URL)).toBe('/');
    });
  }
});
