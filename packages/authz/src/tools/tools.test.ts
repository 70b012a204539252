import type { RequestAttributes } from '@sallyport/core';
import type { PolicyTest, ResourceDocument } from '@sallyport/core/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requiredActions } from '../action.ts';
import { compilePolicy } from '../compile-policy.ts';
import { createAuthorizer, evaluate } from '../evaluate.ts';
import { aBinding, aCluster, anAccessQuery, aPrincipal, aResourceRequest, aRole } from '../testing/fixtures.ts';
import { compareAccess } from './compare-access.ts';
import { countRuleUses } from './count-rule-uses.ts';
import { readOrganization } from './offline-organization.ts';
import { readRequest } from './read-request.ts';
import { runPolicyTest } from './run-policy-test.ts';
import { suggestRules } from './suggest-rules.ts';

const document = (kind: string, name: string, spec: object) =>
  ({ apiVersion: 'sallyport.dev/v1', kind, metadata: { name }, spec }) as ResourceDocument;

const DOCUMENTS = [
  document('Project', 'shop', {}),
  document('Cluster', 'production', { project: 'shop' }),
  document('IdentityProvider', 'corp', { oidc: { issuer: 'https://idp.example.com', clientId: 'sallyport' } }),
  document('Group', 'operators', { users: ['oda@example.com'], serviceAccounts: ['ci'] }),
  document('Role', 'restart', {
    kubernetes: { clusterRoles: ['edit'], rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }] },
  }),
  document('Binding', 'developers', {
    role: 'viewer',
    subjects: [{ kind: 'Group', name: 'dev', identityProvider: 'corp' }],
    scope: { kind: 'projects', projects: ['shop'] },
  }),
  document('Binding', 'operators', {
    role: 'restart',
    subjects: [{ kind: 'Group', name: 'operators' }],
    scope: { kind: 'clusters', clusters: ['production'], namespaces: { names: ['web'] } },
  }),
];

const testOf = (...cases: Partial<PolicyTest['spec']['cases'][number]>[]): PolicyTest => ({
  apiVersion: 'sallyport.dev/v1',
  kind: 'PolicyTest',
  metadata: { name: 'access' },
  spec: {
    cases: cases.map((one, i) => ({
      name: `case ${i}`,
      as: { user: 'ann@example.com', groups: ['dev'], identityProvider: 'corp' },
      cluster: 'production',
      request: { verb: 'list', resource: 'pods', namespace: 'web' },
      expect: 'allow',
      ...one,
    })),
  },
});

describe('an organization of documents alone', () => {
  const { organization, problems } = readOrganization(DOCUMENTS);
  const run = (...cases: Partial<PolicyTest['spec']['cases'][number]>[]) =>
    runPolicyTest(organization, testOf(...cases), new Date('2026-01-01T00:00:00Z'));
  const remove = { verb: 'delete', resource: 'pods', namespace: 'web', name: 'web-0' };

  it('decides by provider groups, own groups, service accounts, projects and namespaces', () => {
    expect(problems).toEqual([]);
    expect(
      run(
        {},
        { as: { user: 'ann@example.com' }, expect: 'deny', reason: 'no role is bound' },
        { as: { user: 'ann@example.com', groups: ['dev'] }, expect: 'deny' },
        { as: { user: 'oda@example.com' }, request: remove },
        { as: { serviceAccount: 'ci' }, request: remove },
        { as: { user: 'oda@example.com' }, request: { ...remove, namespace: 'bank' }, expect: 'deny' },
        { as: { user: 'oda@example.com' }, request: { method: 'DELETE', target: '/api/v1/namespaces/web/pods/web-0' } },
      ).filter(({ isPassed }) => !isPassed),
    ).toEqual([]);
  });

  it('says why a case failed', () => {
    expect(run({ expect: 'deny' })[0]?.problem).toMatch(
      /^expected deny, got allow: role viewer is bound by bnd_developers/,
    );
    expect(run({ reason: 'because' })[0]?.problem).toMatch(/^expected a reason with "because", got: role viewer/);
    expect(run({ cluster: 'staging' })[0]?.problem).toBe('no document describes the cluster staging');
    expect(run({ obligations: ['record'] })[0]?.problem).toBe('expected the obligations [record], got []');
    expect(run({ request: { target: '/api//v1' } })[0]?.problem).toContain('empty segment');
  });

  it('leaves out and tells documents that refer to nothing', () => {
    const broken = document('Binding', 'broken', {
      role: 'nope',
      subjects: [{ kind: 'User', name: 'ann@example.com' }],
      scope: { kind: 'organization' },
    });
    expect(readOrganization([...DOCUMENTS, broken]).problems).toEqual([
      {
        index: DOCUMENTS.length,
        path: ['spec', 'role'],
        message: 'spec.role names the Role "nope", which none of the documents describes',
        code: 'ERR_POLICY_REFERENCE_MISSING',
      },
    ]);
  });
});

