import type { KindRegistry } from './kinds.ts';
import { type Json, jsonAt, type KubeObject, listAt, textAt, textsAt } from './objects.ts';
import type { Storage } from './storage.ts';
import { SERVICE_ACCOUNT_PREFIX, type UserInfo } from './user.ts';

/** What somebody wants to do, for the authorizer. */
export type AccessAttributes =
  | {
      readonly isResource: true;
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly isResource: false; readonly verb: string; readonly path: string };

/** A rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** A rule that applies to a user, with the binding that gave it. */
export interface BoundRule {
  readonly rule: PolicyRule;
  /** Why, as the audit annotation `authorization.k8s.io/reason` says it. */
  readonly reason: string;
}

/** The RBAC authorizer over the stored roles and bindings. */
export interface Rbac {
  /** The reason when it is allowed, else `undefined`. */
  authorize(user: UserInfo, attributes: AccessAttributes): string | undefined;
  /** Rules of a user in a namespace (cluster-wide ones included). */
  rulesFor(user: UserInfo, namespace: string): BoundRule[];
  /** Rules of the role that a binding refers to. */
  rulesOfRole(roleRef: Json, namespace: string): PolicyRule[] | undefined;
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** Reads the rules of a role object. */
export function parseRules(role: KubeObject): PolicyRule[] {
  return listAt(role, 'rules').map((rule) => ({
    verbs: textsAt(rule, 'verbs'),
    apiGroups: textsAt(rule, 'apiGroups'),
    resources: textsAt(rule, 'resources'),
    resourceNames: textsAt(rule, 'resourceNames'),
    nonResourceURLs: textsAt(rule, 'nonResourceURLs'),
  }));
}

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);

function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  if (resources.includes('*')) return true;
  if (subresource === '') return resources.includes(resource);
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

/** Whether a rule covers the attributes. */
export function ruleAllows(rule: PolicyRule, attributes: AccessAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResource) {
    return rule.nonResourceURLs.some(
      (url) =>
        url === '*' || url === attributes.path || (url.endsWith('*') && attributes.path.startsWith(url.slice(0, -1))),
    );
  }
  return (
    has(rule.apiGroups, attributes.group) &&
    resourceMatches(rule.resources, attributes.resource, attributes.subresource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name))
  );
}

function subjectMatches(subject: Json, user: UserInfo, bindingNamespace: string): boolean {
  const name = textAt(subject, 'name');
  switch (subject['kind']) {
    case 'User':
      return name === user.username;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount':
      return user.username === `${SERVICE_ACCOUNT_PREFIX}${textAt(subject, 'namespace', bindingNamespace)}:${name}`;
    default:
      return false;
  }
}

/** Creates the authorizer. Members of `system:masters` may do everything, as on a real cluster. */
export function createRbac(storage: Storage, kinds: KindRegistry): Rbac {
  function objects(resource: string, namespace: string): KubeObject[] {
    const kind = kinds.findResource(RBAC_GROUP, resource);
    return kind ? storage.list(kind, namespace) : [];
  }

  function rulesOfRole(roleRef: Json, namespace: string): PolicyRule[] | undefined {
    const isCluster = roleRef['kind'] === 'ClusterRole';
    const kind = kinds.findResource(RBAC_GROUP, isCluster ? 'clusterroles' : 'roles');
    const role = kind && storage.get(kind, isCluster ? '' : namespace, textAt(roleRef, 'name'));
    if (!role) return undefined;
    return isCluster ? [...parseRules(role), ...aggregated(role)] : parseRules(role);
  }

  // ClusterRoles whose aggregationRule names labels: the controller of a real cluster copies the rules, here they are read.
  function aggregated(role: KubeObject): PolicyRule[] {
    const selectors = listAt(role, 'aggregationRule.clusterRoleSelectors');
    if (selectors.length === 0) return [];
    return objects('clusterroles', '')
      .filter((other) => selectors.some((one) => labelsMatch(other, jsonAt(one, 'matchLabels'))))
      .flatMap(parseRules);
  }

  function rulesFor(user: UserInfo, namespace: string): BoundRule[] {
    const bindings = [
      ...objects('clusterrolebindings', ''),
      ...(namespace === '' ? [] : objects('rolebindings', namespace)),
    ];
    return bindings.flatMap((binding) => {
      const bound = binding.metadata.namespace ?? '';
      const subject = listAt(binding, 'subjects').find((one) => subjectMatches(one, user, bound));
      if (!subject) return [];
      const roleRef = jsonAt(binding, 'roleRef');
      const where = bound === '' ? binding.metadata.name : `${binding.metadata.name}/${bound}`;
      const reason = `RBAC: allowed by ${binding.kind} ${JSON.stringify(where)} of ${textAt(roleRef, 'kind')} ${JSON.stringify(textAt(roleRef, 'name'))} to ${textAt(subject, 'kind')} ${JSON.stringify(textAt(subject, 'name'))}`;
      return (rulesOfRole(roleRef, bound) ?? []).map((rule) => ({ rule, reason }));
    });
  }

  return {
    rulesFor,
    rulesOfRole,
    authorize(user, attributes) {
      if (user.groups.includes('system:masters')) return '';
      const namespace = attributes.isResource ? attributes.namespace : '';
      return rulesFor(user, namespace).find(({ rule }) => ruleAllows(rule, attributes))?.reason;
    },
  };
}

function labelsMatch(object: KubeObject, labels: Json): boolean {
  return Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value);
}

/** The sentence of a 403, in the API server's words. */
export function forbiddenMessage(user: UserInfo, attributes: AccessAttributes): string {
  const who = `User ${JSON.stringify(user.username)}`;
  if (!attributes.isResource)
    return `forbidden: ${who} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}`;
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const target = group === '' ? resource : `${resource}.${group}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const object = name === '' ? target : `${target} ${JSON.stringify(name)}`;
  return `${object} is forbidden: ${who} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`;
}
