import { describe, expect, it } from 'vitest';
import type { KubeRequest } from './kube-client.ts';
import { accessObjects, applyObjects } from './manifest-objects.ts';

const MANIFEST = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: n}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: n}
---
# only a comment
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: a, namespace: n}
---
apiVersion: v1
kind: Namespace
metadata: {name: n}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:x/y"}
`;

describe('accessObjects', () => {
  it('takes the namespace, the account and its rights, in the order of their dependence, and no workload', () => {
    expect(accessObjects(MANIFEST).map(({ kind }) => kind)).toEqual([
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
    ]);
  });
});

describe('applyObjects', () => {
  it('applies each by name on the server side', async () => {
    const requests: KubeRequest[] = [];
    const client = { request: async (request: KubeRequest) => requests.push(request), close: async () => {} };
    const objects = accessObjects(MANIFEST);
    await applyObjects(client, objects);
    expect(requests).toEqual(
      [
        '/api/v1/namespaces/n',
        '/api/v1/namespaces/n/serviceaccounts/a',
        '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Ax%2Fy',
        '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/b',
      ].map((path, index) => ({
        method: 'PATCH',
        path: `${path}?fieldManager=sallyport-demo&force=true`,
        contentType: 'application/apply-patch+yaml',
        body: objects[index],
      })),
    );
  });
});
