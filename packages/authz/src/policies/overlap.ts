import { matchLabelSelector } from '@sallyport/core';
import type { DeniableAction } from '../action.ts';
import type { NamespaceLabels } from '../compile-scope.ts';
import type { NamespaceSelection, Rule } from '../policy.ts';
import { isNamespaces, mayBeNamespaced } from '../view/collection.ts';

/**
 * What a policy's rule has in common with an action. `all`: everything, or more than can be told apart. Else a part of what a
 * list or watch would show: objects that are in one of the namespaces and have one of the names, as far as each is given.
 */
export type Overlap = 'all' | { readonly namespaces?: readonly string[]; readonly names?: readonly string[] };

/** Verbs that are about every object that there is, when the request names none. */
const COLLECTIVE: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/**
 * What a rule of a policy that covers the words of an action (`matchRuleWords`) has in common with it, within the namespaces of
 * the policy's scope; `undefined` for nothing. Unlike a rule that allows, one that denies is met already by a part: a list over all namespaces shows what is in
 * the one that is denied. Labels of a namespace that are not known are taken to be those that the policy is about.
 */
export function overlapOf(
  rule: Rule,
  scope: NamespaceSelection | undefined,
  { action, isAnywhere }: DeniableAction,
  namespaceLabels: NamespaceLabels,
): Overlap | undefined {
  if (action.kind === 'nonResource') return scope === undefined ? 'all' : undefined;
  const isCollective = isAnywhere === true || COLLECTIVE.has(action.verb);
  const isNarrowed = rule.namespaces !== undefined || scope !== undefined;
  if (rule.resourceNames === undefined && !isNarrowed) return 'all';

  if (rule.resourceNames !== undefined && action.name === '' && !isCollective) return undefined;
  if (rule.resourceNames !== undefined && action.name !== '' && !rule.resourceNames.includes(action.name)) {
    return undefined;
  }
  const names = action.name === '' ? rule.resourceNames : undefined;
  const rest = names === undefined ? 'all' : { names };
  if (!isNarrowed) return rest;
  if (action.namespace !== '') return isWithin(rule, scope, action.namespace, namespaceLabels) ? rest : undefined;
  if (!isCollective) return undefined;
  if (isNamespaces(action)) return overlapOfNamespaces(rule, scope, action.name, names);
  if (isAnywhere !== true && !mayBeNamespaced(action.apiGroup, action.resource)) return undefined;
  const namespaces = namespacesOf(rule, scope);
  if (namespaces?.length === 0) return undefined;
  return namespaces === undefined ? 'all' : { namespaces, ...(names !== undefined && { names }) };
}

/** Whether the namespaces of a rule and of a scope both hold one namespace. */
export function isWithin(
  rule: Pick<Rule, 'namespaces'>,
  scope: NamespaceSelection | undefined,
  namespace: string,
  labels: NamespaceLabels,
): boolean {
  if (rule.namespaces !== undefined && !rule.namespaces.includes(namespace)) return false;
  if (scope === undefined) return true;
  if (scope.kind === 'names') return scope.names.includes(namespace);
  return labels === undefined || matchLabelSelector(scope.selector, labels);
}

/** Namespaces as objects are told apart by their names. */
function overlapOfNamespaces(
  rule: Rule,
  scope: NamespaceSelection | undefined,
  name: string,
  names: readonly string[] | undefined,
): Overlap | undefined {
  const namespaces = namespacesOf(rule, scope);
  if (namespaces === undefined) return 'all';
  if (name !== '') return namespaces.includes(name) ? 'all' : undefined;
  const both = names === undefined ? namespaces : namespaces.filter((one) => names.includes(one));
  return both.length === 0 ? undefined : { names: both };
}

/** Names of the namespaces of a rule and of a scope; `undefined` when a selector decides. */
function namespacesOf(rule: Rule, scope: NamespaceSelection | undefined): readonly string[] | undefined {
  if (scope?.kind === 'selector') return undefined;
  const { namespaces } = rule;
  if (namespaces === undefined || scope === undefined) return namespaces ?? scope?.names;
  return namespaces.filter((one) => scope.names.includes(one));
}
