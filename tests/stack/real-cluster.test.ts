import { lacks, part, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { defineKubectlSuite } from './kubectl-suite.ts';
import { startStack } from './stack.ts';

// The whole path to a real cluster, with the oldest kubectl that is supported and a current one.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  const skip = lacks('cluster', 'image', 'kubectl', version);
  defineKubectlSuite(`${version} through the tunnel to a real cluster`, skip, { top: true }, async () => {
    const account = await createClusterAccount(temporaryFolder());
    const stack = await startStack({ kubeconfig: account.kubeconfig });
    return {
      kubectl: part(version),
      kubeconfig: await stack.kubeconfig('admin'),
      image: part('image'),
      async close() {
        await stack.close();
        await account.remove();
      },
    };
  });
}
