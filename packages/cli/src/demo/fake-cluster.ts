import type { DemoCluster } from './demo-cluster.ts';
import type { RealClusterOptions } from './real-cluster.ts';

export async function openFakeCluster(_: Omit<RealClusterOptions, 'access'>): Promise<DemoCluster> {
  throw new Error('not there yet');
}
