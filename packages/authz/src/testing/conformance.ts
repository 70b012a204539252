import assert from 'node:assert/strict';
import type { BindingId, ClusterId, OrganizationId, RoleId } from '@sallyport/core';
import type { PolicyDocuments } from '../compile-policy.ts';
import type { Rule } from '../policy.ts';
import type { AccessQuery, Authorizer, Decision } from '../query.ts';
import { aBinding, aCluster, anAccessQuery, aPrincipal, aResourceRequest, aRole } from './fixtures.ts';

/** One thing that every authorizer must do. Free of any test runner: `run` throws when it does not hold. */
export interface AuthorizerConformanceCase {
  readonly name: string;
  run(setup: AuthorizerSetup): void;
}

/** Makes the authorizer under test from documents. */
export type AuthorizerSetup = (documents: PolicyDocuments) => Authorizer;

const READ: Rule = { verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] };
const EVERYTHING: Rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], nonResourceUrls: ['*'] };
const OTHER_ORGANIZATION = 'org_00000000000000000000000002' as OrganizationId;

/** What the access proxy relies on, whoever decides. */
export const authorizerConformance: readonly AuthorizerConformanceCase[] = [
  {
    name: 'denies when there is no binding',
    run: (setup) => assertDenied(setup({ roles: [aRole()], bindings: [] }), {}),
  },
  {
    name: 'denies when the role of a binding is gone',
    run: (setup) => assertDenied(setup({ roles: [], bindings: [aBinding()] }), {}),
  },
  {
    name: 'acts as the user name with the groups of the ceiling, and names the login session',
    run: (setup) => {
      const decision = setup({ roles: [aRole()], bindings: [aBinding()] })(
        anAccessQuery({ loginSessionId: 'ses_00000000000000000000000001' as never }),
      );
      assert.deepEqual(impersonationOf(decision), {
        user: 'ann@example.com',
        groups: ['sallyport:view'],
        extra: { 'sallyport.dev/session': ['ses_00000000000000000000000001'] },
      });
    },
  },
  {
    name: 'unites the ceilings of the bindings that cover the request, and of no other',
    run: (setup) => {
      const pods = aRole({ rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] });
      const all = aRole({ id: roleId('2'), name: 'all', ceilingGroups: ['sallyport:edit'] });
      const nodes = aRole({
        id: roleId('3'),
        name: 'nodes',
        ceilingGroups: ['sallyport:nodes'],
        rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }],
      });
      const bindings = [pods, all, nodes].map((role, i) => aBinding({ id: bindingId(String(i)), roleId: role.id }));
      const decision = setup({ roles: [pods, all, nodes], bindings })(anAccessQuery());
      assert.deepEqual(impersonationOf(decision)?.groups, ['sallyport:edit', 'sallyport:view']);
    },
  },
  {
    name: 'keeps groups of one name from two issuers apart',
    run: (setup) => {
      const subjects = [{ kind: 'group', issuer: 'https://idp.example.com', name: 'dev' }] as const;
      const authorize = setup({ roles: [aRole()], bindings: [aBinding({ subjects })] });
      assertAllowed(authorize, { principal: aPrincipal({ groups: ['dev'] }) });
      assertDenied(authorize, { principal: aPrincipal({ groups: ['dev'], issuer: 'https://other.example.com' }) });
      assertDenied(authorize, { principal: aPrincipal({ groups: [] }) });
    },
  },
  {
    name: 'SEC-D03 denies across organizations, whichever of the parties is foreign',
    run: (setup) => {
      const foreignPrincipal = aPrincipal({ organizationId: OTHER_ORGANIZATION });
      const foreignCluster = aCluster({ organizationId: OTHER_ORGANIZATION });
      const authorize = setup({ roles: [aRole()], bindings: [aBinding()] });
      assertDenied(authorize, { principal: foreignPrincipal });
      assertDenied(authorize, { cluster: foreignCluster });
      assertDenied(authorize, { principal: foreignPrincipal, cluster: foreignCluster });
      const foreignBinding = aBinding({ organizationId: OTHER_ORGANIZATION });
      assertDenied(setup({ roles: [aRole()], bindings: [foreignBinding] }), {});
      const foreignRole = aRole({ organizationId: OTHER_ORGANIZATION });
      assertDenied(setup({ roles: [foreignRole], bindings: [aBinding()] }), {});
    },
  },
  {
    name: 'reaches only the clusters of a scope',
    run: (setup) => {
      const scope = { kind: 'clusters', clusterIds: [aCluster().id] } as const;
      const authorize = setup({ roles: [aRole()], bindings: [aBinding({ scope })] });
      assertAllowed(authorize, {});
      assertDenied(authorize, { cluster: aCluster({ id: 'clu_00000000000000000000000009' as ClusterId }) });
      const none = { kind: 'clusters', clusterIds: [] } as const;
      assertDenied(setup({ roles: [aRole()], bindings: [aBinding({ scope: none })] }), {});
    },
  },
  {
    name: 'SEC-B03 opens no shell, forward or proxy for a role that reads, by whatever method',
    run: (setup) => {
      const authorize = setup({ roles: [aRole({ rules: [READ] })], bindings: [aBinding()] });
      for (const subresource of ['exec', 'attach', 'portforward', 'proxy', 'token']) {
        for (const verb of ['get', 'create', 'update', 'watch', 'list']) {
          assertDenied(authorize, { attributes: aResourceRequest({ verb, subresource }) });
        }
      }
      assertAllowed(authorize, { attributes: aResourceRequest({ subresource: 'log' }) });
    },
  },
  {
    name: 'opens a shell by any method for a role that may create pods/exec',
    run: (setup) => {
      const rules = [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }];
      const authorize = setup({ roles: [aRole({ rules })], bindings: [aBinding()] });
      for (const verb of ['get', 'create']) {
        assertAllowed(authorize, { attributes: aResourceRequest({ verb, subresource: 'exec' }) });
      }
      assertDenied(authorize, { attributes: aResourceRequest() });
    },
  },
  {
    name: 'SEC-B06 wants the right to exec, from the same role, for an ephemeral container',
    run: (setup) => {
      const patch: Rule = { verbs: ['patch'], apiGroups: [''], resources: ['pods', 'pods/ephemeralcontainers'] };
      const exec: Rule = { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] };
      const attributes = aResourceRequest({ verb: 'patch', subresource: 'ephemeralcontainers' });
      const decide = (...perRole: (readonly Rule[])[]) => {
        const roles = perRole.map((rules, i) => aRole({ id: roleId(String(i)), rules }));
        const bindings = roles.map((role, i) => aBinding({ id: bindingId(String(i)), roleId: role.id }));
        return setup({ roles, bindings })(anAccessQuery({ attributes })).effect;
      };
      assert.equal(decide([patch]), 'deny');
      assert.equal(decide([exec]), 'deny');
      assert.equal(decide([patch], [exec]), 'deny');
      assert.equal(decide([patch, exec]), 'allow');
    },
  },
  {
    name: 'SEC-B10 never lets a rule for a resource cover its subresource',
    run: (setup) => {
      const rules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['pods'] }];
      const authorize = setup({ roles: [aRole({ rules })], bindings: [aBinding()] });
      for (const subresource of ['log', 'status', 'eviction', 'binding', 'resize', 'invented']) {
        assertDenied(authorize, { attributes: aResourceRequest({ subresource }) });
      }
    },
  },
  {
    name: 'SEC-A10 never acts as a name of the cluster itself',
    run: (setup) => {
      const documents = { roles: [aRole({ rules: [EVERYTHING] })], bindings: [aBinding()] };
      for (const userName of ['system:masters', 'system:node:a', 'System:Admin', '', ' ', 'a\nb']) {
        assertDenied(setup(documents), { principal: aPrincipal({ userName }) });
      }
      for (const group of ['system:masters', 'SYSTEM:nodes', '', 'a\rb']) {
        assertDenied(setup({ roles: [aRole({ ceilingGroups: [group] })], bindings: [aBinding()] }), {});
      }
    },
  },
  {
    name: 'SEC-A08 denies, and does not throw, when a document or a query has the wrong shape',
    run: (setup) => {
      const brokenRoles = [
        { ceilingGroups: undefined },
        { rules: [{}] },
        { rules: 'all' },
        { rules: [{ verbs: '*' }] },
      ];
      for (const broken of brokenRoles) {
        const role = { ...aRole(), ...broken } as never;
        assertDenied(setup({ roles: [role], bindings: [aBinding()] }), {});
      }
      const authorize = setup({ roles: [aRole()], bindings: [aBinding()] });
      assertDenied(authorize, { principal: { ...aPrincipal(), groups: undefined } as never });
      assertDenied(authorize, { principal: { ...aPrincipal(), userName: 7 } as never });
      assertDenied(authorize, { attributes: undefined as never });
    },
  },
];

function roleId(name: string): RoleId {
  return `rol_${name.padStart(26, '0')}` as RoleId;
}

function bindingId(name: string): BindingId {
  return `bnd_${name.padStart(26, '0')}` as BindingId;
}

function impersonationOf(decision: Decision) {
  return decision.effect === 'allow' ? decision.impersonate : undefined;
}

function assertAllowed(authorize: Authorizer, query: Partial<AccessQuery>): void {
  const decision = authorize(anAccessQuery(query));
  assert.equal(decision.effect, 'allow', decision.reasons[0]?.message);
}

function assertDenied(authorize: Authorizer, query: Partial<AccessQuery>): void {
  const decision = authorize(anAccessQuery(query));
  assert.equal(decision.effect, 'deny', decision.reasons[0]?.message);
  assert.notEqual(decision.reasons[0]?.message ?? '', '');
}
