import type { RequestAttributes } from '@sallyport/core';
import { showWord } from './describe.ts';
import { matchRule } from './match-rule.ts';
import type { Role, Rule } from './policy.ts';
import { describeRoleProblems } from './role-problems.ts';

/** A role that is ready to be asked. */
export interface CompiledRole {
  readonly role: Role;
  /** What is wrong with it, as one phrase. A role with a problem covers nothing and permits nothing. */
  readonly problem?: string;
  /** What it allows on Sallyport itself. */
  readonly permissions: ReadonlySet<string>;
  /** Whether this role by itself covers all of `actions` (see `requiredActions`). */
  covers(actions: readonly RequestAttributes[]): boolean;
}

/** Makes a role ready. Total: one with problems covers and permits nothing, and says so. */
export function compileRole(role: Role): CompiledRole {
  const problems = describeRoleProblems(role);
  if (problems.length > 0) {
    const problem = `role ${showWord(role.name)} is broken: ${problems.join('; ')}`;
    return { role, problem, permissions: new Set(), covers: () => false };
  }
  const permissions = new Set(role.permissions);
  const { rules, ceilingGroups } = role;
  // No ceiling, no Kubernetes side: the person would reach the cluster as somebody without a group, which is not nobody.
  if (ceilingGroups.length === 0) return { role, permissions, covers: () => false };
  if (rules === undefined) return { role, permissions, covers: () => true };
  const coversOne = indexRules(rules);
  return { role, permissions, covers: (actions) => actions.every(coversOne) };
}

/** Asks only rules that name the resource of a request, or a wildcard for it. */
function indexRules(rules: readonly Rule[]): (action: RequestAttributes) => boolean {
  const byResource = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const resource of new Set(rule.resources)) {
      const others = byResource.get(resource);
      if (others === undefined) byResource.set(resource, [rule]);
      else others.push(rule);
    }
  }
  const forPaths = rules.filter(({ nonResourceUrls }) => nonResourceUrls !== undefined);
  const isCovered = (action: RequestAttributes, candidates: readonly Rule[] | undefined) =>
    candidates?.some((rule) => matchRule(rule, action)) ?? false;
  return (action) => {
    if (action.kind === 'nonResource') return isCovered(action, forPaths);
    const { resource, subresource } = action;
    if (isCovered(action, byResource.get('*'))) return true;
    if (subresource === '') return isCovered(action, byResource.get(resource));
    return (
      isCovered(action, byResource.get(`${resource}/${subresource}`)) ||
      isCovered(action, byResource.get(`*/${subresource}`))
    );
  };
}
