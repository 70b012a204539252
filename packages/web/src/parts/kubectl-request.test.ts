import { describe, expect, it } from 'vitest';
import { requestOfKubectl } from './kubectl-request.ts';

const cases = [
  ['kubectl get pods', { verb: 'list', resource: 'pods', namespace: 'shop' }],
  ['$ kubectl get po web-0 -n jobs', { verb: 'get', resource: 'pods', namespace: 'jobs', name: 'web-0' }],
  ['get deployments -A', { verb: 'list', resource: 'deployments', apiGroup: 'apps' }],
  ['kubectl get nodes', { verb: 'list', resource: 'nodes' }],
  [
    'kubectl delete pvc data-0',
    { verb: 'delete', resource: 'persistentvolumeclaims', namespace: 'shop', name: 'data-0' },
  ],
  [
    'kubectl rollout restart deploy/web',
    { verb: 'patch', resource: 'deployments', apiGroup: 'apps', namespace: 'shop', name: 'web' },
  ],
  [
    'kubectl scale sts/db --replicas=3',
    { verb: 'patch', resource: 'statefulsets/scale', apiGroup: 'apps', namespace: 'shop', name: 'db' },
  ],
  ['kubectl logs -f deploy/web', { verb: 'get', resource: 'pods/log', namespace: 'shop' }],
  [
    'kubectl exec -it web-0 -- sh -n other',
    { verb: 'create', resource: 'pods/exec', namespace: 'shop', name: 'web-0' },
  ],
  ['kubectl get ingresses', { verb: 'list', resource: 'ingresses', apiGroup: 'networking.k8s.io', namespace: 'shop' }],
  [
    'kubectl get networkpolicies',
    { verb: 'list', resource: 'networkpolicies', apiGroup: 'networking.k8s.io', namespace: 'shop' },
  ],
] as const;

describe('requestOfKubectl', () => {
  for (const [line, want] of cases) {
    it(`reads ${line}`, () => {
      expect(requestOfKubectl(line, 'shop')).toEqual(want);
    });
  }

  it('claims nothing about what its words do not tell', () => {
    for (const line of [
      '',
      'kubectl',
      'kubectl apply -f web.yaml',
      'kubectl get widgets',
      'kubectl exec',
      'helm install x',
    ]) {
      expect(requestOfKubectl(line, 'shop')).toBeUndefined();
    }
  });
});
