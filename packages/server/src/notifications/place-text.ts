import type { GrantedObject, ScopeSpec } from '@sallyport/authz';

/** Most names that one place lists; the rest is counted. */
const MAX_NAMES = 8;

/** Where access is asked for, in words: `cluster production, namespace shop`. */
export function placeText(scope: ScopeSpec, objects: readonly GrantedObject[] | undefined): string {
  const place = scope.kind === 'installation' ? 'the installation' : `${clustersText(scope)}${namespacesText(scope)}`;
  return objects === undefined ? place : `${place}, only ${listed('object', objects.map(objectText))}`;
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

function namespacesText({ namespaces }: Exclude<ScopeSpec, { kind: 'installation' }>): string {
  if (namespaces === undefined) return '';
  return 'names' in namespaces
    ? `, ${listed('namespace', namespaces.names)}`
    : `, namespaces with ${selectorText(namespaces.selector)}`;
}

type Selector = Extract<ScopeSpec, { kind: 'clusterSelector' }>['selector'];

/** A label selector as kubectl writes it. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`), ...expressions].join(',');
}

function objectText({ apiGroup, resource, namespace, name }: GrantedObject): string {
  const plural = apiGroup ? `${resource}.${apiGroup}` : resource;
  return [...(namespace === undefined ? [] : [namespace]), plural, name].join('/');
}

function listed(word: string, names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return `${word}${names.length === 1 ? '' : 's'} ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
}
