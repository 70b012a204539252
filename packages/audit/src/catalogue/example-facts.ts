// What several examples of the catalogue have in common.

/** An organization. */
export const ORGANIZATION = { organizationId: 'org_01k9y3t0q5m8w2v7h4x6z1r9bc' } as const;

/** An organization and a cluster of it. */
export const CLUSTER = {
  ...ORGANIZATION,
  clusterId: 'clu_01k9y3t0q5m8w2v7h4x6z1r9bd',
  clusterName: 'production-eu',
} as const;

/** A person who is signed in. */
export const PERSON = {
  principal: {
    id: 'prn_01k9y3t0q5m8w2v7h4x6z1r9be',
    userName: 'ada@example.com',
    groups: ['platform'],
    issuer: 'https://login.example.com',
  },
  loginSessionId: 'ses_01k9y3t0q5m8w2v7h4x6z1r9bf',
  sourceAddress: '203.0.113.7',
} as const;

/** A call of the REST API by somebody of an organization. */
export const CALL = {
  ...ORGANIZATION,
  ...PERSON,
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
} as const;

/** A call of the REST API about a cluster. */
export const CLUSTER_CALL = { ...CLUSTER, ...CALL } as const;

/** What kubectl asks a cluster. */
export const KUBECTL = {
  ...CLUSTER_CALL,
  request: {
    id: 'dec_01k9y3t0q5m8w2v7h4x6z1r9bg',
    method: 'DELETE',
    path: '/api/v1/namespaces/shop/pods/cart-7d9f',
    attributes: {
      kind: 'resource',
      verb: 'delete',
      apiGroup: '',
      apiVersion: 'v1',
      resource: 'pods',
      subresource: '',
      namespace: 'shop',
      name: 'cart-7d9f',
      remainder: '',
      path: '/api/v1/namespaces/shop/pods/cart-7d9f',
    },
    userAgent: 'kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9',
    kubectlCommand: 'kubectl delete',
    kubectlSession: '4f9b1d52-6d5f-4a32-9c3e-0d8f6f3b7a10',
  },
} as const;

/** What opens a shell in a container. */
export const SHELL = {
  ...KUBECTL,
  request: {
    ...KUBECTL.request,
    method: 'GET',
    path: '/api/v1/namespaces/shop/pods/cart-7d9f/exec',
    attributes: {
      ...KUBECTL.request.attributes,
      verb: 'get',
      subresource: 'exec',
      path: '/api/v1/namespaces/shop/pods/cart-7d9f/exec',
    },
    kubectlCommand: 'kubectl exec',
  },
  recordingId: 'rec_01k9y3t0q5m8w2v7h4x6z1r9bh',
} as const;
