import type { AccessRequestResource } from '@sallyport/core/api';
import { paths } from '../../app/paths.ts';

/** Clusters that are offered one by one; of more, the list of clusters is the way. */
const MOST = 3;

/**
 * The terminals that a grant is for: one for each cluster that its scope names. Where it reaches into one namespace alone, the line
 * that goes there stands at the prompt. None for scopes that name no clusters, or many.
 */
export function terminalsOf(
  scope: AccessRequestResource['scope'],
): readonly { readonly cluster: string; readonly href: string }[] {
  if (scope.kind !== 'clusters' || scope.clusters.length > MOST) return [];
  const { namespaces } = scope;
  const names = namespaces !== undefined && 'names' in namespaces ? namespaces.names : [];
  const command = names.length === 1 ? `namespace ${names[0]}` : '';
  return scope.clusters.map((cluster) => ({ cluster, href: paths.terminal({ cluster, command }) }));
}
