/** A cluster for the demo's agent. */
export interface DemoCluster {
  /** Kubeconfig that the agent reaches the cluster with, as its own service account. */
  readonly agentKubeconfig: string;
  /** What to call it in a sentence. */
  readonly description: string;
  close(): Promise<void>;
}

/** Writes a kubeconfig of one context with a token file beside it. JSON is YAML. */
export function formatAgentKubeconfig(options: {
  readonly url: string;
  readonly caPem: string;
  readonly serverName?: string;
  readonly tokenFile: string;
}): string {
  const { url, caPem, serverName, tokenFile } = options;
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'agent',
      contexts: [{ name: 'agent', context: { cluster: 'cluster', user: 'agent' } }],
      clusters: [
        {
          name: 'cluster',
          cluster: {
            server: url,
            'certificate-authority-data': Buffer.from(caPem).toString('base64'),
            ...(serverName !== undefined && { 'tls-server-name': serverName }),
          },
        },
      ],
      users: [{ name: 'agent', user: { tokenFile } }],
    },
    undefined,
    2,
  )}\n`;
}
