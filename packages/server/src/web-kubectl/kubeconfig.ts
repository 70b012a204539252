/**
 * The kubeconfig of a sandbox. It holds no credential: requests go in clear over the sandbox's own loopback to the server, which
 * knows whose they are by where they come from.
 */
export function formatSandboxKubeconfig(options: {
  readonly cluster: string;
  readonly port: number;
  readonly pathSecret?: string;
}): string {
  const { cluster, port, pathSecret } = options;
  const server = `http://127.0.0.1:${port}${pathSecret === undefined ? '' : `/${pathSecret}`}`;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server } }],
    users: [],
    contexts: [{ name: cluster, context: { cluster, user: '' } }],
    'current-context': cluster,
  });
}
