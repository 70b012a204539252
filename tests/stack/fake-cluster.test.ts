import { lacks, part } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { defineKubectlSuite, TICK } from './kubectl-suite.ts';
import { startStack } from './stack.ts';

// The whole path to a cluster of 1.36, where exec and port-forward go over WebSocket; an old kubectl still speaks SPDY.
for (const { version, tunnelLink } of [
  { version: 'kubectl', tunnelLink: 'grpc' },
  { version: 'kubectlOld', tunnelLink: 'grpc' },
  { version: 'kubectl', tunnelLink: 'tls' },
] as const) {
  const features = { top: true, debug: version === 'kubectl' };
  const title = `${version} through a tunnel over ${tunnelLink} to a made-up cluster`;
  defineKubectlSuite(title, lacks(version), features, async () => {
    const { cluster, kubeconfig } = await startFakeCluster();
    const stack = await startStack({ kubeconfig, tunnelLink });
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
