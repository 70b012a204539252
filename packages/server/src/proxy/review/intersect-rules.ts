import type { Rule } from '@sallyport/authz';

/**
 * Rules that cover exactly what a rule of `left` and a rule of `right` both cover, with the meaning of `matchRule`. Namespaces
 * and label selectors are not looked at: a cluster's rules have none, and ours are asked about by their verdicts.
 */
export function intersectRules(left: readonly Rule[], right: readonly Rule[]): readonly Rule[] {
  return left.flatMap((one) =>
    right.flatMap((other) => [...intersectResources(one, other), ...intersectPaths(one, other)]),
  );
}

function intersectResources(left: Rule, right: Rule): readonly Rule[] {
  const verbs = intersectWords(left.verbs, right.verbs);
  const apiGroups = intersectWords(left.apiGroups ?? [], right.apiGroups ?? []);
  const resources = pairs(left.resources ?? [], right.resources ?? [], narrowerResource);
  const resourceNames = intersectNames(left.resourceNames, right.resourceNames);
  const isEmpty = [verbs, apiGroups, resources, resourceNames].some((list) => list?.length === 0);
  return isEmpty ? [] : [{ verbs, apiGroups, resources, ...(resourceNames && { resourceNames }) }];
}

function intersectPaths(left: Rule, right: Rule): readonly Rule[] {
  const verbs = intersectWords(left.verbs, right.verbs);
  const nonResourceUrls = pairs(left.nonResourceUrls ?? [], right.nonResourceUrls ?? [], narrowerPath);
  return verbs.length === 0 || nonResourceUrls.length === 0 ? [] : [{ verbs, nonResourceUrls }];
}

/** `*` stands for every word. */
function intersectWords(left: readonly string[], right: readonly string[]): readonly string[] {
  if (left.includes('*')) return unique(right);
  if (right.includes('*')) return unique(left);
  return unique(left.filter((word) => right.includes(word)));
}

function intersectNames(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): readonly string[] | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return unique(left.filter((name) => right.includes(name)));
}

/** Of two patterns for resources the one that covers less, when the other covers all of it. */
function narrowerResource(left: string, right: string): string | undefined {
  if (left === right || right === '*') return left;
  if (left === '*') return right;
  return covers(right, left) ? left : covers(left, right) ? right : undefined;
}

/** A star before a slash covers that subresource of every resource. */
function covers(pattern: string, resource: string): boolean {
  return (
    pattern.startsWith('*/') && resource.includes('/') && resource.slice(resource.indexOf('/')) === pattern.slice(1)
  );
}

function narrowerPath(left: string, right: string): string | undefined {
  if (isWithin(left, right)) return left;
  return isWithin(right, left) ? right : undefined;
}

/** Whether everything that `inner` covers is covered by `outer`; a star counts at the end only. */
function isWithin(inner: string, outer: string): boolean {
  if (!outer.endsWith('*')) return inner === outer;
  const start = outer.slice(0, -1);
  return inner.endsWith('*') ? inner.slice(0, -1).startsWith(start) : inner.startsWith(start);
}

function pairs(
  left: readonly string[],
  right: readonly string[],
  narrower: (one: string, other: string) => string | undefined,
): readonly string[] {
  return unique(left.flatMap((one) => right.map((other) => narrower(one, other)).filter((word) => word !== undefined)));
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
