import type { BindingId, PrincipalId, RoleId } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversCeiling } from '../authority/ceiling.ts';
import { describeExcess } from '../authority/describe-excess.ts';
import { compilePolicy } from '../compile-policy.ts';
import { evaluate } from '../evaluate.ts';
import { createPermissionIndex } from '../permission-index.ts';
import type { Binding, Role, Scope } from '../policy.ts';
import type { RequestContent } from '../query.ts';
import { aPrincipal, aResourceRequest } from '../testing/fixtures.ts';
import {
  aRichRoleOf,
  aRoleOf,
  aScope,
  CLUSTERS,
  HOME,
  NAMESPACES,
  PRINCIPALS,
  query,
  ROLES,
  TARGETS,
} from './arbitraries.ts';

const permissionsOf = (
  roles: readonly Role[],
  bindings: readonly Binding[],
  principal: ReturnType<typeof aPrincipal>,
) => {
  const index = createPermissionIndex(compilePolicy({ roles, bindings }, 1));
  return TARGETS.map((target) => [...index.permissionsOf(principal, target)].sort());
};

/** Every request over the words of the rules. */
const REQUESTS = ['get', 'list', 'create', 'patch', 'watch'].flatMap((verb) =>
  ['pods', 'secrets'].flatMap((resource) =>
    ['', 'log', 'exec', 'ephemeralcontainers'].flatMap((subresource) =>
      ['', ...NAMESPACES].map((namespace) => aResourceRequest({ verb, resource, subresource, namespace })),
    ),
  ),
);

/** What needs a privilege by its words, or by its body. */
const DANGEROUS = [
  { verb: 'create', apiGroup: 'rbac.authorization.k8s.io', resource: 'roles' },
  { verb: 'create', resource: 'serviceaccounts', subresource: 'token' },
  { verb: 'get', resource: 'nodes', subresource: 'proxy' },
  { verb: 'create', resource: 'pods' },
  { verb: 'patch', resource: 'secrets' },
].flatMap((words) =>
  ['', ...NAMESPACES].map((namespace) => aResourceRequest({ subresource: '', ...words, namespace })),
);

const CONTENT: RequestContent = {
  privileges: [
    { privilege: 'privilegedPods', at: 'spec.hostNetwork' },
    { privilege: 'serviceAccountTokens', at: 'type' },
  ],
  mayCreate: false,
  holdsMask: false,
};

describe('authority over any policy', () => {
  const grantor = aPrincipal({ id: PRINCIPALS[0] as PrincipalId, organizationId: HOME });
  const toGrantor = (roleId: RoleId, scope: Scope, id: string): Binding => ({
    id: id as BindingId,
    organizationId: HOME,
    roleId,
    subjects: [{ kind: 'principal', id: grantor.id }],
    scope,
  });
  const homeRoles = fc
    .tuple(...ROLES.map((id) => fc.oneof(aRoleOf(id), aRichRoleOf(id))))
    .map((roles) => roles.map((role) => ({ ...role, organizationId: HOME })));
  const held = fc
    .array(fc.tuple(fc.constantFrom(...ROLES), aScope), { minLength: 1, maxLength: 6 })
    .map((all) => all.map(([roleId, scope], i) => toGrantor(roleId, scope, `bnd-${i}`)));
  const recordsOf = (roles: readonly Role[], bindings: readonly Binding[]) => ({
    policy: compilePolicy({ roles, bindings }, 1),
    clusters: new Map(CLUSTERS.map((cluster) => [cluster.id, cluster])),
    principals: new Map([[grantor.id, grantor]]),
    projects: new Map(),
  });

  it('lets nobody hand out what they could not do themselves', () => {
    let given = 0;
    fc.assert(
      fc.property(homeRoles, held, aScope, fc.constantFrom(...ROLES), (roles, bindings, scope, roleId) => {
        const role = roles.find(({ id }) => id === roleId) as Role;
        if (describeExcess(recordsOf(roles, bindings), grantor, { kind: 'binding', role, scope }).length > 0) return;
        const after = [...bindings, toGrantor(roleId, scope, 'bnd-gift')];
        const gift = [toGrantor(roleId, scope, 'bnd-gift')];
        if (permissionsOf(roles, gift, grantor).flat().length > 0) given += 1;
        expect(permissionsOf(roles, after, grantor)).toEqual(permissionsOf(roles, bindings, grantor));
        const [before, with_] = [compilePolicy({ roles, bindings }, 1), compilePolicy({ roles, bindings: after }, 1)];
        for (const cluster of CLUSTERS) {
          for (const request of [...REQUESTS, ...DANGEROUS]) {
            for (const keepsSecrets of [false, true]) {
              const asked = { ...query(grantor, cluster, request, true, keepsSecrets), content: CONTENT };
              const more = evaluate(with_, asked);
              if (more.effect === 'deny') continue;
              const own = evaluate(before, asked);
              if (own.effect === 'deny')
                throw new Error(`${request.verb} ${request.resource} is allowed by the gift alone`);
              const isWhole = !own.obligations.some(({ kind }) => kind === 'filter');
              const groups = own.impersonate.groups;
              // A listing that is whole goes by other roles than one in parts, each of which could do it somewhere.
              if (isWhole) expect(more.impersonate.groups.filter((group) => !coversCeiling(groups, group))).toEqual([]);
              if (!more.obligations.some(({ kind }) => kind === 'filter')) expect(isWhole).toBe(true);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(given).toBeGreaterThan(10);
  });

  it('finds no excess in what the grantor holds', () => {
    fc.assert(
      fc.property(homeRoles, held, (roles, bindings) => {
        const records = recordsOf(roles, bindings);
        for (const { compiledRole, binding, scope } of records.policy.bindingsOf(grantor)) {
          if (compiledRole.problem !== undefined || scope.problem !== undefined) continue;
          const gift = { kind: 'binding', role: compiledRole.role, scope: binding.scope } as const;
          expect(describeExcess(records, grantor, gift)).toEqual([]);
        }
        expect(describeExcess(records, grantor, { kind: 'identity', principal: grantor })).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
