import { describe, expect, it } from 'vitest';
import { describeStepUpNeed, stepUpChallenge, stepUpCommand, strictestDemand } from './step-up.ts';

const at = new Date('2026-06-01T12:00:00Z');
const ago = (ms: number) => new Date(at.getTime() - ms);
const fresh = { method: 'oidc', authenticatedAt: ago(60_000), acr: 'urn:mfa', amr: ['pwd', 'otp'] } as const;

describe('a step-up demand', () => {
  for (const [what, demand, need] of [
    ['nothing', {}, undefined],
    ['an age that it has', { maxAgeMs: 60_000 }, undefined],
    ['a shorter age', { maxAgeMs: 59_999 }, 'older than 59 seconds'],
    ['its class', { acr: ['urn:hw', 'urn:mfa'] }, undefined],
    ['another class', { acr: ['urn:hw'] }, 'not of the class urn:hw'],
    ['no class at all', { acr: [] }, 'not of the class'],
    ['its methods', { amr: ['otp', 'pwd'] }, undefined],
    ['a further method', { amr: ['otp', 'hwk'] }, 'without hwk'],
  ] as const) {
    it(`of ${what} ${need === undefined ? 'is met' : 'is not met'}`, () => {
      const found = describeStepUpNeed(fresh, demand, at);
      if (need === undefined) expect(found).toBeUndefined();
      else expect(found).toContain(need);
    });
  }

  it('is not met by a login of which nothing is known', () => {
    const unknown = { method: 'oidc' } as const;
    expect(describeStepUpNeed(unknown, { maxAgeMs: 86_400_000 }, at)).toBeDefined();
    expect(describeStepUpNeed(unknown, { acr: ['a'] }, at)).toBeDefined();
    expect(describeStepUpNeed(unknown, { amr: ['pwd'] }, at)).toBeDefined();
  });

  it('of several levels is the strictest of them', () => {
    expect(strictestDemand([])).toBeUndefined();
    expect(strictestDemand([{}, {}])).toBeUndefined();
    expect(
      strictestDemand([
        { maxAgeMs: 10, acr: ['a', 'b'], amr: ['otp'] },
        { maxAgeMs: 5, amr: ['hwk', 'otp'] },
        { acr: ['b', 'c'] },
      ]),
    ).toEqual({ maxAgeMs: 5, acr: ['b'], amr: ['otp', 'hwk'] });
    // Nothing satisfies both, so nobody passes.
    const impossible = strictestDemand([{ acr: ['a'] }, { acr: ['b'] }]);
    expect(describeStepUpNeed({ ...fresh, acr: 'a' }, impossible ?? {}, at)).toBeDefined();
  });

  it('is told as RFC 9470 has it, and as a command', () => {
    const demand = { maxAgeMs: 300_000, acr: ['urn:mfa', 'x"y\r\nz'] };
    expect(stepUpChallenge(demand)).toBe(
      'DPoP error="insufficient_user_authentication", acr_values="urn:mfa xyz", max_age="300"',
    );
    expect(stepUpCommand(demand)).toBe('sallyport login --step-up --max-age 300s --acr urn:mfa');
    expect(stepUpCommand({ acr: ["it's; rm"] })).toBe("sallyport login --step-up --acr 'it'\\''s; rm'");
  });
});
