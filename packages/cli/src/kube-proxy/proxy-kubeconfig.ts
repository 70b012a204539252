import { randomBytes } from 'node:crypto';
import { chmod, open, rename, unlink } from 'node:fs/promises';
import { stringify } from 'yaml';
import { CliError } from '../errors.ts';
import { readTextFile } from '../state/atomic-file.ts';

const FIRST_LINE = '# Written by "sallyport kube proxy"; good while it runs.\n';

/**
 * A kubeconfig that points at a local proxy.
 * @param server address of the proxy. The token of its run is part of it, since kubectl sends credentials over TLS only.
 */
export function formatProxyKubeconfig({ server, name }: { readonly server: string; readonly name: string }): string {
  return `${FIRST_LINE}${stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })}`;
}

/**
 * Writes the kubeconfig of a local proxy to a file of mode 0600. Resolves with the way to take it away.
 * @throws CliError `ERR_CLI_USAGE` when a file of somebody else's is there
 */
export async function writeProxyKubeconfig(path: string, text: string): Promise<() => Promise<void>> {
  const present = await readTextFile(path);
  if (present !== undefined && !present.startsWith(FIRST_LINE)) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${path} is there already, and was not written by "sallyport kube proxy"`,
      nextStep: 'Name a new file.',
    });
  }
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  await chmod(temporary, 0o600);
  await rename(temporary, path);
  return async () => {
    if ((await readTextFile(path)) === text) await unlink(path);
  };
}
