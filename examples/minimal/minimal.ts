import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from '@sallyport/agent';
import { rbacOnly } from '@sallyport/agent/manifest';
import { createFakeKubeApiServer } from '@sallyport/core/testing';
import {
  createServer,
  type DevelopmentUserConfig,
  developmentConfig,
  type ServerConfig,
  type ServerOptions,
} from '@sallyport/server';

/** A server, an agent and a made-up cluster `demo` in one process, until `signal`. Its people are admins there. */
export async function startMinimal(
  folder: string,
  people: readonly DevelopmentUserConfig[],
  signal: AbortSignal,
  {
    config: settings = {},
    ...options
  }: Omit<ServerOptions, 'config'> & { readonly config?: Partial<ServerConfig> } = {},
) {
  const account = { name: 'system:serviceaccount:sallyport:sallyport-agent', token: 'agent-token' };
  const cluster = createFakeKubeApiServer({ seed: 'demo', users: [account] });
  for (const object of rbacOnly({ ceiling: ['view', 'cluster-admin'] })) cluster.put(object);
  await cluster.listen();
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig(account), { mode: 0o600 });

  const bindings = [{ role: 'admin', identityProvider: 'development', group: 'admins' }] as const;
  const stateDir = join(folder, 'server');
  const config = developmentConfig({ stateDir, developmentUsers: people, bindings, ...settings });
  const server = await createServer({ config, ...options });
  const { clusterId, serverUrl, caPem, capabilityKeys, joinToken } = await server.registerCluster('demo');
  const agent = runAgent(
    {
      server: { url: new URL(serverUrl), caPem },
      clusterId,
      capabilityKeys,
      joinToken: () => joinToken,
      identity: { kind: 'file', directory: join(folder, 'agent') },
      upstream: { kind: 'kubeconfig', file: kubeconfig },
      ceiling: ['sallyport:view', 'sallyport:cluster-admin', 'sallyport:inventory'],
      drainTimeoutMs: 1_000,
    },
    { signal },
  );
  return { server, clusterId, stopped: agent.finally(() => server.close()).finally(() => cluster.close()) };
}
