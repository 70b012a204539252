import { lacks, part, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { defineFilteringSuite } from './filtering-suite.ts';
import { startStack } from './stack.ts';

for (const version of ['kubectl', 'kubectlOld'] as const) {
  const skip = lacks('cluster', 'kubectl', version);
  defineFilteringSuite(`${version} and filtered answers of a real cluster`, skip, async () => {
    const account = await createClusterAccount(temporaryFolder());
    const stack = await startStack({ kubeconfig: account.kubeconfig });
    return {
      kubectl: part(version),
      stack,
      checksPatches: true,
      async close() {
        await stack.close();
        await account.remove();
      },
    };
  });
}
