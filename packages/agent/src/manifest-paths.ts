import { AgentError } from './errors.ts';
import type { ManifestObject } from './manifest-rbac.ts';

/** Kinds that a manifest has, with the names of their resources. */
const RESOURCES: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Secret: 'secrets',
  ConfigMap: 'configmaps',
  Deployment: 'deployments',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
};

/**
 * Path of an object on kube-apiserver.
 * @throws AgentError `ERR_AGENT_MANIFEST` for a kind that no manifest has
 */
export function pathOf({ apiVersion, kind, metadata }: ManifestObject): string {
  const resource = RESOURCES[kind];
  if (resource === undefined)
    throw new AgentError({ code: 'ERR_AGENT_MANIFEST', message: `${kind} is of no known kind` });
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const space = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${group}${space}/${resource}/${metadata.name}`;
}

/** Group and resource of an object, as RBAC rules name them. */
export function resourceOf({ apiVersion, kind }: ManifestObject): {
  readonly group: string;
  readonly resource: string;
} {
  return {
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    resource: RESOURCES[kind] ?? '',
  };
}
