import type { BindingId, GrantId, Principal } from '@sallyport/core';
import type { CompiledRole } from './compile-role.ts';
import { type CompiledScope, compileScope } from './compile-scope.ts';
import { compilePolicyCondition, type PolicyCondition } from './conditions/policy-condition.ts';
import { showWord } from './describe.ts';
import { type CompiledGrant, compileGrantTerms } from './grants/compile-grant.ts';
import type { Binding, Grant } from './policy.ts';
import type { Reason } from './query.ts';
import type { Selecting } from './subject-index.ts';

/** Role × subjects × scope: a binding, or a grant in the words of one. */
export interface BoundRole extends Omit<Binding, 'id'> {
  readonly id: BindingId | GrantId;
}

/** A binding, or a grant, joined to its role. */
export interface CompiledBinding extends Selecting {
  readonly binding: BoundRole;
  readonly subjects: BoundRole['subjects'];
  readonly compiledRole: CompiledRole;
  readonly scope: CompiledScope;
  /** Present when it counts only while that holds. */
  readonly condition?: PolicyCondition;
  /** Present when it is a grant: it counts only in its time, and perhaps for some objects alone. */
  readonly grant?: CompiledGrant;
  /** What an allow says about it; `rule` is the rule of its role that covers the request, by its index. */
  reasonFor(rule: number | undefined): Reason;
}

/** Grants come after bindings, among themselves by their ids. */
const AFTER_BINDINGS = Number.MAX_SAFE_INTEGER;

/** The order in which bindings and grants are told. */
export function compareBindings(a: CompiledBinding, b: CompiledBinding): number {
  return a.order - b.order || compareText(a.binding.id, b.binding.id);
}

/**
 * Joins a binding to its role; `undefined` when that is of another organization.
 * @param order its place among all bindings by id
 */
export function compileBinding(
  binding: Binding,
  compiledRole: CompiledRole,
  order: number,
): CompiledBinding | undefined {
  const { id, organizationId, subjects } = binding;
  if (compiledRole.role.organizationId !== organizationId) return undefined;
  const condition = compilePolicyCondition(binding.condition);
  return {
    binding,
    compiledRole,
    scope: compileScope(binding.scope),
    organizationId,
    subjects,
    order,
    ...(condition !== undefined && { condition }),
    reasonFor: reasonsOf(`role ${showWord(compiledRole.role.name)} is bound by ${id}`, `binding/${id}`),
  };
}

/** Joins a grant to its role; `undefined` when that is of another organization. */
export function compileGrant(grant: Grant, compiledRole: CompiledRole): CompiledBinding | undefined {
  const { id, organizationId, roleId, scope, principalId } = grant;
  if (compiledRole.role.organizationId !== organizationId) return undefined;
  const subjects = [{ kind: 'principal', id: principalId }] as const;
  const terms = compileGrantTerms(grant);
  const until = Number.isFinite(terms.endsAtMs) ? ` until ${new Date(terms.endsAtMs).toISOString()}` : '';
  return {
    binding: { id, organizationId, roleId, scope, subjects },
    compiledRole,
    scope: compileScope(scope),
    organizationId,
    subjects,
    order: AFTER_BINDINGS,
    grant: terms,
    reasonFor: reasonsOf(`role ${showWord(compiledRole.role.name)} is granted by ${id}${until}`, `grant/${id}`),
  };
}

/** Reasons, each made once: decisions are many, and all of them say why. */
function reasonsOf(message: string, source: string): CompiledBinding['reasonFor'] {
  const whole: Reason = { message, source };
  const byRule: Reason[] = [];
  return (rule) => {
    if (rule === undefined) return whole;
    byRule[rule] ??= { ...whole, path: `rules[${rule}]` };
    return byRule[rule];
  };
}

/** The same bindings with roles that give no permission beyond the limit of a principal. */
export function withinLimit(
  bindings: readonly CompiledBinding[],
  { permissionLimit }: Principal,
): readonly CompiledBinding[] {
  if (permissionLimit === undefined) return bindings;
  const allowed = new Set(permissionLimit);
  return bindings.map((compiled) => ({
    ...compiled,
    compiledRole: {
      ...compiled.compiledRole,
      permissions: new Set([...compiled.compiledRole.permissions].filter((permission) => allowed.has(permission))),
    },
  }));
}

/** Compares by code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
