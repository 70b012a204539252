import type { RequestAttributes, ResourceAttributes } from '@sallyport/core';

/** Verbs that kube-apiserver makes of requests for objects. */
export const STANDARD_VERBS: readonly string[] = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
];

const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';

/** Actions that no wildcard covers by itself: verb, group, resource, subresource. */
const APART: readonly (readonly [string, string, string, string])[] = [
  // By GET they are the same actions, which no right to read covers.
  ...['create', 'get'].flatMap((verb): [string, string, string, string][] => [
    [verb, '', 'pods', 'exec'],
    [verb, '', 'pods', 'attach'],
    [verb, '', 'pods', 'portforward'],
    [verb, '', 'pods', 'proxy'],
    [verb, '', 'services', 'proxy'],
    [verb, '', 'nodes', 'proxy'],
  ]),
  ['create', '', 'serviceaccounts', 'token'],
  ['create', RBAC, 'roles', ''],
  ['create', RBAC, 'rolebindings', ''],
  ['create', RBAC, 'clusterroles', ''],
  ['create', RBAC, 'clusterrolebindings', ''],
  ['bind', RBAC, 'clusterroles', ''],
  ['escalate', RBAC, 'clusterroles', ''],
  ['create', CERTIFICATES, 'certificatesigningrequests', ''],
  ['update', CERTIFICATES, 'certificatesigningrequests', 'approval'],
  ['impersonate', '', 'users', ''],
];

/**
 * What an action with a wildcard (`kubectl auth can-i '*' '*'`) stands for besides what its words say: actions that a rule with
 * wildcards does not allow by itself. Empty for an action without one.
 */
export function actionsBehindWildcard(action: RequestAttributes): readonly ResourceAttributes[] {
  if (action.kind !== 'resource') return [];
  const { verb, apiGroup, resource, subresource } = action;
  if (verb !== '*' && apiGroup !== '*' && resource !== '*') return [];
  const stands = (word: string, pattern: string) => pattern === '*' || word === pattern;
  return APART.filter(
    ([apartVerb, group, of, below]) =>
      stands(apartVerb, verb) &&
      stands(group, apiGroup) &&
      (resource === '*' || (of === resource && below === subresource)),
  ).map(([apartVerb, group, of, below]) => ({
    ...action,
    verb: apartVerb,
    apiGroup: group,
    resource: of,
    subresource: below,
  }));
}
