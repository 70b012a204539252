import { lacks, part, run, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { startFakeCluster } from './fake-account.ts';
import { SERVE_GREETING, TICK } from './kubectl-suite.ts';
import { defineRecordingSuite } from './recording-suite.ts';
import { startStack } from './stack.ts';

const kubectlWith = (kubeconfig: string) => (words: readonly string[]) =>
  run(part('kubectl'), ['--kubeconfig', kubeconfig, ...words], { input: '', timeoutMs: 90_000 });

// A cluster of 1.36: the new kubectl speaks WebSocket of version 5, the old one SPDY.
defineRecordingSuite('recordings on a made-up cluster', lacks('kubectl', 'kubectlOld'), { debug: true }, async () => {
  const { cluster, kubeconfig, adminKubeconfig } = await startFakeCluster();
  const stack = await startStack({ kubeconfig });
  return {
    stack,
    image: 'busybox',
    // The fake answers on each declared port by itself.
    serve: TICK,
    admin: kubectlWith(adminKubeconfig),
    async close() {
      await stack.close();
      await cluster.close();
    },
  };
});

// A cluster of 1.20 has no version 5: the new kubectl asks for it in vain and goes on with SPDY, as the old one does at once.
defineRecordingSuite(
  'recordings on a real cluster',
  lacks('cluster', 'image', 'kubectl', 'kubectlOld'),
  {},
  async () => {
    const account = await createClusterAccount(temporaryFolder());
    const stack = await startStack({ kubeconfig: account.kubeconfig });
    return {
      stack,
      image: part('image'),
      serve: SERVE_GREETING,
      admin: kubectlWith(part('cluster')),
      async close() {
        await stack.close();
        await account.remove();
      },
    };
  },
);
