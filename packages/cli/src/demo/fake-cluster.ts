import { createFakeKubeApiServer } from '@sallyport/core/testing';
import { parseClusterAccess } from './cluster-access.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { openRealCluster, type RealClusterOptions } from './real-cluster.ts';

/**
 * Starts a made-up cluster in this process, with some workloads in it, and gives the agent its access there in the same
 * way as in a real one.
 */
export async function openFakeCluster(options: Omit<RealClusterOptions, 'access'>): Promise<DemoCluster> {
  const server = createFakeKubeApiServer({
    seed: 'demo',
    users: [],
    isRecording: false,
    clock: options.clock,
    onUnexpected: (error) => options.logger.error({ err: error }, 'the made-up cluster failed'),
  });
  try {
    await server.listen();
    const operator = server.issueClientCertificate('operator', ['system:masters']);
    const access = parseClusterAccess(server.kubeconfig(operator), 'of the made-up cluster');
    const cluster = await openRealCluster({ ...options, access });
    return {
      agentKubeconfig: cluster.agentKubeconfig,
      description: 'a made-up cluster in this process',
      async close() {
        await cluster.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
