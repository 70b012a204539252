import { describe, expect, it } from 'vitest';
import { addressRangeOf } from './address-range.ts';

describe('a range of addresses', () => {
  for (const [range, inside, outside] of [
    [
      '10.0.0.0/8',
      ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3', '::ffff:0a01:0203'],
      ['11.0.0.0', '9.255.255.255', '::10.1.2.3'],
    ],
    ['192.0.2.7', ['192.0.2.7', '::ffff:192.0.2.7'], ['192.0.2.8']],
    ['0.0.0.0/0', ['1.2.3.4', '::ffff:1.2.3.4'], ['2001:db8::1']],
    ['::ffff:10.0.0.0/104', ['10.1.2.3'], ['11.0.0.0']],
    ['2001:db8::/32', ['2001:db8::1', '2001:DB8:ffff::', '2001:db8::1%eth0'], ['2001:db9::1', '10.0.0.1']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1'], ['::2', '127.0.0.1']],
    ['fe80::/10', ['fe80::1%2', 'febf::'], ['fec0::']],
  ] as const) {
    it(`SEC-A20 ${range} holds its addresses in every form, and no other`, () => {
      expect(inside.map(addressRangeOf(range))).toEqual(inside.map(() => true));
      expect(outside.map(addressRangeOf(range))).toEqual(outside.map(() => false));
    });
  }

  for (const text of [
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '1::2::3',
    ':::',
    '2001:db8::/129',
    'g::1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7::8',
    'example.com',
    '::ffff:10.0.0.0/90',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(() => addressRangeOf(text)).toThrow('is neither an address nor a CIDR block'));
  }

  it('throws on an address that it can not read, so that a condition about it fails', () => {
    expect(() => addressRangeOf('10.0.0.0/8')('unknown')).toThrow('is neither an address nor a CIDR block');
  });
});
