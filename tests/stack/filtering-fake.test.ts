import { lacks, part } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { defineFilteringSuite } from './filtering-suite.ts';
import { startStack } from './stack.ts';

for (const version of ['kubectl', 'kubectlOld'] as const) {
  defineFilteringSuite(`${version} and filtered answers of a made-up cluster`, lacks(version), async () => {
    const { cluster, kubeconfig } = await startFakeCluster();
    const stack = await startStack({ kubeconfig });
    return {
      kubectl: part(version),
      stack,
      checksPatches: false,
      async close() {
        await stack.close();
        await cluster.close();
      },
    };
  });
}
