import { parseAllDocuments } from 'yaml';
import type { KubeClient } from './kube-client.ts';

/** The part of a Kubernetes object that says where it is applied. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Plural and scope of the kinds that let an agent in, in the order in which they depend on one another. */
const ACCESS_KINDS: Readonly<Record<string, { readonly plural: string; readonly isNamespaced: boolean }>> = {
  Namespace: { plural: 'namespaces', isNamespaced: false },
  ServiceAccount: { plural: 'serviceaccounts', isNamespaced: true },
  ClusterRole: { plural: 'clusterroles', isNamespaced: false },
  ClusterRoleBinding: { plural: 'clusterrolebindings', isNamespaced: false },
  Role: { plural: 'roles', isNamespaced: true },
  RoleBinding: { plural: 'rolebindings', isNamespaced: true },
};

/**
 * Picks from an install manifest what an agent needs outside the cluster: its namespace, its ServiceAccount and that
 * account's rights. Workloads, Secrets and network policies stay out.
 */
export function accessObjects(manifest: string): readonly ManifestObject[] {
  const objects = parseAllDocuments(manifest)
    .map((document) => document.toJS() as ManifestObject | null)
    .filter((object) => object !== null && Object.hasOwn(ACCESS_KINDS, object.kind)) as ManifestObject[];
  const order = Object.keys(ACCESS_KINDS);
  return objects.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** Applies objects by server-side apply, one after the other; what is there already is brought in line. */
export async function applyObjects(client: KubeClient, objects: readonly ManifestObject[]): Promise<void> {
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
  const { plural, isNamespaced } = ACCESS_KINDS[kind] ?? { plural: '', isNamespaced: false };
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = isNamespaced ? `/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}` : '';
  return `${group}${namespace}/${plural}/${encodeURIComponent(metadata.name)}`;
}
