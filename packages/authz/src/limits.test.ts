import type { AccessLimits } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { evaluate } from './evaluate.ts';
import type { AccessPolicy, Role } from './policy.ts';
import { aBinding, anAccessQuery, aPrincipal, aRole } from './testing/fixtures.ts';

/** What an allow says about its limits, with these roles bound and these policies about everyone. */
function limitsOf(
  roles: Readonly<Record<string, AccessLimits>>,
  policies: Readonly<Record<string, AccessLimits>> = {},
) {
  const { organizationId } = aPrincipal();
  const names = Object.keys(roles);
  const documents = {
    roles: names.map((name) => aRole({ id: `rol_${name}` as Role['id'], name, limits: roles[name] ?? {} })),
    bindings: names.map((name) => aBinding({ id: `bnd_${name}` as never, roleId: `rol_${name}` as Role['id'] })),
    accessPolicies: Object.entries(policies).map(
      ([name, limits]): AccessPolicy => ({
        id: `pol_${name}` as AccessPolicy['id'],
        organizationId,
        name,
        subjects: 'everyone',
        scope: { kind: 'organization' },
        limits,
      }),
    ),
  };
  const decision = evaluate(compilePolicy(documents, 1), anAccessQuery());
  if (decision.effect === 'deny') throw new Error(decision.reasons[0]?.message);
  return { limits: decision.limits, by: decision.limitedBy?.map(({ source, path }) => `${source} ${path}`) };
}

describe('the documents that set limits', () => {
  it('are, of roles, those that allow the most, number by number', () => {
    expect(
      limitsOf({
        slow: { requestsPerSecond: 5, concurrentStreams: 9 },
        fast: { requestsPerSecond: 50, concurrentStreams: 1 },
      }),
    ).toEqual({
      limits: { requestsPerSecond: 50, concurrentStreams: 9 },
      by: ['role/rol_fast limits.requestsPerSecond', 'role/rol_slow limits.concurrentStreams'],
    });
  });

  it('are policies where these are stricter, and not the role that says the same number in vain', () => {
    expect(
      limitsOf(
        { slow: { requestsPerSecond: 5 }, fast: { requestsPerSecond: 50 } },
        { strict: { requestsPerSecond: 5 } },
      ),
    ).toEqual({
      limits: { requestsPerSecond: 5 },
      by: ['accessPolicy/pol_strict limits.requestsPerSecond'],
    });
    expect(limitsOf({ slow: { requestsPerSecond: 5 } }, { lax: { requestsPerSecond: 9, burst: 4 } })).toMatchObject({
      by: ['role/rol_slow limits.requestsPerSecond', 'accessPolicy/pol_lax limits.burst'],
    });
  });

  it('are all that say the number which counts', () => {
    const both = limitsOf({ one: { concurrentStreams: 2 }, two: { concurrentStreams: 2 } });
    expect(both.by).toEqual(['role/rol_one limits.concurrentStreams', 'role/rol_two limits.concurrentStreams']);
  });

  it('are none where a role that allows has no limit', () => {
    expect(limitsOf({ slow: { requestsPerSecond: 5 }, free: {} })).toEqual({ limits: undefined, by: undefined });
  });
});
