import { expect, it } from 'vitest';
import { plainAddress } from './peer-address.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['[::ffff:192.0.2.1]', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
  ['::ffff:1:2', '::ffff:1:2'],
  [undefined, ''],
])('SEC-A20 writes the peer address %s as %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});
