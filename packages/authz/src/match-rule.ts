import type { RequestAttributes, ResourceAttributes } from '@sallyport/core';
import type { Rule } from './policy.ts';
import { isImpersonation } from './privileges/needed-privileges.ts';
import type { ViewPart } from './query.ts';
import { isListing } from './view/collection.ts';
import { EVERYTHING, intersectParts, partOfNamespaces } from './view/view-part.ts';

/**
 * Whether one rule covers all of one action, with the meaning of a Kubernetes `PolicyRule`: `*` stands for all verbs, groups
 * or resources; in `resources` it covers subresources too, and before a slash it means that subresource of every resource. A
 * parent never covers its subresource. Unlike there, a list that is given but empty covers nothing (absence is never a
 * wildcard), and the verb `impersonate` is covered only by a rule that names it, the resource and the names.
 */
export function matchRule(rule: Rule, action: RequestAttributes): boolean {
  if (rule.labelSelector !== undefined || !matchRuleWords(rule, action)) return false;
  if (action.kind === 'nonResource') return true;
  return (
    (rule.resourceNames === undefined || (action.name !== '' && rule.resourceNames.includes(action.name))) &&
    (rule.namespaces === undefined || (action.namespace !== '' && rule.namespaces.includes(action.namespace)))
  );
}

/**
 * What one rule covers of what an action answers with; `undefined` for nothing.
 * @param filtersLists whether a list or watch that reaches further than the rule may be given in part
 */
export function viewOfRule(rule: Rule, action: RequestAttributes, filtersLists: boolean): ViewPart | undefined {
  if (matchRule(rule, action)) return EVERYTHING;
  if (action.kind === 'nonResource' || !matchRuleWords(rule, action)) return undefined;
  const isOpen = filtersLists && isListing(action);
  const parts: ViewPart[] = [];
  if (rule.labelSelector !== undefined) {
    // What a subresource answers with, a log for example, has no labels to go by.
    if (action.subresource !== '' || !(isListing(action) || action.verb === 'get')) return undefined;
    parts.push({ labels: rule.labelSelector });
  }
  if (rule.namespaces !== undefined && !rule.namespaces.includes(action.namespace)) {
    if (!isOpen || action.namespace !== '') return undefined;
    const within = partOfNamespaces(action, { kind: 'names', names: rule.namespaces });
    if (within === undefined) return undefined;
    parts.push(within);
  }
  if (rule.resourceNames !== undefined && !rule.resourceNames.includes(action.name)) {
    if (!isOpen || action.name !== '') return undefined;
    parts.push({ names: rule.resourceNames });
  }
  return parts.reduce<ViewPart | undefined>((all, part) => all && intersectParts(all, part), EVERYTHING);
}

/** Whether the verbs, groups and resources of a rule, or its paths, cover an action, wherever and whatever its objects are. */
export function matchRuleWords(rule: Rule, action: RequestAttributes): boolean {
  if (!covers(rule.verbs, action.verb)) return false;
  if (action.kind === 'nonResource') return matchPath(rule.nonResourceUrls, action.path);
  if (isImpersonation(action.verb)) return namesImpersonation(rule, action);
  return (
    rule.apiGroups !== undefined &&
    covers(rule.apiGroups, action.apiGroup) &&
    matchResource(rule.resources, action.resource, action.subresource)
  );
}

function namesImpersonation(rule: Rule, { verb, apiGroup, resource, subresource }: ResourceAttributes): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames } = rule;
  const wanted = subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    resourceNames !== undefined && verbs.includes(verb) && apiGroups.includes(apiGroup) && resources.includes(wanted)
  );
}

function covers(words: readonly string[], word: string): boolean {
  return words.includes(word) || words.includes('*');
}

function matchResource(resources: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (resources === undefined) return false;
  const wanted = subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    resources.includes(wanted) ||
    resources.includes('*') ||
    (subresource !== '' && resources.includes(`*/${subresource}`))
  );
}

function matchPath(patterns: readonly string[] | undefined, path: string): boolean {
  return (
    patterns?.some((pattern) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern)) ??
    false
  );
}
