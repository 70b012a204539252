import type { AccessRequestResource } from '@sallyport/core/api';

/** Where access reaches, as the slots of a sentence: `on` these, and `in` these namespaces when it is narrowed to some. */
export interface Place {
  readonly on: readonly string[];
  readonly in: readonly string[];
}

/** Says where a scope reaches. */
export function placeOf(scope: AccessRequestResource['scope']): Place {
  switch (scope.kind) {
    case 'installation':
      return { on: ['the whole installation'], in: [] };
    case 'organization':
      return { on: ['every cluster'], in: namespacesOf(scope.namespaces) };
    case 'projects':
      return { on: scope.projects.map((name) => `project ${name}`), in: namespacesOf(scope.namespaces) };
    case 'clusters':
      return { on: scope.clusters, in: namespacesOf(scope.namespaces) };
    case 'clusterSelector':
      return { on: [`clusters with ${selectorWords(scope.selector)}`], in: namespacesOf(scope.namespaces) };
  }
}

type Namespaces = Extract<AccessRequestResource['scope'], { kind: 'clusters' }>['namespaces'];

function namespacesOf(namespaces: Namespaces): readonly string[] {
  if (namespaces === undefined) return [];
  return 'names' in namespaces ? namespaces.names : [`namespaces with ${selectorWords(namespaces.selector)}`];
}

type Selector = Extract<AccessRequestResource['scope'], { kind: 'clusterSelector' }>['selector'];

function selectorWords({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) =>
    [key, operator, values.length === 0 ? '' : `(${values.join(', ')})`].filter((word) => word !== '').join(' '),
  );
  const words = [...labels, ...expressions];
  return words.length === 0 ? 'no labels' : words.join(', ');
}
