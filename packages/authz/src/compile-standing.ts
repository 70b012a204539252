import type { Cluster, OrganizationId, Principal, RequestPolicyId, RoleId } from '@sallyport/core';
import { type BindingsOn, indexBindings } from './bindings/bindings-on.ts';
import { type CompiledBinding, compareText, compileBinding, compileGrant, withinLimit } from './compile-binding.ts';
import { type CompiledRole, compileRole } from './compile-role.ts';
import { type CompiledAccessPolicy, compileAccessPolicy } from './policies/compile-access-policy.ts';
import { indexPolicies, NO_POLICIES, type PoliciesOn, reachesCluster } from './policies/policies-on.ts';
import type { AccessPolicy, Binding, Grant, RequestPolicy, Role, Subject } from './policy.ts';
import { remembered, rememberedByTwo } from './remembered.ts';
import { type CompiledRequestPolicy, compileRequestPolicy } from './requests/compile-request-policy.ts';
import { pairsOf, type RequestableRoleOn } from './requests/requestable.ts';
import { groupBy, indexBySubject } from './subject-index.ts';

/** Documents that stand until somebody changes them. */
export interface StandingDocuments {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  /** Absent: none. */
  readonly accessPolicies?: readonly AccessPolicy[];
  /** Absent: none, and nobody may ask for anything. */
  readonly requestPolicies?: readonly RequestPolicy[];
}

/** What stands of a policy: everything but the grants. */
export interface StandingPolicy {
  /**
   * Bindings whose subjects select this principal, each once, in the order of their ids; no grants, so this is what authority
   * goes by. Of a disabled principal none. Found once per principal value and remembered, so values must not be changed.
   */
  bindingsOf(principal: Principal): readonly CompiledBinding[];
  /** Those of {@link StandingPolicy.bindingsOf} that reach a cluster, in some namespace at least. Remembered likewise. */
  bindingsOn(principal: Principal, cluster: Cluster): readonly CompiledBinding[];
  /** The same, found by what a request does. */
  standingIndexOn(principal: Principal, cluster: Cluster): BindingsOn;
  /** Access policies that are about this principal, on any cluster, in the order of their ids. */
  accessPoliciesOf(principal: Principal): readonly CompiledAccessPolicy[];
  /** Those of {@link StandingPolicy.accessPoliciesOf} that count on a cluster. Remembered likewise. */
  policiesOn(principal: Principal, cluster: Cluster): PoliciesOn;
  /** Bindings that name this subject in one organization. */
  bindingsOfSubject(organizationId: OrganizationId, subject: Subject): readonly CompiledBinding[];
  /** Bindings of one role. */
  bindingsOfRole(roleId: RoleId): readonly CompiledBinding[];
  /** Every binding of one organization that applies. */
  bindingsIn(organizationId: OrganizationId): readonly CompiledBinding[];
  /** One role; `undefined` when there is none of that id. */
  roleOf(id: RoleId): CompiledRole | undefined;
  /** Roles of one organization, in the order of their names. */
  rolesOf(organizationId: OrganizationId): readonly CompiledRole[];
  /** Request policies that let a principal ask, in the order of their names; of a disabled one none. Remembered likewise. */
  requestPoliciesOf(principal: Principal): readonly CompiledRequestPolicy[];
  /** The roles that they give on a cluster, each with its policy. Remembered likewise. */
  requestableRolesOn(principal: Principal, cluster: Cluster): readonly RequestableRoleOn[];
  /** One request policy; `undefined` when there is none of that id. */
  requestPolicyOf(id: RequestPolicyId): CompiledRequestPolicy | undefined;
  /** Request policies of one organization, in the order of their names. */
  requestPoliciesIn(organizationId: OrganizationId): readonly CompiledRequestPolicy[];
  /** A grant joined to its role; `undefined` when that is not there. Compiled once per value. */
  compiledGrant(grant: Grant): CompiledBinding | undefined;
}

