import { chmod } from 'node:fs/promises';
import type { ClusterResource } from '@sallyport/core/api';
import {
  formatCredentialShim,
  mergeKubeconfig,
  mintKubeconfig,
  updateKubeconfigFile,
} from '@sallyport/core/kubeconfig';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { withSession } from '../session/session.ts';
import { writePrivateFile } from '../state/atomic-file.ts';
import { resolveHome, type StateHome } from '../state/home.ts';
import { cacheFolder, type OrganizationAddress, serverFolder, shimPath } from './credential-files.ts';
import { findContexts, rememberKubeconfig } from './kubeconfig-files.ts';

/** What {@link kubeLogin} needs. */
export interface KubeLoginOptions {
  readonly server?: string;
  /** `all`, one name, or nothing when there is just one cluster. */
  readonly clusters: 'all' | 'only' | { readonly name: string };
  readonly kubeconfig: string;
  /** Makes the context of the (first) cluster the current one. */
  readonly isCurrent: boolean;
}

/** A context that was written. */
export interface WrittenContext {
  readonly context: string;
  readonly cluster: string;
  readonly kubeconfig: string;
  readonly isCurrent: boolean;
}

/**
 * Writes contexts for clusters into a kubeconfig, and the credential shim that they call. No secret goes into the file.
 * @throws CliError `ERR_CLI_CLUSTER_UNKNOWN`, `ERR_CLI_USAGE` when it is unclear which cluster is meant
 */
export async function kubeLogin(context: CliContext, options: KubeLoginOptions): Promise<readonly WrittenContext[]> {
  const { server, kubeconfig } = options;
  const { profile, items } = await withSession(context, { server }, async ({ api, profile }) => ({
    profile,
    ...(await api.listClusters(profile.organization)),
  }));
  const chosen = chooseClusters(items, options.clusters);
  const { url: serverUrl, organization } = profile;
  const command = await writeShim(context, resolveHome(context), { serverUrl, organization });
  const minted = mintKubeconfig({
    server: serverUrl,
    organization,
    clusters: chosen.map(({ name, kubeUrl }) => ({
      name,
      server: kubeUrl,
      ...(profile.caPem !== undefined && { caPem: profile.caPem }),
    })),
    command,
    installHint: 'The credential plugin of Sallyport is missing. Run "sallyport kube login" again.',
    ...(options.isCurrent && chosen[0] !== undefined && { currentCluster: chosen[0].name }),
  });
  const { path } = await updateKubeconfigFile(kubeconfig, (text) => mergeKubeconfig(text, minted));
  await rememberKubeconfig(serverFolder(resolveHome(context), serverUrl), path);
  const names = new Set(chosen.map(({ name }) => name));
  return (await findContexts([path]))
    .filter(
      ({ owner }) => owner.server === serverUrl && owner.organization === organization && names.has(owner.cluster),
    )
    .map(({ name, owner, isCurrent }) => ({ context: name, cluster: owner.cluster, kubeconfig: path, isCurrent }));
}

function chooseClusters(
  items: readonly ClusterResource[],
  wanted: KubeLoginOptions['clusters'],
): readonly ClusterResource[] {
  if (wanted === 'all' || (wanted === 'only' && items.length === 1)) {
    if (items.length > 0) return items;
  } else if (wanted !== 'only') {
    const named = items.find(({ name }) => name === wanted.name);
    if (named !== undefined) return [named];
    throw new CliError({
      code: 'ERR_CLI_CLUSTER_UNKNOWN',
      message: `there is no cluster ${JSON.stringify(wanted.name.slice(0, 64))} that you may see`,
      nextStep: 'Run "sallyport clusters list" for those that there are.',
    });
  }
  if (items.length === 0) {
    throw new CliError({
      code: 'ERR_CLI_CLUSTER_UNKNOWN',
      message: 'there is no cluster that you may see',
      nextStep: 'Register one with "sallyport clusters register NAME", or ask for access to one.',
    });
  }
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there are ${items.length} clusters; say which`,
    nextStep: `Pass --all, or --cluster with one of ${items.map(({ name }) => name).join(', ')}.`,
  });
}

/** Writes the shim of an organization and gives its path. Written anew each time: Node or the CLI may have moved. */
async function writeShim(context: CliContext, home: StateHome, address: OrganizationAddress): Promise<string> {
  const [runtime = '', ...script] = context.selfCommand;
  const path = shimPath(home, address, context.platform);
  const text = formatCredentialShim({
    platform: context.platform === 'win32' ? 'windows' : 'posix',
    cacheFolder: cacheFolder(home, address),
    runtime,
    args: [...script, 'kube', 'credential', '--server', address.serverUrl],
    env: { SALLYPORT_HOME: home.folder },
  });
  await writePrivateFile(path, text);
  await chmod(path, 0o700);
  return path;
}
