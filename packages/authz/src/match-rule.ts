import type { RequestAttributes } from '@sallyport/core';
import type { Rule } from './policy.ts';

/**
 * Whether one rule covers one action, with the meaning of a Kubernetes `PolicyRule`: `*` stands for all verbs, groups or
 * resources; in `resources` it covers subresources too, and before a slash it means that subresource of every resource. A
 * parent never covers its subresource. Unlike there, a list that is given but empty covers nothing: absence is never a
 * wildcard.
 */
export function matchRule(rule: Rule, action: RequestAttributes): boolean {
  if (!covers(rule.verbs, action.verb)) return false;
  if (action.kind === 'nonResource') return matchPath(rule.nonResourceUrls, action.path);
  return (
    rule.apiGroups !== undefined &&
    covers(rule.apiGroups, action.apiGroup) &&
    matchResource(rule.resources, action.resource, action.subresource) &&
    (rule.resourceNames === undefined || (action.name !== '' && rule.resourceNames.includes(action.name))) &&
    (rule.namespaces === undefined || (action.namespace !== '' && rule.namespaces.includes(action.namespace)))
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
