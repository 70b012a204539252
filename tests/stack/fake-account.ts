import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rbacOnly } from '@sallyport/agent/manifest';
import { createFakeKubeApiServer, type FakeKubeApiServer } from '@sallyport/core/testing';
import { temporaryFolder } from '../support/index.ts';

/** A made-up cluster, and the kubeconfig of an agent's account in it with the rights of the install manifest. */
export async function startFakeCluster(): Promise<{
  readonly cluster: FakeKubeApiServer;
  readonly kubeconfig: string;
}> {
  const account = { name: 'system:serviceaccount:sallyport:sallyport-agent', token: 'agent-token' };
  const cluster = createFakeKubeApiServer({ seed: 'demo', users: [account], isRecording: false });
  for (const object of rbacOnly({ ceiling: ['view', 'edit', 'cluster-admin'] })) cluster.put(object);
  await cluster.listen();
  const kubeconfig = join(temporaryFolder(), 'agent.kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig(account), { mode: 0o600 });
  return { cluster, kubeconfig };
}
