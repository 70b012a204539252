import { writeFileSync } from 'node:fs';
import type { RecordingUpstream } from './recording-upstream.ts';

/** What the agent presents to the upstream. */
export const UPSTREAM_TOKEN = 'token-of-the-agent-itself';

/** Writes a kubeconfig with which an agent reaches a recording upstream. */
export function writeUpstreamKubeconfig(path: string, upstream: RecordingUpstream): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: `https://127.0.0.1:${upstream.port}`,
          'certificate-authority-data': Buffer.from(upstream.caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: 'u', user: { token: UPSTREAM_TOKEN } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
}
