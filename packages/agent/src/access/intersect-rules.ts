import type { UpstreamRule } from '@sallyport/core';
import type { RoleRule } from './telling-action.ts';

/**
 * What rules leave of the rules of ClusterRoles: everything that both allow, and nothing that only one of them does. Pairs of rules
 * that have nothing in common leave nothing.
 */
export function intersectRules(rules: readonly UpstreamRule[], ceiling: readonly RoleRule[]): readonly UpstreamRule[] {
  const common = rules.flatMap((rule) => ceiling.flatMap((other) => intersect(rule, other) ?? []));
  return [...new Map(common.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function intersect(rule: UpstreamRule, other: RoleRule): UpstreamRule | undefined {
  const verbs = shared(rule.verbs, other.verbs, meetWords);
  if (verbs === undefined) return undefined;
  if (rule.nonResourceURLs !== undefined) {
    const nonResourceURLs = shared(rule.nonResourceURLs, other.nonResourceURLs, meetPaths);
    return nonResourceURLs && { verbs, nonResourceURLs };
  }
  const apiGroups = shared(rule.apiGroups, other.apiGroups, meetWords);
  const resources = shared(rule.resources, other.resources, meetResources);
  if (apiGroups === undefined || resources === undefined) return undefined;
  // No names are all names.
  const own = rule.resourceNames ?? [];
  const others = other.resourceNames ?? [];
  if (own.length === 0 && others.length === 0) return { verbs, apiGroups, resources };
  const resourceNames =
    own.length === 0 ? others : others.length === 0 ? own : own.filter((name) => others.includes(name));
  return resourceNames.length === 0 ? undefined : { verbs, apiGroups, resources, resourceNames };
}

/** What each pair of patterns has in common, sorted; `undefined` when no pair has anything. */
function shared(
  a: readonly string[] = [],
  b: readonly string[] = [],
  meet: (a: string, b: string) => string | undefined,
): readonly string[] | undefined {
  const common = new Set(a.flatMap((one) => b.flatMap((other) => meet(one, other) ?? [])));
  return common.size === 0 ? undefined : [...common].sort();
}

function meetWords(a: string, b: string): string | undefined {
  if (a === b || b === '*') return a;
  return a === '*' ? b : undefined;
}

function meetResources(a: string, b: string): string | undefined {
  const either = meetWords(a, b);
  if (either !== undefined) return either;
  if (isWithin(a, b)) return a;
  return isWithin(b, a) ? b : undefined;
}

/** Whether a subresource is one of those that a pattern for every resource means. */
function isWithin(resource: string, pattern: string): boolean {
  return pattern.startsWith('*/') && resource.endsWith(pattern.slice(1));
}

function meetPaths(a: string, b: string): string | undefined {
  const covers = (pattern: string, path: string) => pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
  if (a === b || covers(b, a)) return a;
  return covers(a, b) ? b : undefined;
}
