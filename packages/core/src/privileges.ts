/**
 * Dangerous actions on a cluster, with what each is. Neither a wildcard in a rule nor a bare ceiling ever covers one: the role
 * has to name it, and its rules and ceiling have to cover the request besides.
 */
export const PRIVILEGE_CATALOGUE = {
  serviceAccountTokens:
    'Make tokens that outlive the access: create serviceaccounts/token, write Secrets of type kubernetes.io/service-account-token.',
  rbac: 'Change who may do what in the cluster: write Roles, ClusterRoles and their bindings, bind, escalate.',
  certificates: 'Make certificates that outlive the access: create, approve and sign CertificateSigningRequests.',
  privilegedPods:
    'Run pods that reach beyond their container: privileged, host namespaces, hostPath, added capabilities, wherever the pod is written.',
  nodeProxy: 'Reach what nodes serve: nodes/proxy and everything behind it.',
  impersonation:
    'Act as somebody else of the organization (kubectl --as), where a rule with the verb impersonate names whom.',
} as const;

/** A dangerous action that a role has to name; see {@link PRIVILEGE_CATALOGUE}. */
export type Privilege = keyof typeof PRIVILEGE_CATALOGUE;

/** Every privilege, in the order of the catalogue. */
export const PRIVILEGES = Object.keys(PRIVILEGE_CATALOGUE) as readonly Privilege[];
