import type { ManifestObject } from '@sallyport/agent/manifest';
import type { KubeClient } from './kube-client.ts';

/** Plural and scope of the kinds that let an agent in. */
const KINDS: Readonly<Record<string, { readonly plural: string; readonly isNamespaced: boolean }>> = {
  Namespace: { plural: 'namespaces', isNamespaced: false },
  ServiceAccount: { plural: 'serviceaccounts', isNamespaced: true },
  ClusterRole: { plural: 'clusterroles', isNamespaced: false },
  ClusterRoleBinding: { plural: 'clusterrolebindings', isNamespaced: false },
  Role: { plural: 'roles', isNamespaced: true },
  RoleBinding: { plural: 'rolebindings', isNamespaced: true },
};

/**
 * Applies the namespace, account and rights of an agent by server-side apply, one after the other; what is there already
 * is brought in line. Throws a `TypeError` for an object of any other kind.
 */
export async function applyAccessObjects(client: KubeClient, objects: readonly ManifestObject[]): Promise<void> {
  for (const object of objects) {
    await client.request({
      method: 'PATCH',
      path: `${objectPath(object)}?fieldManager=sallyport-demo&force=true`,
      // JSON is YAML, so the object travels as JSON under the type that asks for an apply.
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
  }
}

function objectPath({ apiVersion, kind, metadata }: ManifestObject): string {
  const known = KINDS[kind];
  if (known === undefined) throw new TypeError(`a ${kind} is no part of the access of an agent`);
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = known.isNamespaced ? `/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}` : '';
  return `${group}${namespace}/${known.plural}/${encodeURIComponent(metadata.name)}`;
}
