import { describe, expect, it } from 'vitest';
import { compileAddressList, describeCidrProblem } from './address-list.ts';

describe('compileAddressList', () => {
  const cases: readonly [readonly string[], string | undefined, boolean][] = [
    [['192.0.2.0/24'], '192.0.2.255', true],
    [['192.0.2.0/24'], '192.0.3.0', false],
    [['192.0.2.0/24'], '::ffff:192.0.2.7', true],
    [['192.0.2.7'], '192.0.2.7', true],
    [['192.0.2.7'], '192.0.2.8', false],
    [['2001:db8::/32', '192.0.2.0/24'], '2001:db8::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['::/0'], '192.0.2.7', false],
    [['0.0.0.0/0'], '::1', false],
    [['192.0.2.0/24'], undefined, false],
    [['0.0.0.0/0'], 'unknown', false],
    [[], '192.0.2.7', false],
  ];
  for (const [list, address, want] of cases) {
    it(`${want ? 'holds' : 'does not hold'} ${address} in [${list.join(', ')}]`, () => {
      expect(compileAddressList(list)(address)).toBe(want);
    });
  }
});

describe('describeCidrProblem', () => {
  it('takes networks and single addresses', () => {
    for (const text of ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1', '0.0.0.0/0']) {
      expect(describeCidrProblem(text)).toBeUndefined();
    }
  });
  it('refuses bits beyond the prefix, which would say something other than was meant', () => {
    expect(describeCidrProblem('10.1.0.0/8')).toBe(
      '"10.1.0.0/8" has bits beyond its prefix; the network is 10.0.0.0/8',
    );
    expect(describeCidrProblem('2001:db8::1/32')).toContain('2001:db8::/32');
  });
  it('refuses what is no network', () => {
    for (const text of ['', 'localhost', '10.0.0.0/33', '10.0.0.0/-1', '127.1', '0x7f000001', '10.0.0.0/8/8', '1/8']) {
      expect(describeCidrProblem(text), text).toMatch(/neither an address nor a network/);
    }
  });
});
