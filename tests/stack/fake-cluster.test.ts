import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rbacOnly } from '@sallyport/agent/manifest';
import { createFakeKubeApiServer } from '@sallyport/core/testing';
import { lacks, part, temporaryFolder } from '../support/index.ts';
import { defineKubectlSuite, TICK } from './kubectl-suite.ts';
import { startStack } from './stack.ts';

// The whole path to a cluster of 1.36, where exec and port-forward go over WebSocket; an old kubectl still speaks SPDY.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  const features = { top: true, debug: version === 'kubectl' };
  defineKubectlSuite(`${version} through the tunnel to a made-up cluster`, lacks(version), features, async () => {
    const account = { name: 'system:serviceaccount:sallyport:sallyport-agent', token: 'agent-token' };
    const cluster = createFakeKubeApiServer({ seed: 'demo', users: [account] });
    for (const object of rbacOnly({ ceiling: ['cluster-admin'] })) cluster.put(object);
    await cluster.listen();
    const kubeconfig = join(temporaryFolder(), 'agent.kubeconfig');
    writeFileSync(kubeconfig, cluster.kubeconfig(account), { mode: 0o600 });
    const stack = await startStack({ kubeconfig });
    return {
      kubectl: part(version),
      kubeconfig: await stack.kubeconfig('admin'),
      image: 'busybox',
      // The fake answers on each declared port by itself.
      serve: TICK,
      async close() {
        await stack.close();
        await cluster.close();
      },
    };
  });
}
