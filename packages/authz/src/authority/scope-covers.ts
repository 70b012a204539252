import type { Cluster, ClusterId } from '@sallyport/core';
import { compileScope } from '../compile-scope.ts';
import type { Scope } from '../policy.ts';
import { isSameNamespaceSelector, placesOf, reachesPlace } from './place.ts';

/**
 * Whether all that `inner` reaches now is within `outer`. A label selector is only within the whole organization or the very same
 * selector, for nobody knows which clusters get those labels later. The installation and its organizations cover nothing of one another.
 */
export function scopeCovers(outer: Scope, inner: Scope, clusters: ReadonlyMap<ClusterId, Cluster>): boolean {
  const scope = compileScope(outer);
  if (scope.problem !== undefined || compileScope(inner).problem !== undefined) return false;
  if (!namespacesCover(outer, inner)) return false;
  const places = placesOf(inner, clusters);
  return places.length > 0 && places.every((place) => reachesPlace({ binding: { scope: outer }, scope }, place, false));
}

function namespacesCover(outer: Scope, inner: Scope): boolean {
  const bound = outer.kind === 'installation' ? undefined : outer.namespaces;
  if (bound === undefined) return true;
  const asked = inner.kind === 'installation' ? undefined : inner.namespaces;
  if (bound.kind !== 'names' || asked?.kind !== 'names') return isSameNamespaceSelector(bound, asked);
  const names = new Set(bound.names);
  return asked.names.every((name) => names.has(name));
}
