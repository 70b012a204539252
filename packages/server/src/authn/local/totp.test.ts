import { Secret } from '@sallyport/core';
import { Secret as OtpSecret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { createRecoveryCodes, RECOVERY_CODE_COUNT, readRecoveryCode } from './recovery-codes.ts';
import { createTotpSecret, findTotpStep, totpAddress } from './totp.ts';

/** RFC 6238, appendix B: the secret of its SHA-1 vectors; the codes are the last six of its eight digits. */
const RFC_SECRET = new Secret(OtpSecret.fromLatin1('12345678901234567890').base32);

describe('codes of a code app', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const) {
    it(`are those of RFC 6238 at ${seconds}`, () => {
      expect(findTotpStep(RFC_SECRET, code, new Date(seconds * 1000))).toBe(Math.floor(seconds / 30));
    });
  }

  it('are taken one step early and late, and no further', () => {
    const step = 1_111_111_109 / 30;
    const at = (steps: number) => new Date((Math.floor(step) + steps) * 30_000);
    expect([-2, -1, 0, 1, 2].map((steps) => findTotpStep(RFC_SECRET, '081804', at(steps)))).toEqual([
      undefined,
      Math.floor(step),
      Math.floor(step),
      Math.floor(step),
      undefined,
    ]);
  });

  it('are six digits and nothing else', () => {
    const at = new Date(59_000);
    for (const code of ['', '28708', '2870820', ' 287082', '287082\n', '２８７０８２', '94287082', '0x4616']) {
      expect(findTotpStep(RFC_SECRET, code, at)).toBeUndefined();
    }
  });

  it('come from 160 random bits', () => {
    const [one, other] = [createTotpSecret(), createTotpSecret()];
    expect(one.reveal()).toMatch(/^[A-Z2-7]{32}$/);
    expect(one.reveal()).not.toBe(other.reveal());
  });

  it('are taken over by an address that apps read', () => {
    const address = totpAddress(RFC_SECRET, 'ada@example.com');
    expect(address).toMatch(/^otpauth:\/\/totp\/Sallyport:ada%40example.com\?/);
    expect(new URL(address).searchParams.get('secret')).toBe(RFC_SECRET.reveal());
    expect(new TOTP({ secret: RFC_SECRET.reveal() }).generate({ timestamp: 59_000 })).toBe('287082');
  });
});

describe('recovery codes', () => {
  it('are ten, all different, of 80 random bits', () => {
    const codes = createRecoveryCodes();
    expect(new Set(codes).size).toBe(RECOVERY_CODE_COUNT);
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  });

  it('are read as people type them', () => {
    const [code = ''] = createRecoveryCodes();
    expect(readRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')} `)).toBe(code);
    expect(readRecoveryCode('oil0-0000-0000-0000')).toBe('0110-0000-0000-0000');
    expect(readRecoveryCode('')).toBeUndefined();
    expect(readRecoveryCode(`${code}0`)).toBeUndefined();
    expect(readRecoveryCode('u000-0000-0000-0000')).toBeUndefined();
  });
});
