import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCaptured } from '../../packages/cli/src/testing/run-captured.ts';
import { awaitCondition, lacks, part, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { startFakeCluster } from './fake-account.ts';
import { defineKubectlSuite, SERVE_GREETING, TICK } from './kubectl-suite.ts';
import { type Stack, startStack } from './stack.ts';

/** Starts `sallyport kube proxy` for somebody who has logged in, in this process. */
async function startKubeProxy(stack: Stack) {
  const folder = temporaryFolder();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, stack.server.caPem);
  const context = {
    env: { SALLYPORT_HOME: join(folder, 'home') },
    userHome: folder,
    openBrowser: stack.browserOf('admin'),
  };
  const { stderr, exitCode } = await runCaptured(['login', stack.server.publicUrl, '--ca-file', caFile], context);
  if (exitCode !== 0) throw new Error(`login failed: ${stderr}`);

  const stopping = new AbortController();
  const kubeconfig = join(folder, 'proxy.kubeconfig');
  const words = ['kube', 'proxy', '--cluster', 'demo', '--port', '0', '--kubeconfig', kubeconfig];
  const running = runCaptured(words, { ...context, interruptSignal: () => stopping.signal });
  await Promise.race([
    awaitCondition(() => existsSync(kubeconfig), { what: 'the proxy has written its kubeconfig' }),
    running.then((outcome) => Promise.reject(new Error(`the proxy ended: ${outcome.stderr}`))),
  ]);
  return {
    kubeconfig,
    async close() {
      stopping.abort();
      const outcome = await running;
      if (outcome.exitCode !== 0 || existsSync(kubeconfig)) throw new Error(`the proxy left: ${outcome.stderr}`);
    },
  };
}

// Programs that can't run a credential plugin, here kubectl itself: over WebSocket, and an old one over SPDY.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  const features = { top: true, debug: version === 'kubectl', rawPaths: version === 'kubectl' };
  defineKubectlSuite(
    `${version} through sallyport kube proxy to a made-up cluster`,
    lacks(version),
    features,
    async () => {
      const { cluster, kubeconfig } = await startFakeCluster();
      const stack = await startStack({ kubeconfig });
      const proxy = await startKubeProxy(stack);
      return {
        kubectl: part(version),
        kubeconfig: proxy.kubeconfig,
        image: 'busybox',
        // The fake answers on each declared port by itself.
        serve: TICK,
        async close() {
          await proxy.close();
          await stack.close();
          await cluster.close();
        },
      };
    },
  );
}

defineKubectlSuite(
  'kubectl through sallyport kube proxy to a real cluster',
  lacks('cluster', 'image', 'kubectl'),
  { top: true },
  async () => {
    const account = await createClusterAccount(temporaryFolder());
    const stack = await startStack({ kubeconfig: account.kubeconfig });
    const proxy = await startKubeProxy(stack);
    return {
      kubectl: part('kubectl'),
      kubeconfig: proxy.kubeconfig,
      image: part('image'),
      serve: SERVE_GREETING,
      async close() {
        await proxy.close();
        await stack.close();
        await account.remove();
      },
    };
  },
);
