import type { Cluster, ClusterId, LabelSelector, ProjectId } from '@sallyport/core';
import type { CompiledScope } from '../compile-scope.ts';
import { showWord } from '../describe.ts';
import type { NamespaceSelection, Scope } from '../policy.ts';
import { isSameSelector } from './same-selector.ts';

/** One of the places that a scope consists of. */
export type Place =
  | { readonly kind: 'installation' }
  | { readonly kind: 'organization' }
  | { readonly kind: 'project'; readonly projectId: ProjectId }
  /** `cluster` is absent when the id is nobody's. */
  | { readonly kind: 'cluster'; readonly clusterId: ClusterId; readonly cluster?: Cluster }
  | { readonly kind: 'clusterSelector'; readonly selector: LabelSelector };

/** Takes a sound scope apart into places, each of which has to be held by itself. */
export function placesOf(scope: Scope, clusters: ReadonlyMap<ClusterId, Cluster>): readonly Place[] {
  switch (scope.kind) {
    case 'installation':
    case 'organization':
      return [{ kind: scope.kind }];
    case 'projects':
      return scope.projectIds.map((projectId) => ({ kind: 'project', projectId }));
    case 'clusters':
      return scope.clusterIds.map((clusterId) => {
        const cluster = clusters.get(clusterId);
        return { kind: 'cluster', clusterId, ...(cluster !== undefined && { cluster }) };
      });
    case 'clusterSelector':
      return [{ kind: 'clusterSelector', selector: scope.selector }];
  }
}

/** Something with a scope: a binding, or a request policy. */
export interface Reaching {
  readonly binding: { readonly scope: Scope };
  readonly scope: CompiledScope;
}

/**
 * Whether a binding reaches all of `place`, whatever the namespace. A label selector is within the whole organization or
 * within the very same selector: any other scope would have to know which clusters get those labels later.
 *
 * @param forUse whether the use that sharing gives is enough
 */
export function reachesPlace({ binding, scope }: Reaching, place: Place, forUse: boolean): boolean {
  switch (place.kind) {
    case 'installation':
      return scope.reachesInstallation;
    case 'organization':
      return scope.reachesOrganization;
    case 'project':
      return scope.reachesProject(place.projectId);
    case 'cluster': {
      if (place.cluster === undefined) {
        const own = binding.scope;
        return scope.reachesOrganization || (own.kind === 'clusters' && own.clusterIds.includes(place.clusterId));
      }
      const reach = scope.reachOf(place.cluster);
      return reach === 'owned' || (forUse && reach === 'shared');
    }
    case 'clusterSelector':
      return (
        scope.reachesOrganization ||
        (binding.scope.kind === 'clusterSelector' && isSameSelector(binding.scope.selector, place.selector))
      );
  }
}

/** Whether two namespace selections are one. */
export function isSameNamespaceSelector(a: NamespaceSelection | undefined, b: NamespaceSelection | undefined): boolean {
  return a?.kind === 'selector' && b?.kind === 'selector' && isSameSelector(a.selector, b.selector);
}

/** `on cluster prod`, `in the whole organization`: where, for sentences. */
export function describePlace(place: Place, nameOfProject: (id: ProjectId) => string): string {
  switch (place.kind) {
    case 'installation':
      return 'on the installation';
    case 'organization':
      return 'in the whole organization';
    case 'project':
      return `on project ${showWord(nameOfProject(place.projectId))}`;
    case 'cluster':
      return `on cluster ${showWord(place.cluster?.name ?? place.clusterId)}`;
    case 'clusterSelector':
      return 'on whatever clusters have the labels';
  }
}
