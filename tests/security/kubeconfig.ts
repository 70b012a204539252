import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER, ORGANIZATION, type SecureStack } from './harness.ts';

/** Writes a caller's kubeconfig with one thing changed, and returns its path. */
export async function writeCallerKubeconfig(
  stack: SecureStack,
  options: { readonly token?: string; readonly cluster?: string; readonly scheme?: string },
): Promise<string> {
  const { token = await stack.token(), cluster = CLUSTER, scheme = 'https' } = options;
  const path = join(stack.folder, 'caller.kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: `${scheme}://127.0.0.1:${stack.port}/k/${ORGANIZATION}/${cluster}`,
          ...(scheme === 'https' && {
            'certificate-authority-data': Buffer.from(stack.server.caPem).toString('base64'),
          }),
        },
      },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
