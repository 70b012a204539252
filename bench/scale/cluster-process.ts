/** The made-up cluster as a process of its own, so that its CPU is nobody else's. First line on stdout: JSON with its kubeconfig. */
import { rbacOnly } from '@sallyport/agent/manifest';
import { createFakeKubeApiServer } from '@sallyport/core/testing';

const account = { name: 'system:serviceaccount:sallyport:sallyport-agent', token: 'agent-token' };
const cluster = createFakeKubeApiServer({ users: [account], isRecording: false, onUnexpected: () => {} });
for (const object of rbacOnly({ ceiling: ['view', 'edit', 'cluster-admin'] })) cluster.put(object);
cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'busy' } });
cluster.put({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', namespace: 'busy' },
  spec: { containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'echo up; sleep infinity'] }] },
});
await cluster.listen();
process.once('SIGTERM', () => void cluster.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ kubeconfig: cluster.kubeconfig(account) })}\n`);
