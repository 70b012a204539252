import { chmod } from 'node:fs/promises';
import {
  formatCredentialShim,
  mergeKubeconfig,
  mintKubeconfig,
  updateKubeconfigFile,
} from '@sallyport/core/kubeconfig';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { listAll } from '../resources/list-all.ts';
import { withSession } from '../session/session.ts';
import { writePrivateFile } from '../state/atomic-file.ts';
import { resolveHome, type StateHome } from '../state/home.ts';
import { type Account, accountName, type ProfileSelection } from '../state/profiles.ts';
import { accountFolder, cacheFolder, shimPath } from './credential-files.ts';
import { findContexts, rememberKubeconfig } from './kubeconfig-files.ts';

/** What {@link kubeLogin} needs. */
export interface KubeLoginOptions extends ProfileSelection {
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
 * Writes contexts for clusters into a kubeconfig, and the credential shim that they call. They act as the account that
 * wrote them, whichever profile is current later. No secret goes into the file.
 * @throws CliError `ERR_CLI_CLUSTER_UNKNOWN`, `ERR_CLI_USAGE` when it is unclear which cluster is meant
 */
export async function kubeLogin(context: CliContext, options: KubeLoginOptions): Promise<readonly WrittenContext[]> {
  const { kubeconfig } = options;
  const { profile, items } = await withSession(context, options, async ({ api, profile }) => {
    const clusters = await listAll((page) => api.listClusters({ organization: profile.organization, ...page }));
    return {
      profile,
      items: clusters.map(({ metadata, status }) => ({ name: metadata.name, kubeUrl: status.kubeUrl })),
    };
  });
  const chosen = chooseClusters(items, options.clusters);
  const { url: serverUrl, organization, userName } = profile;
  const command = await writeShim(context, resolveHome(context), profile);
  const minted = mintKubeconfig({
    server: serverUrl,
    organization,
    account: userName,
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
  await rememberKubeconfig(accountFolder(resolveHome(context), profile), path);
  const names = new Set(chosen.map(({ name }) => name));
  return (await findContexts([path]))
    .filter(
      ({ owner }) => owner.server === serverUrl && owner.organization === organization && names.has(owner.cluster),
    )
    .map(({ name, owner, isCurrent }) => ({ context: name, cluster: owner.cluster, kubeconfig: path, isCurrent }));
}

/** A cluster that the account may see. */
interface Reachable {
  readonly name: string;
  readonly kubeUrl: string;
}

function chooseClusters(items: readonly Reachable[], wanted: KubeLoginOptions['clusters']): readonly Reachable[] {
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

/** Writes the shim of an account and gives its path. Written anew each time: Node or the CLI may have moved. */
async function writeShim(context: CliContext, home: StateHome, account: Account): Promise<string> {
  const [runtime = '', ...script] = context.selfCommand;
  const path = shimPath(home, account, context.platform);
  const text = formatCredentialShim({
    platform: context.platform === 'win32' ? 'windows' : 'posix',
    cacheFolder: cacheFolder(home, account),
    runtime,
    args: [...script, 'kube', 'credential', '--server', account.url, '--account', accountName(account)],
    env: { SALLYPORT_HOME: home.folder },
  });
  await writePrivateFile(path, text);
  await chmod(path, 0o700);
  return path;
}
