import type { Cluster, OrganizationId, Principal, RequestAttributes, RoleId } from '@sallyport/core';
import { requiredActions } from './action.ts';
import { rememberedByWords } from './action-memo.ts';
import { type BindingsOn, indexBindings } from './bindings/bindings-on.ts';
import { type CompiledRole, compileRole } from './compile-role.ts';
import { type CompiledScope, compileScope } from './compile-scope.ts';
import { compilePolicyCondition, type PolicyCondition } from './conditions/policy-condition.ts';
import { showWord } from './describe.ts';
import { type CompiledAccessPolicy, compileAccessPolicy } from './policies/compile-access-policy.ts';
import { indexPolicies, NO_POLICIES, type PoliciesOn, reachesCluster } from './policies/policies-on.ts';
import type { AccessPolicy, Binding, Role, Subject } from './policy.ts';
import type { Reason } from './query.ts';
import { groupBy, indexBySubject, type Selecting } from './subject-index.ts';

/** What {@link compilePolicy} takes: documents as they are stored, of all organizations, in any order. */
export interface PolicyDocuments {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  /** Absent: none. */
  readonly accessPolicies?: readonly AccessPolicy[];
}

/** An indexed, immutable policy. Made by {@link compilePolicy}, read by `evaluate` and `createPermissionIndex`. */
export interface Policy {
  /** Version of the snapshot that it was compiled from; every decision names it. */
  readonly version: number;
  /**
   * Bindings whose subjects select this principal, each once, in the order of their ids. Of a disabled principal none. Found
   * once per principal value and remembered, so values must not be changed.
   */
  bindingsOf(principal: Principal): readonly CompiledBinding[];
  /** Those of {@link Policy.bindingsOf} that reach a cluster, in some namespace at least. Remembered likewise. */
  bindingsOn(principal: Principal, cluster: Cluster): readonly CompiledBinding[];
  /** The same, found by what a request does. */
  bindingIndexOn(principal: Principal, cluster: Cluster): BindingsOn;
  /** Access policies that are about this principal, on any cluster, in the order of their ids. */
  accessPoliciesOf(principal: Principal): readonly CompiledAccessPolicy[];
  /** Those of {@link Policy.accessPoliciesOf} that count on a cluster. Remembered likewise. */
  policiesOn(principal: Principal, cluster: Cluster): PoliciesOn;
  /** Bindings that name this subject in one organization. */
  bindingsOfSubject(organizationId: OrganizationId, subject: Subject): readonly CompiledBinding[];
  /** Bindings of one role. */
  bindingsOfRole(roleId: RoleId): readonly CompiledBinding[];
  /** Every binding of one organization that applies. */
  bindingsIn(organizationId: OrganizationId): readonly CompiledBinding[];
  /** Roles of one organization, in the order of their names. */
  rolesOf(organizationId: OrganizationId): readonly CompiledRole[];
  /** Those of them that can cover requests with the words of this one, whatever their objects. */
  rolesAbout(organizationId: OrganizationId, attributes: RequestAttributes): readonly CompiledRole[];
}

/** A binding joined to its role. */
export interface CompiledBinding extends Selecting {
  readonly binding: Binding;
  readonly compiledRole: CompiledRole;
  readonly scope: CompiledScope;
  /** Present when it counts only while that holds. */
  readonly condition?: PolicyCondition;
  /** What an allow says about it; `rule` is the rule of its role that covers the request, by its index. */
  reasonFor(rule: number | undefined): Reason;
}

/**
 * Joins bindings to their roles, compiles their conditions and the access policies, and indexes all by subject. Never throws on
 * a bad document: a role with problems covers nothing and says so in decisions, a scope with problems reaches nothing, a
 * binding whose condition can't be compiled never holds, a binding without its role (or to a role of another organization)
 * does not apply, and an access policy with problems denies everything to those that it is about.
 */
