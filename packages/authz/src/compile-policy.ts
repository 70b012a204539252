import {
  type Cluster,
  LOCAL_ISSUER,
  type OrganizationId,
  type Principal,
  type PrincipalId,
  type RoleId,
} from '@sallyport/core';
import { type CompiledRole, compileRole } from './compile-role.ts';
import { type CompiledScope, compileScope } from './compile-scope.ts';
import { showWord } from './describe.ts';
import type { AccessPolicy, Binding, Role, Subject } from './policy.ts';
import type { Reason } from './query.ts';

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
  /** Bindings that name this subject in one organization. */
  bindingsOfSubject(organizationId: OrganizationId, subject: Subject): readonly CompiledBinding[];
  /** Bindings of one role. */
  bindingsOfRole(roleId: RoleId): readonly CompiledBinding[];
  /** Every binding of one organization that applies. */
  bindingsIn(organizationId: OrganizationId): readonly CompiledBinding[];
  /** Roles of one organization, in the order of their names. */
  rolesOf(organizationId: OrganizationId): readonly CompiledRole[];
}

/** A binding joined to its role. */
export interface CompiledBinding {
  readonly binding: Binding;
  readonly compiledRole: CompiledRole;
  readonly scope: CompiledScope;
  /** Its place among all bindings by id, so that no decision compares ids. */
  readonly order: number;
  /** What an allow says about it. */
  readonly reason: Reason;
}

/**
 * Joins bindings to their roles and indexes them by subject. Never throws on a bad document: a role with problems covers
 * nothing and says so in decisions, a scope with problems reaches nothing, a binding without its role (or to a role of
 * another organization) does not apply.
 */
export function compilePolicy(documents: PolicyDocuments, version: number): Policy {
  const compiledRoles = new Map(documents.roles.map((role) => [role.id, compileRole(role)]));
  const index = indexBindings(documents.bindings, compiledRoles);
  const rolesByOrganization = groupBy(
    [...compiledRoles.values()].sort((a, b) => compareText(a.role.name, b.role.name)),
    ({ role }) => role.organizationId,
  );
  const foundOf = new WeakMap<Principal, readonly CompiledBinding[]>();
  const foundOn = new WeakMap<Principal, WeakMap<Cluster, readonly CompiledBinding[]>>();

  function bindingsOf(principal: Principal): readonly CompiledBinding[] {
    const known = foundOf.get(principal);
    if (known !== undefined) return known;
    const found = findBindings(index, principal);
    foundOf.set(principal, found);
    return found;
  }

  return {
    version,
    bindingsOf,
    bindingsOn(principal, cluster) {
      const byCluster = foundOn.get(principal) ?? new WeakMap<Cluster, readonly CompiledBinding[]>();
      foundOn.set(principal, byCluster);
      const known = byCluster.get(cluster);
      if (known !== undefined) return known;
      const isForeign = principal.organizationId !== cluster.organizationId;
      const found = isForeign ? [] : bindingsOf(principal).filter(({ scope }) => scope.reachOf(cluster) !== undefined);
      byCluster.set(cluster, found);
      return found;
    },
    bindingsOfSubject: (organizationId, subject) =>
      bindingsNaming(index, subject).filter(({ binding }) => binding.organizationId === organizationId),
    bindingsOfRole: (roleId) => index.byRole.get(roleId) ?? [],
    bindingsIn: (organizationId) => index.byOrganization.get(organizationId) ?? [],
    rolesOf: (organizationId) => rolesByOrganization.get(organizationId) ?? [],
  };
}

interface BindingIndex {
  readonly byPrincipal: ReadonlyMap<PrincipalId, readonly CompiledBinding[]>;
  /** By issuer, then by name. */
  readonly byGroup: ReadonlyMap<string, ReadonlyMap<string, readonly CompiledBinding[]>>;
  readonly byRole: ReadonlyMap<RoleId, readonly CompiledBinding[]>;
  readonly byOrganization: ReadonlyMap<OrganizationId, readonly CompiledBinding[]>;
}

