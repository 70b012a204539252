import type { OrganizationId, Principal, PrincipalId, RoleId } from '@sallyport/core';
import { type CompiledBinding, compareBindings } from '../compile-binding.ts';
import type { StandingPolicy } from '../compile-standing.ts';
import type { Grant } from '../policy.ts';
import { lazily } from '../remembered.ts';
import { groupBy } from '../subject-index.ts';
import { createGrantedTo, type GrantedTo } from './granted-to.ts';

/** Grants that apply, found by whom they are given to. */
export interface GrantIndex {
  /** What grants give to a principal; `undefined` for nothing. */
  grantedTo(principal: Principal): GrantedTo | undefined;
  /** By whom they are given to. */
  readonly byPrincipal: ReadonlyMap<PrincipalId, GrantedTo>;
  ofRole(roleId: RoleId): readonly CompiledBinding[];
  inOrganization(organizationId: OrganizationId): readonly CompiledBinding[];
}

/**
 * Indexes grants over what stands.
 * @param previous an index over the same standing policy: of principals whose grants are those of before, everything is kept
 */
export function indexGrants(standing: StandingPolicy, grants: readonly Grant[], previous?: GrantIndex): GrantIndex {
  const compiled = grants.flatMap((grant) => standing.compiledGrant(grant) ?? []);
  const lists = groupBy(compiled, ({ grant }) => grant?.principalId);
  const byPrincipal = new Map<PrincipalId, GrantedTo>();
  for (const [id, unsorted] of lists) {
    if (id === undefined) continue;
    const list = [...unsorted].sort(compareBindings);
    const known = previous?.byPrincipal.get(id);
    byPrincipal.set(id, known !== undefined && isSame(known.grants, list) ? known : createGrantedTo(standing, list));
  }
  const byRole = lazily(() => groupBy(compiled, ({ binding }) => binding.roleId));
  const byOrganization = lazily(() => groupBy(compiled, ({ organizationId }) => organizationId));
  return {
    grantedTo: ({ id }) => byPrincipal.get(id),
    byPrincipal,
    ofRole: (roleId) => byRole().get(roleId) ?? [],
    inOrganization: (organizationId) => byOrganization().get(organizationId) ?? [],
  };
}

function isSame(a: readonly CompiledBinding[], b: readonly CompiledBinding[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
