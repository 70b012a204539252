import { rbacOnly } from '@sallyport/agent/manifest';
import { describe, expect, it } from 'vitest';
import { applyAccessObjects } from './access-objects.ts';
import type { KubeRequest } from './kube-client.ts';

function recordingClient() {
  const requests: KubeRequest[] = [];
  return { requests, request: async (request: KubeRequest) => requests.push(request), close: async () => {} };
}

describe('applyAccessObjects', () => {
  it('applies every object of an agent’s access by its name on the server side, in the given order', async () => {
    const client = recordingClient();
    const objects = rbacOnly({ ceiling: ['view'] });
    await applyAccessObjects(client, objects);
    expect(client.requests.map(({ path }) => path.split('?')[0])).toEqual([
      '/api/v1/namespaces/sallyport',
      '/api/v1/namespaces/sallyport/serviceaccounts/sallyport-agent',
      '/apis/rbac.authorization.k8s.io/v1/namespaces/sallyport/roles/sallyport-agent-identity',
      '/apis/rbac.authorization.k8s.io/v1/namespaces/sallyport/rolebindings/sallyport-agent-identity',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/sallyport-agent-impersonate',
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/sallyport-agent-impersonate',
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/sallyport-agent-view',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/sallyport-agent-inventory',
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/sallyport-agent-inventory',
    ]);
    for (const [index, request] of client.requests.entries()) {
      expect(request).toMatchObject({
        method: 'PATCH',
        path: expect.stringMatching(/\?fieldManager=sallyport-demo&force=true$/),
        contentType: 'application/apply-patch+yaml',
        body: objects[index],
      });
    }
  });

  it('refuses an object that is no part of it, and keeps hostile names inside their path segment', async () => {
    const client = recordingClient();
    const metadata = { name: '../../secrets', labels: {} };
    await expect(applyAccessObjects(client, [{ apiVersion: 'v1', kind: 'Secret', metadata }])).rejects.toThrow(
      TypeError,
    );
    await applyAccessObjects(client, [{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
    expect(client.requests[0]?.path).toContain('/api/v1/namespaces/..%2F..%2Fsecrets?');
  });
});
