import { jsonAt, type KubeObject, textAt } from './objects.ts';
import { type AccessAttributes, type PolicyRule, parseRules, type Rbac } from './rbac.ts';
import { StatusError } from './status-error.ts';
import type { UserInfo } from './user.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';

/**
 * Refuses a role or binding that would give more than its author holds, unless the author may `escalate` the role or
 * `bind` it.
 * @throws StatusError 403
 */
export function checkEscalation(rbac: Rbac, user: UserInfo, object: KubeObject): void {
  if (!object.apiVersion.startsWith(RBAC_GROUP)) return;
  const namespace = object.metadata.namespace ?? '';
  const may = (verb: string, resource: string, name: string): boolean =>
    rbac.authorize(user, { isResource: true, verb, group: RBAC_GROUP, resource, subresource: '', namespace, name }) !==
    undefined;

  const resource = `${object.kind.toLowerCase()}s`;
  let granted: readonly PolicyRule[];
  if (object.kind === 'Role' || object.kind === 'ClusterRole') {
    if (may('escalate', resource, object.metadata.name)) return;
    granted = parseRules(object);
  } else {
    const roleRef = jsonAt(object, 'roleRef');
    const roles = roleRef['kind'] === 'ClusterRole' ? 'clusterroles' : 'roles';
    const name = textAt(roleRef, 'name');
    if (may('bind', roles, name)) return;
    const rules = rbac.rulesOfRole(roleRef, namespace);
    if (!rules) {
      throw new StatusError('NotFound', `${roles}.${RBAC_GROUP} ${JSON.stringify(name)} not found`);
    }
    granted = rules;
  }
  const missing = granted.filter((rule) => !isHeld(rbac, user, namespace, rule));
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  throw new StatusError(
    'Forbidden',
    `${resource}.${RBAC_GROUP} ${JSON.stringify(object.metadata.name)} is forbidden: user ${JSON.stringify(user.username)} ` +
      `(groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(formatRule).join('\n')}`,
    { details: { name: object.metadata.name, group: RBAC_GROUP, kind: resource } },
  );
}

/** Whether every single permission of `rule` is covered by what the user holds. `*` must be held as `*`. */
function isHeld(rbac: Rbac, user: UserInfo, namespace: string, rule: PolicyRule): boolean {
  const allowed = (attributes: AccessAttributes) => rbac.authorize(user, attributes) !== undefined;
  const names = rule.resourceNames.length > 0 ? rule.resourceNames : [''];
  for (const verb of rule.verbs) {
    for (const path of rule.nonResourceURLs) if (!allowed({ isResource: false, verb, path })) return false;
    for (const group of rule.apiGroups) {
      for (const full of rule.resources) {
        const [resource = '', subresource = ''] = full.split('/');
        for (const name of names) {
          if (!allowed({ isResource: true, verb, group, resource, subresource, namespace, name })) return false;
        }
      }
    }
  }
  return true;
}

function formatRule(rule: PolicyRule): string {
  const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
  const parts = [
    rule.nonResourceURLs.length > 0 ? `NonResourceURLs:${list(rule.nonResourceURLs)}` : '',
    rule.apiGroups.length > 0 ? `APIGroups:${list(rule.apiGroups)}` : '',
    rule.resources.length > 0 ? `Resources:${list(rule.resources)}` : '',
    rule.resourceNames.length > 0 ? `ResourceNames:${list(rule.resourceNames)}` : '',
    `Verbs:${list(rule.verbs)}`,
  ];
  return `{${parts.filter((part) => part !== '').join(', ')}}`;
}