export function compilePolicy(documents: PolicyDocuments, version: number): Policy {
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
    principal.isDisabled ? [] : limited(bySubject.of(principal), principal.permissionLimit),
  );
  const bindingIndexOn = rememberedByTwo((principal: Principal, cluster: Cluster) =>
    indexBindings(
      principal.organizationId === cluster.organizationId
        ? bindingsOf(principal).filter(({ scope }) => scope.reachOf(cluster) !== undefined)
        : [],
    ),
  );
  const rolesAbout = new Map(
    [...rolesByOrganization].map(([id, roles]) => [
      id,
      rememberedByWords((attributes) => {
        const actions = requiredActions(attributes);
        return roles.filter(({ mayCover }) => mayCover(actions));
      }),
    ]),
  );
  const accessPoliciesOf = remembered((principal: Principal) => policiesBySubject.of(principal));
  const policiesOn = rememberedByTwo((principal: Principal, cluster: Cluster) =>
    principal.organizationId === cluster.organizationId
      ? indexPolicies(accessPoliciesOf(principal).filter((policy) => reachesCluster(policy, cluster)))
      : NO_POLICIES,
  );

  return {
    version,
    bindingsOf,
    bindingsOn: (principal, cluster) => bindingIndexOn(principal, cluster).all,
    bindingIndexOn,
    accessPoliciesOf,
    policiesOn,
    bindingsOfSubject: (organizationId, subject) =>
      bySubject.naming(subject).filter((compiled) => compiled.organizationId === organizationId),
    bindingsOfRole: (roleId) => byRole.get(roleId) ?? [],
    bindingsIn: (organizationId) => byOrganization.get(organizationId) ?? [],
    rolesOf: (organizationId) => rolesByOrganization.get(organizationId) ?? [],
    rolesAbout: (organizationId, attributes) => rolesAbout.get(organizationId)?.(attributes) ?? [],
  };
}

function compileBindings(
  bindings: readonly Binding[],
  compiledRoles: ReadonlyMap<RoleId, CompiledRole>,
): readonly CompiledBinding[] {
  return sortedById(bindings).flatMap((binding, order): readonly CompiledBinding[] => {
    const { organizationId, roleId, subjects } = binding;
    const compiledRole = compiledRoles.get(roleId);
    if (compiledRole === undefined || compiledRole.role.organizationId !== organizationId) return [];
    const condition = compilePolicyCondition(binding.condition);
    const scope = compileScope(binding.scope);
    const reasonFor = reasonsOf(binding, compiledRole);
    return [
      {
        binding,
        compiledRole,
        scope,
        organizationId,
        subjects,
        order,
        ...(condition !== undefined && { condition }),
        reasonFor,
      },
    ];
  });
}

/** Reasons of a binding, each made once: decisions are many, and all of them say why. */
function reasonsOf({ id }: Binding, { role }: CompiledRole): CompiledBinding['reasonFor'] {
  const whole: Reason = { message: `role ${showWord(role.name)} is bound by ${id}`, source: `binding/${id}` };
  const byRule: Reason[] = [];
  return (rule) => {
    if (rule === undefined) return whole;
    byRule[rule] ??= { ...whole, path: `rules[${rule}]` };
    return byRule[rule];
  };
}

/** The same bindings with roles that give no permission beyond `limit`. */
function limited(
  bindings: readonly CompiledBinding[],
  limit: readonly string[] | undefined,
): readonly CompiledBinding[] {
  if (limit === undefined) return bindings;
  const allowed = new Set(limit);
  return bindings.map((compiled) => ({
    ...compiled,
    compiledRole: {
      ...compiled.compiledRole,
      permissions: new Set([...compiled.compiledRole.permissions].filter((permission) => allowed.has(permission))),
    },
  }));
}

function sortedById<Document extends { readonly id: string }>(documents: readonly Document[]): readonly Document[] {
  return [...documents].sort((a, b) => compareText(a.id, b.id));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Asked once per value; forgotten with it. */
function remembered<Key extends object, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = find(key);
    known.set(key, { value });
    return value;
  };
}

function rememberedByTwo<One extends object, Other extends object, Value>(
  find: (one: One, other: Other) => Value,
): (one: One, other: Other) => Value {
  const by = remembered((one: One) => remembered((other: Other) => find(one, other)));
  return (one, other) => by(one)(other);
}
