import type { LabelSelector } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { NamespaceSelection, Scope } from '../policy.ts';
import type { Directory, NamedKind } from './directory.ts';

/** A scope as documents write it. */
export type ScopeSpec = KindSpec<'Binding'>['scope'];

/** Namespaces as the scope of a document writes them. */
export type NamespacesSpec = NonNullable<Extract<ScopeSpec, { kind: 'organization' }>['namespaces']>;

/**
 * The places that a scope of a document names.
 * @throws whatever `directory.missing` makes, when one of them is not there
 */
export function readScope(scope: ScopeSpec, path: string, directory: Directory): Scope {
  if (scope.kind === 'installation') return { kind: 'installation' };
  const narrowing = scope.namespaces === undefined ? {} : { namespaces: readNamespaces(scope.namespaces) };
  const idsOf = <Id>(
    kind: NamedKind,
    field: string,
    names: readonly string[],
    find: (name: string) => Id | undefined,
  ) =>
    names.map((name, i) => {
      const id = find(name);
      if (id === undefined) throw directory.missing(`${path}.${field}.${i}`, kind, name);
      return id;
    });
  switch (scope.kind) {
    case 'organization':
      return { kind: 'organization', ...narrowing };
    case 'projects':
      return {
        kind: 'projects',
        projectIds: idsOf('Project', 'projects', scope.projects, directory.projectId),
        ...narrowing,
      };
    case 'clusters':
      return {
        kind: 'clusters',
        clusterIds: idsOf('Cluster', 'clusters', scope.clusters, directory.clusterId),
        ...narrowing,
      };
    case 'clusterSelector':
      return { kind: 'clusterSelector', selector: scope.selector as LabelSelector, ...narrowing };
  }
}

function readNamespaces(spec: NamespacesSpec): NamespaceSelection {
  return 'names' in spec
    ? { kind: 'names', names: spec.names }
    : { kind: 'selector', selector: spec.selector as LabelSelector };
}
