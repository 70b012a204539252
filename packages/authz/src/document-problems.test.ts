import { describe, expect, it } from 'vitest';
import { describeAccessPolicyProblems } from './access-policy-problems.ts';
import { describeConditionProblem } from './conditions/policy-condition.ts';
import type { AccessPolicy, Rule } from './policy.ts';
import { describeRoleProblems } from './role-problems.ts';
import { aPrincipal, aRole } from './testing/fixtures.ts';

const web = { matchLabels: { team: 'web' } };
const rule = (overrides: Partial<Rule>): Rule => ({
  verbs: ['get'],
  apiGroups: [''],
  resources: ['pods'],
  ...overrides,
});

describe('problems of a role', () => {
  for (const [name, overrides, problem] of [
    [
      'labels with a verb that writes',
      { rules: [rule({ verbs: ['get', 'delete'], labelSelector: web })] },
      'rules[0].labelSelector goes with get, list and watch alone, not with delete',
    ],
    [
      'labels with every verb',
      { rules: [rule({ verbs: ['*'], labelSelector: web })] },
      'rules[0].labelSelector goes with get, list and watch alone, not with *',
    ],
    [
      'labels with a subresource',
      { rules: [rule({ resources: ['pods/log'], labelSelector: web })] },
      'rules[0].labelSelector goes with whole objects, not with the subresource pods/log',
    ],
    [
      'an empty selector',
      { rules: [rule({ labelSelector: {} })] },
      'rules[0].labelSelector is empty, which would select everything',
    ],
    ['an unknown privilege', { privileges: ['root'] }, 'privileges[0] root is unknown'],
    ['limits of nothing', { limits: { requestsPerSecond: 0 } }, 'limits.requestsPerSecond is not a positive number'],
    ['unknown limits', { limits: { requests: 1 } }, 'limits.requests is unknown'],
  ] as const) {
    it(`names ${name}`, () => {
      expect(describeRoleProblems(aRole(overrides as never))).toEqual([expect.stringContaining(problem)]);
    });
  }

  it('finds none in a rule with labels that reads', () => {
    expect(describeRoleProblems(aRole({ rules: [rule({ verbs: ['get', 'list'], labelSelector: web })] }))).toEqual([]);
  });
});

describe('problems of a condition', () => {
  for (const [text, problem] of [
    ['user.nmae == "x"', 'line 1, column 6: no such key: nmae'],
    ['user.name == 3', 'no such overload: string == int'],
    ['user.name', 'of type string, expected bool'],
    ['nope', 'unknown variable: nope'],
    ['network.address.inRange("10.0.0.0/99")', 'the range of inRange() is neither an address nor a CIDR block'],
    ['network.address.inRange(user.name)', 'the range of inRange() must be a literal text'],
    ['now > "2026"', 'no such overload'],
  ] as const) {
    it(`are named with their place: ${text}`, () => {
      expect(describeConditionProblem(text)).toEqual(expect.stringContaining(problem));
    });
  }

  it('are none in what conditions may read', () => {
    for (const text of [
      'user.name == "a" && user.kind == "user" && user.issuer == "x" && "g" in user.groups + user.localGroups',
      'session.method == "oidc" && "otp" in session.amr && session.claims.a.b == 1',
      'has(session.acr) && now - session.authenticatedAt < duration("8h")',
      'request.isMutating && request.verb in ["create"] && request.path.startsWith("/api")',
      'cluster.name == "a" && cluster.labels["env"] == "prod" && cluster.project == "p"',
      'network.channel == "web" || network.address.inRange("10.0.0.0/8")',
    ]) {
      expect(describeConditionProblem(text)).toBeUndefined();
    }
  });
});

describe('problems of an access policy', () => {
  const policy = (overrides: object): AccessPolicy =>
    ({
      id: 'pol_1',
      organizationId: aPrincipal().organizationId,
      name: 'p',
      subjects: 'everyone',
      scope: { kind: 'organization' },
      ...overrides,
    }) as AccessPolicy;
  for (const [overrides, path] of [
    [{ subjects: 'all' }, 'subjects'],
    [{ subjects: [{ kind: 'group', name: 'x' }] }, 'subjects[0]'],
    [{ scope: { kind: 'installation' } }, 'scope'],
    [{ scope: { kind: 'clusters', clusterIds: [] } }, 'scope'],
    [{ deny: {} }, 'deny'],
    [{ deny: [{}] }, 'deny[0]'],
    [{ deny: [{ rules: [rule({}), rule({ verbs: [] })] }] }, 'deny[0].rules[1].verbs'],
    [{ deny: [{ rules: [rule({ labelSelector: web })] }] }, 'deny[0].rules[0].labelSelector'],
    [{ deny: [{ privileges: ['root'] }] }, 'deny[0].privileges[0]'],
    [{ deny: [{ rules: [rule({})], condition: 'nope' }] }, 'deny[0].condition'],
    [{ require: [{ rules: [rule({})], obligations: ['filter'] }] }, 'require[0].obligations'],
    [{ limits: { burst: -1 } }, 'limits.burst'],
  ] as const) {
    it(`have the path ${path}`, () => {
      expect(describeAccessPolicyProblems(policy(overrides)).map((one) => one.path)).toEqual([path]);
    });
  }

  it('are all listed', () => {
    const problems = describeAccessPolicyProblems(policy({ subjects: 1, deny: [null, { rules: 'all' }], limits: [] }));
    expect(problems.map(({ path }) => path)).toEqual(['subjects', 'deny[0]', 'deny[1].rules', 'limits']);
  });
});
