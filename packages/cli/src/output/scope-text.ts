import type { AccessRequestResource, GrantedObjectSpec } from '@sallyport/core/api';

/** A scope as the API shows it. */
export type ScopeSpec = AccessRequestResource['scope'];

type Namespaces = Extract<ScopeSpec, { kind: 'clusters' }>['namespaces'];
type Selector = Extract<ScopeSpec, { kind: 'clusterSelector' }>['selector'];

/** A scope in words: `cluster production, namespace shop`. */
export function scopeText(scope: ScopeSpec): string {
  if (scope.kind === 'installation') return 'the installation';
  return `${clustersText(scope)}${namespacesText(scope.namespaces)}`;
}

/** A scope in words, with the objects that access is narrowed to. */
export function placeText(scope: ScopeSpec, objects: readonly GrantedObjectSpec[] | undefined): string {
  const place = scopeText(scope);
  return objects === undefined ? place : `${place}, only ${objects.map(objectText).join(', ')}`;
}

/** One object, as `--object` takes it: `shop/pods/web-0`. */
export function objectText({ apiGroup, resource, namespace, name }: GrantedObjectSpec): string {
  const plural = apiGroup ? `${resource}.${apiGroup}` : resource;
  return [...(namespace === undefined ? [] : [namespace]), plural, name].join('/');
}

/** A label selector as kubectl writes it: `env=prod,tier in (web,db),!old`. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}

function clustersText(scope: Exclude<ScopeSpec, { kind: 'installation' }>): string {
  switch (scope.kind) {
    case 'organization':
      return 'all clusters';
    case 'projects':
      return listed('project', scope.projects);
    case 'clusters':
      return listed('cluster', scope.clusters);
    case 'clusterSelector':
      return `clusters with ${selectorText(scope.selector)}`;
  }
}

function namespacesText(namespaces: Namespaces): string {
  if (namespaces === undefined) return '';
  return 'names' in namespaces
    ? `, ${listed('namespace', namespaces.names)}`
    : `, namespaces with ${selectorText(namespaces.selector)}`;
}

function listed(word: string, names: readonly string[]): string {
  return `${word}${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
}