describe('problems of documents', () => {
  it('name the place in the document', () => {
    const role = document('Role', 'broken', {
      kubernetes: { clusterRoles: ['view'], rules: [{ verbs: ['get'], resources: ['pods'] }] },
    });
    const policy = document('AccessPolicy', 'broken', {
      subjects: 'everyone',
      scope: { kind: 'installation' },
      deny: [{ rules: [{ verbs: ['get'] }] }],
    });
    expect(readOrganization([role, policy]).problems).toEqual([
      { index: 0, path: ['spec', 'kubernetes', 'rules', 0], message: 'rules[0] has resources but no apiGroups' },
      { index: 1, path: ['spec', 'scope'], message: 'scope reaches no cluster' },
      {
        index: 1,
        path: ['spec', 'deny', 0, 'rules', 0],
        message: 'deny[0].rules[0] names neither resources nor nonResourceUrls',
      },
    ]);
  });
});

describe('a comparison of two policies', () => {
  it('tells who gains and who loses what, the most frequent first', () => {
    const view = aRole({ rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }] });
    const wider = aRole({ rules: [{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] }] });
    const authorizerOf = (role: typeof view) =>
      createAuthorizer(compilePolicy({ roles: [role], bindings: [aBinding()] }, 1));
    const seen = (verb: string, count: number) => ({
      principal: aPrincipal(),
      cluster: aCluster(),
      attributes: aResourceRequest({ verb }),
      count,
      lastAt: new Date('2026-01-01T00:00:00Z'),
    });
    const found = compareAccess(authorizerOf(view), authorizerOf(wider), [
      seen('get', 9),
      seen('delete', 2),
      seen('list', 5),
    ]);
    expect(found.map(({ action, before, after, observation }) => [action, before, after, observation.count])).toEqual([
      ['list pods web-0 in namespace shop', 'allow', 'deny', 5],
      ['delete pods web-0 in namespace shop', 'deny', 'allow', 2],
    ]);
  });
});

describe('uses of rules', () => {
  it('are the requests that each covers something of', () => {
    const seen = (verb: string, resource: string, count: number, day: number) => ({
      attributes: readRequest({ verb, resource, namespace: 'shop' }),
      count,
      lastAt: new Date(Date.UTC(2026, 0, day)),
    });
    const rules = [
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] },
      // A shell that was opened by GET needs to create one.
      { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['shop'] },
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'] },
    ];
    const observed = [seen('get', 'pods', 3, 2), seen('list', 'pods', 4, 9), seen('get', 'pods/exec', 5, 4)];
    expect(countRuleUses(rules, observed)).toEqual([
      { count: 7, lastAt: new Date(Date.UTC(2026, 0, 9)) },
      { count: 5, lastAt: new Date(Date.UTC(2026, 0, 4)) },
      { count: 0 },
    ]);
    expect(countRuleUses([], observed)).toEqual([]);
  });
});

describe('suggested rules', () => {
  const word = (...words: string[]) => fc.constantFrom(...words);
  const request: fc.Arbitrary<RequestAttributes> = fc.oneof(
    fc
      .record({
        verb: word('get', 'list', 'create', 'delete'),
        apiGroup: word('', 'apps'),
        resource: word('pods', 'deployments'),
        subresource: word('', 'exec', 'log', 'ephemeralcontainers'),
        namespace: word('', 'shop', 'bank'),
        name: word('', 'web-0'),
      })
      .map((some) => aResourceRequest(some)),
    fc.record({ verb: word('get', 'post'), path: word('/version', '/healthz') }).map((some) => ({
      kind: 'nonResource' as const,
      ...some,
    })),
  );
  const allows = (rules: ReturnType<typeof suggestRules>, attributes: RequestAttributes) => {
    const role = aRole({ rules });
    const policy = compilePolicy({ roles: [role], bindings: [aBinding()] }, 1);
    return evaluate(policy, anAccessQuery({ attributes })).effect === 'allow';
  };

  it('cover everything that was done', () => {
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 12 }), (observed) => {
        const rules = suggestRules(observed);
        for (const attributes of observed) expect(allows(rules, attributes)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('cover nothing in a namespace where no such thing was done', () => {
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 8 }), request, (observed, other) => {
        const covered = suggestRules([...observed, other]).length > 0 && allows(suggestRules(observed), other);
        if (!covered || other.kind === 'nonResource') return;
        // Each part of it was done in that namespace or cluster-wide, on that resource, by that verb.
        const cells = observed.flatMap((one) => requiredActions(one)).flatMap((one) => suggestRules([one]));
        for (const need of requiredActions(other).flatMap((one) => suggestRules([one]))) {
          const isDone = cells.some(
            (rule) =>
              rule.verbs[0] === need.verbs[0] &&
              rule.apiGroups?.[0] === need.apiGroups?.[0] &&
              need.resources?.every((resource) => rule.resources?.includes(resource)) &&
              (rule.namespaces === undefined || rule.namespaces[0] === need.namespaces?.[0]),
          );
          expect(isDone).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('read as a person would write them', () => {
    const at = (verb: string, resource: string, namespace: string) => readRequest({ verb, resource, namespace });
    expect(
      suggestRules([
        at('get', 'pods', 'web'),
        at('list', 'pods', 'web'),
        at('get', 'services', 'web'),
        at('list', 'services', 'web'),
        at('get', 'pods/exec', 'web'),
        at('list', 'pods', 'api'),
        at('get', 'pods', 'api'),
        readRequest({ target: '/version' }),
        readRequest({ target: '/apis/apps/v1' }),
      ]),
    ).toEqual([
      { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['web'] },
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'services'], namespaces: ['web'] },
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'], namespaces: ['api'] },
      { verbs: ['get'], nonResourceUrls: ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*', '/version'] },
    ]);
  });
});
