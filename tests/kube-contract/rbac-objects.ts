import type { Rule } from '@sallyport/authz';

/** An object to be created, with the path of its collection. */
export interface RbacObject {
  readonly path: string;
  readonly body: { readonly kind: string; readonly metadata: { readonly name: string } };
}

const API = '/apis/rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';

/** Kubernetes' own objects that say of a user what rules of ours say: a ClusterRole, and a Role in each namespace. */
export function rbacObjectsOf(
  user: string,
  rules: readonly Rule[],
  labels: Readonly<Record<string, string>>,
): readonly RbacObject[] {
  const byNamespace = new Map<string | undefined, object[]>();
  for (const { namespaces, nonResourceUrls, ...rule } of rules) {
    const body = nonResourceUrls === undefined ? rule : { verbs: rule.verbs, nonResourceURLs: nonResourceUrls };
    for (const namespace of namespaces ?? [undefined]) {
      const others = byNamespace.get(namespace);
      if (others === undefined) byNamespace.set(namespace, [body]);
      else others.push(body);
    }
  }
  return [...byNamespace].flatMap(([namespace, own]) => roleAndBinding(user, namespace, own, labels));
}

function roleAndBinding(
  user: string,
  namespace: string | undefined,
  rules: readonly object[],
  labels: Readonly<Record<string, string>>,
): readonly RbacObject[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const folder = namespace === undefined ? API : `${API}/namespaces/${namespace}`;
  const collection = namespace === undefined ? 'clusterrole' : 'role';
  const metadata = { name: user, labels };
  return [
    { path: `${folder}/${collection}s`, body: { kind, metadata, ...{ apiVersion: `${GROUP}/v1`, rules } } },
    {
      path: `${folder}/${collection}bindings`,
      body: {
        kind: `${kind}Binding`,
        metadata,
        ...{
          apiVersion: `${GROUP}/v1`,
          roleRef: { apiGroup: GROUP, kind, name: user },
          subjects: [{ apiGroup: GROUP, kind: 'User', name: user }],
        },
      },
    },
  ];
}

/** Paths of every collection that holds such objects. */
export function rbacCollections(namespaces: readonly string[]): readonly string[] {
  return [
    `${API}/clusterrolebindings`,
    `${API}/clusterroles`,
    ...namespaces.flatMap((namespace) => [
      `${API}/namespaces/${namespace}/rolebindings`,
      `${API}/namespaces/${namespace}/roles`,
    ]),
  ];
}
