import { expect, it } from 'vitest';
import { supportLinksOf } from './branding.ts';

it('leads to help at https alone', () => {
  const help = { label: 'Help', url: 'https://help.example.com/' };
  const others = ['javascript:alert(1)', 'http://help.example.com/', 'data:text/html,x', '/help', ''];
  expect(supportLinksOf({ supportLinks: [help, ...others.map((url) => ({ label: 'Help', url }))] })).toEqual([help]);
  expect(supportLinksOf()).toEqual([]);
});
