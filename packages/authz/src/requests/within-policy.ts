import type { ClusterId } from '@sallyport/core';
import { matchLabelSelector } from '@sallyport/core';
import type { AuthorityRecords } from '../authority/gift.ts';
import { describePlace, isSameNamespaceSelector, type Place, placesOf, reachesPlace } from '../authority/place.ts';
import type { CompiledRole } from '../compile-role.ts';
import type { NamespaceLabels } from '../compile-scope.ts';
import type { NamespaceSelection, Scope } from '../policy.ts';
import type { CompiledRequestPolicy } from './compile-request-policy.ts';
import { isForUse } from './requestable.ts';

/** What a scope is compared on. */
export interface ScopeRecords extends Pick<AuthorityRecords, 'clusters' | 'projects'> {
  /** Labels of a namespace as last seen; absent: not known, and no name is within a selector of labels. */
  readonly namespaceLabels?: (clusterId: ClusterId, namespace: string) => NamespaceLabels;
}

/**
 * Where a scope reaches further than a request policy, as one phrase; `undefined` when it is within. As in matters of authority, a
 * label selector is within the whole organization, or within the very same selector; where in doubt it reaches further.
 */
export function describeReachBeyond(
  { policy, scope: compiled }: CompiledRequestPolicy,
  role: CompiledRole,
  scope: Scope,
  records: ScopeRecords,
): string | undefined {
  const given = 'namespaces' in scope ? scope.namespaces : undefined;
  // What is shared is shared for use alone; a grant on the cluster itself would give more than that.
  const forUse = given !== undefined || isForUse(role);
  const nameOfProject = (id: Parameters<typeof records.projects.get>[0]) => records.projects.get(id)?.name ?? id;
  for (const place of placesOf(scope, records.clusters)) {
    if (!reachesPlace({ binding: policy, scope: compiled }, place, forUse)) return describePlace(place, nameOfProject);
    if (!holdsNamespaces(compiled.namespaces, given, place, records)) {
      return `${describePlace(place, nameOfProject)} beyond its namespaces`;
    }
  }
  return undefined;
}

function holdsNamespaces(
  own: NamespaceSelection | undefined,
  given: NamespaceSelection | undefined,
  place: Place,
  { namespaceLabels }: ScopeRecords,
): boolean {
  if (own === undefined) return true;
  if (given === undefined) return false;
  if (given.kind === 'selector') return isSameNamespaceSelector(own, given);
  if (own.kind === 'names') return given.names.every((name) => own.names.includes(name));
  if (place.kind !== 'cluster') return false;
  return given.names.every((name) => {
    const labels = namespaceLabels?.(place.clusterId, name);
    return labels !== undefined && matchLabelSelector(own.selector, labels);
  });
}
