import { describe, expect, it } from 'vitest';
import { describeDeviceProblem, formatUserCode, readOutcome } from './outcome-words.ts';

describe('the page of a device', () => {
  it('writes codes as terminals show them, however they are typed', () => {
    expect(formatUserCode('bcdf ghjk')).toBe('BCDF-GHJK');
    expect(formatUserCode('BCDF-')).toBe('BCDF');
    expect(formatUserCode('bcdfg')).toBe('BCDF-G');
    expect(formatUserCode('bcdf-ghjk-lmnp')).toBe('BCDF-GHJK');
  });

  it('reads how a login ended, and takes what it does not know for a failure', () => {
    expect(readOutcome(undefined)).toBeUndefined();
    expect(readOutcome('signedIn')).toBe('signedIn');
    expect(readOutcome('expired')).toBe('expired');
    expect(readOutcome('constructor')).toBe('failed');
    expect(describeDeviceProblem('used').title).toBe('This code has been used.');
  });
});
