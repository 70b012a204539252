import type { UpstreamMode } from '@sallyport/core';
import { accessBindingName } from './access/access-objects.ts';

/** ClusterRoles of Kubernetes that people may be given through the agent, from the least to the most. */
export type CeilingRole = 'view' | 'edit' | 'admin' | 'cluster-admin';

/** All of them. */
export const CEILING_ROLES: readonly CeilingRole[] = ['view', 'edit', 'admin', 'cluster-admin'];

/** Group that the server looks at the cluster as: version, nodes and namespaces, nothing else. */
export const INVENTORY_GROUP = 'sallyport:inventory';

/** What the rights of an agent's account follow from. */
export interface AgentRightsOptions {
  /** Prefix of all names; equals the name of the service account. */
  readonly name: string;
  readonly identitySecretName: string;
  readonly ceiling: readonly CeilingRole[];
  readonly upstreamMode: UpstreamMode;
  readonly constrainedImpersonation: boolean;
  /** Whether the agent makes ClusterRoles from rules. Default false. Of no effect in the mode `impersonate`. */
  readonly generatedRules?: boolean;
}

/** A rule of a Role or ClusterRole. */
export interface RightsRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';
const READS = ['get', 'list', 'watch'];
const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** The groups that may be impersonated in a mode, as the agent's configuration lists them. */
export function ceilingGroups(ceiling: readonly CeilingRole[], mode: UpstreamMode = 'impersonate'): string[] {
  return [...(mode === 'impersonate' ? ceiling.map((role) => `sallyport:${role}`) : []), INVENTORY_GROUP];
}

/** What the agent's account may do in the whole cluster, apart from removing itself. */
export function clusterRights(options: AgentRightsOptions): readonly RightsRule[] {
  const { name, ceiling, upstreamMode, generatedRules = false } = options;
  return [
    ...(upstreamMode === 'serviceAccounts' ? [] : impersonationRights(options)),
    ...(upstreamMode === 'impersonate' ? [] : generatedRules ? generatingRights() : keepingRights(name, ceiling)),
    sweepingRights(name),
  ];
}

/** What the agent's account may do in its own namespace, apart from removing itself. */
export function namespacedRights({ identitySecretName, upstreamMode }: AgentRightsOptions): readonly RightsRule[] {
  return [
    { apiGroups: [''], resources: ['secrets'], resourceNames: [identitySecretName], verbs: ['get', 'patch'] },
    ...(upstreamMode === 'serviceAccounts'
      ? [
          { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['list', 'create', 'delete'] },
          { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
        ]
      : []),
  ];
}

function impersonationRights(options: AgentRightsOptions): readonly RightsRule[] {
  const { ceiling, upstreamMode, constrainedImpersonation } = options;
  const [group, verb] = constrainedImpersonation ? [AUTHENTICATION, 'impersonate:user-info'] : ['', 'impersonate'];
  return [
    { apiGroups: [group], resources: ['users'], verbs: [verb] },
    // Without names this rule would reach system:masters.
    {
      apiGroups: [group],
      resources: ['groups'],
      resourceNames: ceilingGroups(ceiling, upstreamMode),
      verbs: [verb],
    },
    { apiGroups: [AUTHENTICATION], resources: ['userextras/sallyport.dev/session'], verbs: [verb] },
    ...(constrainedImpersonation ? constrainedRights(ceiling) : []),
  ];
}

/**
 * What may be done as somebody else (KEP-5284). The person's own rights are asked for besides, so these only bound them; verbs
 * can't be given by a pattern, and `*` would be the agent's own right to everything.
 */
function constrainedRights(ceiling: readonly CeilingRole[]): readonly RightsRule[] {
  const on = (verbs: readonly string[]) => verbs.map((verb) => `impersonate-on:user-info:${verb}`);
  const isReadOnly = ceiling.every((role) => role === 'view');
  return [
    { apiGroups: ['*'], resources: ['*'], verbs: on(isReadOnly ? READS : [...READS, ...WRITES]) },
    ...(isReadOnly
      ? [
          {
            apiGroups: ['authorization.k8s.io'],
            resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
            verbs: on(['create']),
          },
        ]
      : []),
    { nonResourceURLs: ['*'], verbs: on(['get']) },
  ];
}

/**
 * Bindings of people: created to the ceiling's ClusterRoles alone (`bind` names them), and changed by their fixed names, so that no
 * other binding of the cluster is within reach.
 */
function keepingRights(name: string, ceiling: readonly CeilingRole[]): readonly RightsRule[] {
  const resources = ['rolebindings', 'clusterrolebindings'];
  return [
    { apiGroups: [RBAC], resources, verbs: ['create'] },
    {
      apiGroups: [RBAC],
      resources,
      resourceNames: ceiling.map((role) => accessBindingName(name, role)),
      verbs: ['update'],
    },
    { apiGroups: [RBAC], resources: ['clusterroles'], resourceNames: [...ceiling], verbs: ['get', 'bind'] },
  ];
}

/**
 * ClusterRoles of rules, and bindings of people to them. Their names come and go with rules, and RBAC has no patterns for names: these
 * rights reach every role and binding of the cluster.
 */
function generatingRights(): readonly RightsRule[] {
  const verbs = ['create', 'get', 'list', 'update', 'delete'];
  return [
    { apiGroups: [RBAC], resources: ['rolebindings', 'clusterrolebindings'], verbs },
    { apiGroups: [RBAC], resources: ['clusterroles'], verbs: [...verbs, 'bind', 'escalate'] },
  ];
}

/** The right to find and remove the bindings of people by their fixed names, whichever mode or ceiling left them. */
export function sweepingRights(name: string): RightsRule {
  return {
    apiGroups: [RBAC],
    resources: ['rolebindings', 'clusterrolebindings'],
    resourceNames: CEILING_ROLES.map((role) => accessBindingName(name, role)),
    verbs: ['get', 'list', 'delete'],
  };
}
