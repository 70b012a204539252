import type { ClusterId, OrganizationId, Principal, PrincipalId, RequestAttributes } from '@sallyport/core';
import { showWord } from './describe.ts';
import { matchRule } from './match-rule.ts';
import type { Binding, Role } from './policy.ts';
import type { Reason } from './query.ts';
import { describeRoleProblems } from './role-problems.ts';

/** What {@link compilePolicy} takes: documents as they are stored, of all organizations, in any order. */
export interface PolicyDocuments {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

/** An indexed, immutable policy. Made by {@link compilePolicy}, read by `evaluate`. */
export interface Policy {
  /** Version of the snapshot that it was compiled from; every decision names it. */
  readonly version: number;
  /** Bindings whose subjects select this principal, each once, in the order of their ids. */
  bindingsOf(principal: Principal): readonly CompiledBinding[];
  /** Roles of one organization, in the order of their names. */
  rolesOf(organizationId: OrganizationId): readonly CompiledRole[];
}

/** A role that is ready to be asked. */
export interface CompiledRole {
  readonly role: Role;
  /** What is wrong with it, as one phrase. A role with a problem covers nothing. */
  readonly problem?: string;
  /** Whether this role by itself covers all of `actions` (see `requiredActions`). */
  covers(actions: readonly RequestAttributes[]): boolean;
}

/** A binding joined to its role. */
export interface CompiledBinding {
  readonly binding: Binding;
  readonly compiledRole: CompiledRole;
  /** Its place among all bindings by id, so that no decision compares ids. */
  readonly order: number;
  /** What an allow says about it. */
  readonly reason: Reason;
  reaches(clusterId: ClusterId): boolean;
}

/**
 * Joins bindings to their roles and indexes them by subject. Never throws on a bad document: a role with problems covers
 * nothing and says so in decisions, a binding without its role (or to a role of another organization) does not apply.
 */
export function compilePolicy(documents: PolicyDocuments, version: number): Policy {
  const compiledRoles = new Map(documents.roles.map((role) => [role.id, compileRole(role)]));
  const byPrincipal = new Map<PrincipalId, CompiledBinding[]>();
  const byGroup = new Map<string, Map<string, CompiledBinding[]>>();

  const sorted = [...documents.bindings].sort((a, b) => compareText(a.id, b.id));
  for (const [order, binding] of sorted.entries()) {
    const compiledRole = compiledRoles.get(binding.roleId);
    if (compiledRole === undefined || compiledRole.role.organizationId !== binding.organizationId) continue;
    const compiled: CompiledBinding = {
      binding,
      compiledRole,
      order,
      reason: {
        message: `role ${showWord(compiledRole.role.name)} is bound by ${binding.id}`,
        source: `binding/${binding.id}`,
      },
      reaches: compileScope(binding),
    };
    for (const subject of binding.subjects) {
      if (subject.kind === 'principal') append(byPrincipal, subject.id, compiled);
      else
        append(
          getOrCreate(byGroup, subject.issuer, () => new Map()),
          subject.name,
          compiled,
        );
    }
  }

  const byOrganization = new Map<OrganizationId, CompiledRole[]>();
  for (const compiled of [...compiledRoles.values()].sort((a, b) => compareText(a.role.name, b.role.name))) {
    append(byOrganization, compiled.role.organizationId, compiled);
  }

  return {
    version,
    bindingsOf(principal) {
      const found: CompiledBinding[] = [];
      const add = (bindings: readonly CompiledBinding[] | undefined) => {
        for (const compiled of bindings ?? []) {
          if (compiled.binding.organizationId === principal.organizationId) found.push(compiled);
        }
      };
      add(byPrincipal.get(principal.id));
      const groups = byGroup.get(principal.issuer);
      if (groups !== undefined) for (const group of principal.groups) add(groups.get(group));
      found.sort((a, b) => a.order - b.order);
      return found.filter((compiled, i) => compiled !== found[i - 1]);
    },
    rolesOf: (organizationId) => byOrganization.get(organizationId) ?? [],
  };
}

function compileRole(role: Role): CompiledRole {
  const problems = describeRoleProblems(role);
  if (problems.length > 0) {
    return { role, problem: `role ${showWord(role.name)} is broken: ${problems.join('; ')}`, covers: () => false };
  }
  const { rules, ceilingGroups } = role;
  // No ceiling, no Kubernetes side: the person would reach the cluster as somebody without a group, which is not nobody.
  if (ceilingGroups.length === 0) return { role, covers: () => false };
  if (rules === undefined) return { role, covers: () => true };
  return {
    role,
    covers: (actions) => actions.every((action) => rules.some((rule) => matchRule(rule, action))),
  };
}

function compileScope({ scope }: Binding): (clusterId: ClusterId) => boolean {
  if ('namespaces' in scope) return () => false;
  switch (scope.kind) {
    case 'organization':
      return () => true;
    case 'clusters': {
      const clusterIds = new Set(scope.clusterIds);
      return (clusterId) => clusterIds.has(clusterId);
    }
    default:
      // A scope of a newer version, read out of the database by an older one: reaches nothing.
      return () => false;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
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
