import { inventoryAccountName } from './access/acting-as.ts';
import {
  type AgentRightsOptions,
  type CeilingRole,
  clusterRights,
  INVENTORY_GROUP,
  namespacedRights,
} from './manifest-rights.ts';

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

/** What the RBAC objects are made from. */
export interface RbacOptions extends AgentRightsOptions {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

const RBAC = 'rbac.authorization.k8s.io';

/**
 * Service account, its rights in the mode of the cluster, and what the groups that stand for ceilings may do. The names of roles
 * and bindings are the same in every mode, so that a manifest that is applied over another one takes the rights that it does not need.
 */
export function rbacObjects(options: RbacOptions): ManifestObject[] {
  const { namespace, name, labels, upstreamMode } = options;
  const account = { kind: 'ServiceAccount', name, namespace };
  const inventory =
    upstreamMode === 'serviceAccounts'
      ? { kind: 'ServiceAccount', name: inventoryAccountName(name), namespace }
      : groupSubject(INVENTORY_GROUP);
  const inside = (kind: string, suffix: string, body: Readonly<Record<string, unknown>>): ManifestObject => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { name: `${name}${suffix}`, namespace, labels },
    ...body,
  });
  const outside = (kind: string, suffix: string, body: Readonly<Record<string, unknown>>): ManifestObject => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { name: `${name}${suffix}`, labels },
    ...body,
  });
  const bound = (suffix: string, role: string, subject: object) =>
    outside('ClusterRoleBinding', suffix, {
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [subject],
    });

  return [
    ...accountObjects(options),
    inside('Role', '-identity', { rules: namespacedRights(options) }),
    inside('RoleBinding', '-identity', {
      roleRef: { apiGroup: RBAC, kind: 'Role', name: `${name}-identity` },
      subjects: [account],
    }),
    outside('ClusterRole', '-impersonate', { rules: clusterRights(options) }),
    outside('ClusterRoleBinding', '-impersonate', {
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: `${name}-impersonate` },
      subjects: [account],
    }),
    ...(upstreamMode === 'impersonate' ? ceilingBindings(options) : []),
    outside('ClusterRole', '-inventory', {
      rules: [
        { apiGroups: [''], resources: ['nodes', 'namespaces'], verbs: ['get', 'list', 'watch'] },
        // Public keys, by which the server tells this cluster's agents from copies of them elsewhere.
        { nonResourceURLs: ['/openid/v1/jwks'], verbs: ['get'] },
      ],
    }),
    bound('-inventory', `${name}-inventory`, inventory),
  ];
}

/** The agent's own account, and in the mode that needs it the one of the inventory. */
function accountObjects({ namespace, name, labels, upstreamMode }: RbacOptions): ManifestObject[] {
  const names = upstreamMode === 'serviceAccounts' ? [name, inventoryAccountName(name)] : [name];
  return names.map((account) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: account, namespace, labels },
    automountServiceAccountToken: false,
  }));
}

/** What the groups that stand for ceilings may do. */
export function ceilingBindings({
  name,
  labels,
  ceiling,
}: Pick<RbacOptions, 'name' | 'labels' | 'ceiling'>): ManifestObject[] {
  return ceiling.map((role: CeilingRole) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${name}-${role}`, labels },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [groupSubject(`sallyport:${role}`)],
  }));
}

function groupSubject(name: string): Readonly<Record<string, string>> {
  return { apiGroup: RBAC, kind: 'Group', name };
}
