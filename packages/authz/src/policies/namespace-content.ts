import type { RequestAttributes } from '@sallyport/core';
import type { NamespaceLabels } from '../compile-scope.ts';
import type { Rule } from '../policy.ts';
import { isNamespaces, mayBeNamespaced } from '../view/collection.ts';
import { isWithin } from './overlap.ts';
import type { StatementRule } from './policies-on.ts';

const DELETES: ReadonlySet<string> = new Set(['delete', 'deletecollection']);

/** Whether a request deletes whole namespaces. */
export function deletesNamespaces(attributes: RequestAttributes): boolean {
  return (
    attributes.kind === 'resource' &&
    DELETES.has(attributes.verb) &&
    attributes.subresource === '' &&
    isNamespaces(attributes)
  );
}

/**
 * Whether a rule that denies the deletion of something protects what goes with a namespace. The cluster deletes everything in
 * a namespace by itself, so whoever may not delete the content may not delete the namespace.
 */
export function protectsContent(
  { rule, statement }: StatementRule,
  attributes: RequestAttributes,
  labels: NamespaceLabels,
): boolean {
  if (attributes.kind !== 'resource' || !coversDeletion(rule)) return false;
  const scope = statement.policy.scope?.namespaces;
  return attributes.name === '' || isWithin(rule, scope, attributes.name, labels);
}

function coversDeletion({ verbs, resources = [], apiGroups = [] }: Rule): boolean {
  if (!verbs.some((verb) => verb === '*' || DELETES.has(verb))) return false;
  return apiGroups.some((group) => resources.some((resource) => isContent(group, resource)));
}

function isContent(apiGroup: string, resource: string): boolean {
  if (resource.includes('/')) return false;
  if (resource === '*') return true;
  if (resource === 'namespaces') return false;
  return apiGroup === '*' ? mayBeNamespaced('', resource) : mayBeNamespaced(apiGroup, resource);
}
