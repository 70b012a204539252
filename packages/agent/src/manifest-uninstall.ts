import { pathOf, resourceOf } from './manifest-paths.ts';
import type { ManifestObject } from './manifest-rbac.ts';
import { sweepingRights } from './manifest-rights.ts';

/**
 * What an agent removes when its cluster is deregistered, written into its configuration when the manifest is rendered: what is
 * removed is what was installed, whichever version of the agent does it. All are paths on kube-apiserver.
 */
export interface UninstallPlan {
  /** The agent's namespace. It goes when the manifest made it and nothing else is in it. */
  readonly namespacePath: string;
  /** Labels that everything of this installation has. */
  readonly labels: Readonly<Record<string, string>>;
  /** Secret whose age is that of the installation. */
  readonly identityPath: string;
  /** Outside of the namespace, in order: nobody acts through the agent any more once these are gone. */
  readonly clusterPaths: readonly string[];
  /** Inside of the namespace, in order. Not needed when the namespace goes. */
  readonly namespacedPaths: readonly string[];
  /** Lists of the namespace that show whether something else is in it. */
  readonly listPaths: readonly string[];
  /** The right to do all this, which goes last. */
  readonly rights: {
    readonly clusterRolePath: string;
    readonly clusterRoleBindingPath: string;
    /** What the right needs inside of the namespace: its own Role and RoleBinding, and the account. */
    readonly namespacedPaths: readonly string[];
  };
}

/** What the uninstalling part is made from. */
export interface UninstallOptions {
  readonly namespace: string;
  /** Name of the service account and prefix of every other name. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly identitySecretName: string;
}

/** What may be in a namespace beside an agent. Secrets are not among it: to list them is to read them. */
const LISTED = [
  { group: '', resources: ['pods', 'services', 'configmaps', 'serviceaccounts', 'persistentvolumeclaims'] },
  { group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets'] },
  { group: 'batch', resources: ['jobs'] },
  { group: 'networking.k8s.io', resources: ['ingresses'] },
] as const;

/** Suffix of the objects that hold the right to uninstall. */
export const UNINSTALL_SUFFIX = '-uninstall';

/** The right to remove exactly the given objects, by name, and itself. */
export function uninstallObjects(options: UninstallOptions, objects: readonly ManifestObject[]): ManifestObject[] {
  const { namespace, name, labels } = options;
  const right = `${name}${UNINSTALL_SUFFIX}`;
  const rbac = 'rbac.authorization.k8s.io';
  const apiVersion = `${rbac}/v1`;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const inside = objects.filter(({ metadata }) => metadata.namespace !== undefined);
  const outside = objects.filter(({ metadata, kind }) => metadata.namespace === undefined && kind !== 'Namespace');
  // `patch` is for owner references: what is owned by the last thing deleted goes with it. RBAC lets nobody use it to gain rights.
  const own = (resources: readonly string[]) => ({
    apiGroups: [rbac],
    resources,
    resourceNames: [right],
    verbs: ['get', 'patch', 'delete'],
  });
  return [
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name: right, labels },
      rules: [
        ...deleteRules(outside),
        // Outlives the agent's other rights, so that a removal that was interrupted can be begun again.
        sweepingRights(name),
        { apiGroups: [''], resources: ['namespaces'], resourceNames: [namespace], verbs: ['get', 'delete'] },
        own(['clusterroles', 'clusterrolebindings']),
      ],
    },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: right, labels },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: right },
      subjects,
    },
    {
      apiVersion,
      kind: 'Role',
      metadata: { name: right, namespace, labels },
      rules: [
        ...deleteRules(inside.filter((object) => !isOwnAccount(object, name))),
        { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: [name], verbs: ['get', 'patch', 'delete'] },
        own(['roles', 'rolebindings']),
        ...LISTED.map(({ group, resources }) => ({ apiGroups: [group], resources, verbs: ['list'] })),
      ],
    },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: right, namespace, labels },
      roleRef: { apiGroup: rbac, kind: 'Role', name: right },
      subjects,
    },
  ];
}

/** The account that does the removing, which goes last. */
function isOwnAccount({ kind, metadata }: ManifestObject, name: string): boolean {
  return kind === 'ServiceAccount' && metadata.name === name;
}

/** One rule for each resource, with the names of the objects. */
function deleteRules(objects: readonly ManifestObject[]): object[] {
  const names = new Map<string, { readonly group: string; readonly resource: string; readonly names: string[] }>();
  for (const object of objects) {
    const { group, resource } = resourceOf(object);
    const known = names.get(`${group}/${resource}`) ?? { group, resource, names: [] };
    known.names.push(object.metadata.name);
    names.set(`${group}/${resource}`, known);
  }
  return [...names.values()].map(({ group, resource, names: resourceNames }) => ({
    apiGroups: [group],
    resources: [resource],
    resourceNames,
    verbs: ['delete'],
  }));
}

/** Order of removal inside of the namespace: the Deployment goes last, because its pods end with it. */
const ORDER = ['ServiceAccount', 'Secret', 'ConfigMap', 'RoleBinding', 'Role', 'Deployment'];

/** Labels by which an object of the installation is told from others; pods have more than these. */
const TELLING = ['app.kubernetes.io/managed-by', 'sallyport.dev/cluster'];

/** Plans the removal of the given objects. */
export function uninstallPlan(options: UninstallOptions, objects: readonly ManifestObject[]): UninstallPlan {
  const { namespace, name, labels, identitySecretName } = options;
  const right = `${name}${UNINSTALL_SUFFIX}`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const inside = objects.filter((object) => object.metadata.namespace !== undefined && !isOwnAccount(object, name));
  const outside = objects.filter(({ metadata, kind }) => metadata.namespace === undefined && kind !== 'Namespace');
  const order = ({ kind }: ManifestObject) => ORDER.indexOf(kind);
  return {
    namespacePath: `/api/v1/namespaces/${namespace}`,
    labels: Object.fromEntries(Object.entries(labels).filter(([label]) => TELLING.includes(label))),
    identityPath: `/api/v1/namespaces/${namespace}/secrets/${identitySecretName}`,
    // Bindings before the roles that they bind.
    clusterPaths: [...outside].sort((a, b) => (a.kind < b.kind ? 1 : -1)).map(pathOf),
    namespacedPaths: [...inside].sort((a, b) => order(a) - order(b)).map(pathOf),
    listPaths: LISTED.flatMap(({ group, resources }) => {
      const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
      return resources.map((resource) => `${root}/namespaces/${namespace}/${resource}`);
    }),
    rights: {
      clusterRolePath: `${rbac}/clusterroles/${right}`,
      clusterRoleBindingPath: `${rbac}/clusterrolebindings/${right}`,
      namespacedPaths: [
        `${rbac}/namespaces/${namespace}/rolebindings/${right}`,
        `${rbac}/namespaces/${namespace}/roles/${right}`,
        `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`,
      ],
    },
  };
}
