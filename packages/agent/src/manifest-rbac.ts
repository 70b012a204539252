/** A Kubernetes object as it is applied. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** ClusterRoles of Kubernetes that people may be given through the agent, from the least to the most. */
export type CeilingRole = 'view' | 'edit' | 'admin' | 'cluster-admin';

/** Group that the server looks at the cluster as: version, nodes and namespaces, nothing else. */
export const INVENTORY_GROUP = 'sallyport:inventory';

/** What the RBAC objects are made from. */
export interface RbacOptions {
  readonly namespace: string;
  /** Prefix of all cluster-scoped names; equals the name of the service account. */
  readonly name: string;
  readonly identitySecretName: string;
  readonly ceiling: readonly CeilingRole[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The groups that stand for a ceiling, as the agent's configuration lists them. */
export function ceilingGroups(ceiling: readonly CeilingRole[]): string[] {
  return [...ceiling.map((role) => `sallyport:${role}`), INVENTORY_GROUP];
}

/**
 * Service account, the right to impersonate, and what the impersonated groups may do. The agent itself may do nothing
 * but impersonate users inside the listed groups, mark them with their login session, and keep its own identity.
 */
export function rbacObjects(options: RbacOptions): ManifestObject[] {
  const { namespace, name, labels } = options;
  const account = { kind: 'ServiceAccount', name, namespace };
  const clusterScoped = (kind: string, suffix: string, body: Readonly<Record<string, unknown>>): ManifestObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: `${name}${suffix}`, labels },
    ...body,
  });
  const bound = (suffix: string, role: string, group: string) =>
    clusterScoped('ClusterRoleBinding', suffix, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
    });

  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace, labels },
      automountServiceAccountToken: false,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: `${name}-identity`, namespace, labels },
      rules: [
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: [options.identitySecretName],
          verbs: ['get', 'patch'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `${name}-identity`, namespace, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `${name}-identity` },
      subjects: [account],
    },
    clusterScoped('ClusterRole', '-impersonate', {
      rules: [
        { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
        // Without names this rule would reach system:masters.
        {
          apiGroups: [''],
          resources: ['groups'],
          resourceNames: ceilingGroups(options.ceiling),
          verbs: ['impersonate'],
        },
        {
          apiGroups: ['authentication.k8s.io'],
          resources: ['userextras/sallyport.dev/session'],
          verbs: ['impersonate'],
        },
      ],
    }),
    clusterScoped('ClusterRoleBinding', '-impersonate', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${name}-impersonate` },
      subjects: [account],
    }),
    ...options.ceiling.map((role) => bound(`-${role}`, role, `sallyport:${role}`)),
    clusterScoped('ClusterRole', '-inventory', {
      rules: [
        { apiGroups: [''], resources: ['nodes', 'namespaces'], verbs: ['get', 'list', 'watch'] },
        // Public keys, by which the server tells this cluster's agents from copies of them elsewhere.
        { nonResourceURLs: ['/openid/v1/jwks'], verbs: ['get'] },
      ],
    }),
    bound('-inventory', `${name}-inventory`, INVENTORY_GROUP),
  ];
}
