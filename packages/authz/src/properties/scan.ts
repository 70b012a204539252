import { LOCAL_ISSUER, matchLabelSelector } from '@sallyport/core';
import { requiredActions } from '../action.ts';
import { matchRule } from '../match-rule.ts';
import type { Binding, Role, Scope } from '../policy.ts';
import type { AccessQuery } from '../query.ts';

/** The groups of an allow by plain roles, found the slow way: every binding in turn. `undefined` is a denial. */
export function scan(roles: readonly Role[], bindings: readonly Binding[], asked: AccessQuery): string[] | undefined {
  const { principal, cluster, attributes } = asked;
  const allowing: Role[] = [];
  for (const binding of bindings) {
    const role = roles.find(({ id }) => id === binding.roleId);
    if (role === undefined || principal.isDisabled) continue;
    const { organizationId } = principal;
    if (![cluster, binding, role].every((document) => document.organizationId === organizationId)) continue;
    const selected = binding.subjects.some((subject) => {
      if (subject.kind === 'principal') return subject.id === principal.id;
      if (subject.issuer === LOCAL_ISSUER) return principal.localGroups?.includes(subject.name);
      return subject.issuer === principal.issuer && principal.groups.includes(subject.name);
    });
    const { rules } = role;
    const actions = requiredActions(attributes);
    const covered = rules === undefined || actions.every((action) => rules.some((rule) => matchRule(rule, action)));
    if (selected && reaches(binding.scope, asked) && covered && role.ceilingGroups.length > 0) allowing.push(role);
  }
  const readers = allowing.filter(({ permissions }) => permissions.includes('secrets.read'));
  const isAboutSecrets = attributes.kind === 'resource' && attributes.resource === 'secrets';
  const isKept = asked.settings !== undefined && isAboutSecrets && attributes.verb !== 'create';
  const chosen = isKept || (isAboutSecrets && readers.length > 0) ? readers : allowing;
  const all = new Set(chosen.flatMap(({ ceilingGroups }) => ceilingGroups));
  return all.size === 0 ? undefined : [...all].sort();
}

function reaches(scope: Scope, { cluster, attributes, namespaceLabels }: AccessQuery): boolean {
  const { projectId, sharedWithProjectIds = [] } = cluster;
  const projectIds = [...(projectId === undefined ? [] : [projectId]), ...sharedWithProjectIds];
  if (scope.kind === 'installation') return false;
  if (scope.kind === 'projects' && !projectIds.some((id) => scope.projectIds.includes(id))) return false;
  if (scope.kind === 'clusters' && !scope.clusterIds.includes(cluster.id)) return false;
  if (scope.kind === 'clusterSelector' && !matchLabelSelector(scope.selector, cluster.labels)) return false;
  const { namespaces } = scope;
  if (namespaces === undefined) return true;
  const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
  if (namespace === '') return false;
  if (namespaces.kind === 'names') return namespaces.names.includes(namespace);
  return namespaceLabels !== undefined && matchLabelSelector(namespaces.selector, namespaceLabels);
}