/** Compiles and indexes what stands. */
export function compileStanding(documents: StandingDocuments): StandingPolicy {
  const compiledRoles = new Map(documents.roles.map((role) => [role.id, compileRole(role)]));
  const bindings = compileBindings(documents.bindings, compiledRoles);
  const bySubject = indexBySubject(bindings);
  const policiesBySubject = indexBySubject(sortedById(documents.accessPolicies ?? []).map(compileAccessPolicy));
  const byRole = groupBy(bindings, ({ binding }) => binding.roleId);
  const byOrganization = groupBy(bindings, ({ organizationId }) => organizationId);
  const rolesByOrganization = groupBy(
    [...compiledRoles.values()].sort((a, b) => compareText(a.role.name, b.role.name)),
    ({ role }) => role.organizationId,
  );

  const bindingsOf = remembered((principal: Principal) =>
    principal.isDisabled ? [] : withinLimit(bySubject.of(principal), principal),
  );
  const standingIndexOn = rememberedByTwo((principal: Principal, cluster: Cluster) =>
    indexBindings(
      principal.organizationId === cluster.organizationId
        ? bindingsOf(principal).filter(({ scope }) => scope.reachOf(cluster) !== undefined)
        : [],
    ),
  );
  const accessPoliciesOf = remembered((principal: Principal) => policiesBySubject.of(principal));
  const policiesOn = rememberedByTwo((principal: Principal, cluster: Cluster) =>
    principal.organizationId === cluster.organizationId
      ? indexPolicies(accessPoliciesOf(principal).filter((policy) => reachesCluster(policy, cluster)))
      : NO_POLICIES,
  );

  const requestPolicies = [...(documents.requestPolicies ?? [])]
    .sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id))
    .map((policy, order) => compileRequestPolicy(policy, order, compiledRoles));
  const requestPoliciesBySubject = indexBySubject(requestPolicies);
  const requestPoliciesById = new Map(requestPolicies.map((one) => [one.policy.id, one]));
  const requestPoliciesByOrganization = groupBy(requestPolicies, ({ organizationId }) => organizationId);
  const requestPoliciesOf = remembered((principal: Principal) =>
    principal.isDisabled ? [] : requestPoliciesBySubject.of(principal),
  );

  const grants = remembered((grant: Grant) => {
    const compiledRole = compiledRoles.get(grant.roleId);
    return compiledRole && compileGrant(grant, compiledRole);
  });

  return {
    bindingsOf,
    bindingsOn: (principal, cluster) => standingIndexOn(principal, cluster).all,
    standingIndexOn,
    accessPoliciesOf,
    policiesOn,
    bindingsOfSubject: (organizationId, subject) =>
      bySubject.naming(subject).filter((compiled) => compiled.organizationId === organizationId),
    bindingsOfRole: (roleId) => byRole.get(roleId) ?? [],
    bindingsIn: (organizationId) => byOrganization.get(organizationId) ?? [],
    roleOf: (id) => compiledRoles.get(id),
    rolesOf: (organizationId) => rolesByOrganization.get(organizationId) ?? [],
    requestPoliciesOf,
    requestableRolesOn: rememberedByTwo((principal: Principal, cluster: Cluster) =>
      principal.organizationId === cluster.organizationId ? pairsOf({ requestPoliciesOf }, principal, cluster) : [],
    ),
    requestPolicyOf: (id) => requestPoliciesById.get(id),
    requestPoliciesIn: (organizationId) => requestPoliciesByOrganization.get(organizationId) ?? [],
    compiledGrant: grants,
  };
}

function compileBindings(
  bindings: readonly Binding[],
  compiledRoles: ReadonlyMap<RoleId, CompiledRole>,
): readonly CompiledBinding[] {
  return sortedById(bindings).flatMap((binding, order) => {
    const compiledRole = compiledRoles.get(binding.roleId);
    return (compiledRole && compileBinding(binding, compiledRole, order)) ?? [];
  });
}

function sortedById<Document extends { readonly id: string }>(documents: readonly Document[]): readonly Document[] {
  return [...documents].sort((a, b) => compareText(a.id, b.id));
}
