import type { AccessRequestResource, GrantedObjectSpec } from './api/access-requests.ts';
import { formatLabelSelector } from './label-selector.ts';

type ScopeSpec = AccessRequestResource['scope'];
type Namespaces = Extract<ScopeSpec, { kind: 'clusters' }>['namespaces'];

/** How long a text about a place may grow. */
export interface PlaceTextOptions {
  /** Most names that one list shows; the rest is counted. Default: all. */
  readonly maxNames?: number;
}

/** A scope in words: `cluster production, namespace shop`. */
export function scopeText(scope: ScopeSpec, { maxNames = Number.POSITIVE_INFINITY }: PlaceTextOptions = {}): string {
  if (scope.kind === 'installation') return 'the installation';
  return `${clustersText(scope, maxNames)}${namespacesText(scope.namespaces, maxNames)}`;
}

/** A scope in words, with the objects that access is narrowed to. */
export function placeText(
  scope: ScopeSpec,
  objects: readonly GrantedObjectSpec[] | undefined,
  options: PlaceTextOptions = {},
): string {
  const place = scopeText(scope, options);
  return objects === undefined ? place : `${place}, only ${shown(objects.map(objectText), options.maxNames)}`;
}

/** One object: `shop/pods/web-0`, `nodes/n1`, `shop/deployments.apps/web`. */
export function objectText({ apiGroup, resource, namespace, name }: GrantedObjectSpec): string {
  const plural = apiGroup ? `${resource}.${apiGroup}` : resource;
  return [...(namespace === undefined ? [] : [namespace]), plural, name].join('/');
}

/** Reads what {@link objectText} writes: `[NAMESPACE/]RESOURCE[.GROUP]/NAME`. `undefined` when the text names no object. */
export function parseObjectText(text: string): GrantedObjectSpec | undefined {
  const parts = text.split('/');
  const [name = '', word = '', namespace] = parts.toReversed();
  const [resource = '', ...group] = word.split('.');
  if (parts.length < 2 || parts.length > 3 || parts.includes('') || resource === '') return undefined;
  return {
    ...(group.length > 0 && { apiGroup: group.join('.') }),
    resource,
    ...(namespace !== undefined && { namespace }),
    name,
  };
}

function clustersText(scope: Exclude<ScopeSpec, { kind: 'installation' }>, maxNames: number): string {
  switch (scope.kind) {
    case 'organization':
      return 'all clusters';
    case 'projects':
      return listed('project', scope.projects, maxNames);
    case 'clusters':
      return listed('cluster', scope.clusters, maxNames);
    case 'clusterSelector':
      return `clusters with ${formatLabelSelector(scope.selector)}`;
  }
}

function namespacesText(namespaces: Namespaces, maxNames: number): string {
  if (namespaces === undefined) return '';
  return 'names' in namespaces
    ? `, ${listed('namespace', namespaces.names, maxNames)}`
    : `, namespaces with ${formatLabelSelector(namespaces.selector)}`;
}

function listed(word: string, names: readonly string[], maxNames: number): string {
  return `${word}${names.length === 1 ? '' : 's'} ${shown(names, maxNames)}`;
}

function shown(names: readonly string[], maxNames = Number.POSITIVE_INFINITY): string {
  const rest = names.length - maxNames;
  return `${names.slice(0, maxNames).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
