import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentRbacOptions, rbacOnly } from '@sallyport/agent/manifest';
import { createFakeKubeApiServer, type FakeKubeApiServer } from '@sallyport/core/testing';
import { temporaryFolder } from '../support/index.ts';

/** A made-up cluster, and the kubeconfig of an agent's account in it with the rights of the install manifest. */
export async function startFakeCluster(
  rights: AgentRbacOptions = {},
  isRecording = false,
): Promise<{
  readonly cluster: FakeKubeApiServer;
  readonly kubeconfig: string;
  /** Of somebody who may do everything there, beside Sallyport. */
  readonly adminKubeconfig: string;
}> {
  const account = { name: 'system:serviceaccount:sallyport:sallyport-agent', token: 'agent-token' };
  const administrator = { name: 'administrator', groups: ['system:masters'], token: 'administrator-token' };
  const cluster = createFakeKubeApiServer({ seed: 'demo', users: [account, administrator], isRecording });
  for (const object of rbacOnly({ ceiling: ['view', 'edit', 'cluster-admin'], ...rights })) cluster.put(object);
  await cluster.listen();
  const kubeconfig = join(temporaryFolder(), 'agent.kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig(account), { mode: 0o600 });
  const adminKubeconfig = join(temporaryFolder(), 'administrator.kubeconfig');
  writeFileSync(adminKubeconfig, cluster.kubeconfig(administrator), { mode: 0o600 });
  return { cluster, kubeconfig, adminKubeconfig };
}