function indexBindings(bindings: readonly Binding[], compiledRoles: ReadonlyMap<RoleId, CompiledRole>): BindingIndex {
  const byPrincipal = new Map<PrincipalId, CompiledBinding[]>();
  const byGroup = new Map<string, Map<string, CompiledBinding[]>>();
  const all: CompiledBinding[] = [];
  const sorted = [...bindings].sort((a, b) => compareText(a.id, b.id));
  for (const [order, binding] of sorted.entries()) {
    const compiledRole = compiledRoles.get(binding.roleId);
    if (compiledRole === undefined || compiledRole.role.organizationId !== binding.organizationId) continue;
    const compiled: CompiledBinding = {
      binding,
      compiledRole,
      scope: compileScope(binding.scope),
      order,
      reason: {
        message: `role ${showWord(compiledRole.role.name)} is bound by ${binding.id}`,
        source: `binding/${binding.id}`,
      },
    };
    all.push(compiled);
    for (const subject of binding.subjects) {
      if (subject.kind === 'principal') append(byPrincipal, subject.id, compiled);
      else if (subject.kind === 'group') {
        const byName = getOrCreate(byGroup, subject.issuer, () => new Map<string, CompiledBinding[]>());
        append(byName, subject.name, compiled);
      }
    }
  }
  return {
    byPrincipal,
    byGroup,
    byRole: groupBy(all, ({ binding }) => binding.roleId),
    byOrganization: groupBy(all, ({ binding }) => binding.organizationId),
  };
}

function findBindings(index: BindingIndex, principal: Principal): readonly CompiledBinding[] {
  if (principal.isDisabled) return [];
  const found = new Set<CompiledBinding>();
  const add = (bindings: readonly CompiledBinding[] | undefined) => {
    for (const compiled of bindings ?? []) {
      if (compiled.binding.organizationId === principal.organizationId) found.add(compiled);
    }
  };
  add(index.byPrincipal.get(principal.id));
  const { issuer, groups, localGroups } = principal;
  // What comes with a token never counts as a group of the organization itself, also where its issuer is the organization.
  if (issuer !== LOCAL_ISSUER) addGroups(index.byGroup.get(issuer), groups);
  addGroups(index.byGroup.get(LOCAL_ISSUER), localGroups);
  const bindings = [...found].sort((a, b) => a.order - b.order);
  return principal.permissionLimit === undefined ? bindings : limitPermissions(bindings, principal.permissionLimit);

  function addGroups(
    byName: ReadonlyMap<string, readonly CompiledBinding[]> | undefined,
    names: readonly string[] | undefined,
  ): void {
    // Text would be read letter by letter.
    if (byName === undefined || !Array.isArray(names)) return;
    for (const name of names) add(byName.get(name));
  }
}

/** The same bindings with roles that give no permission beyond `limit`. */
function limitPermissions(bindings: readonly CompiledBinding[], limit: readonly string[]): readonly CompiledBinding[] {
  const allowed = new Set(limit);
  return bindings.map((compiled) => ({
    ...compiled,
    compiledRole: {
      ...compiled.compiledRole,
      permissions: new Set([...compiled.compiledRole.permissions].filter((permission) => allowed.has(permission))),
    },
  }));
}

function bindingsNaming(index: BindingIndex, subject: Subject): readonly CompiledBinding[] {
  const named =
    subject.kind === 'principal'
      ? index.byPrincipal.get(subject.id)
      : index.byGroup.get(subject.issuer)?.get(subject.name);
  return [...new Set(named)];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupBy<Key, Value>(
  values: Iterable<Value>,
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) append(groups, keyOf(value), value);
  return groups;
}

function getOrCreate<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = create();
  map.set(key, created);
  return created;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  getOrCreate(map, key, () => []).push(value);
}
