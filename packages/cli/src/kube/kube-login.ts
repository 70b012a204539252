import { chmod } from 'node:fs/promises';
import {
  formatCredentialShim,
  type HeldCredential,
  mergeKubeconfig,
  mintKubeconfig,
  updateKubeconfigFile,
} from '@sallyport/core/kubeconfig';
import type { CliContext } from '../context.ts';
import { withSession } from '../session/session.ts';
import { writePrivateFile } from '../state/atomic-file.ts';
import { resolveHome, type StateHome } from '../state/home.ts';
import { type Account, accountName, type ProfileSelection } from '../state/profiles.ts';
import { type ClusterChoice, chooseClusters, listReachable } from './choose-clusters.ts';
import { accountFolder, cacheFolder, shimPath } from './credential-files.ts';
import { type KeptForm, revokeKept, withCredentials } from './kept-credentials.ts';
import { findContexts, rememberKubeconfig } from './kubeconfig-files.ts';

/** What {@link kubeLogin} needs. */
export interface KubeLoginOptions extends ProfileSelection {
  /** `all`, one name, or nothing when there is just one cluster. */
  readonly clusters: ClusterChoice;
  readonly kubeconfig: string;
  /** Makes the context of the (first) cluster the current one. */
  readonly isCurrent: boolean;
  /** `exec` (the default) names the plugin; the others write a credential into the file. */
  readonly form?: 'exec' | KeptForm;
  /** Life of what is written into the file. Default: the server's. */
  readonly lifetime?: string;
}

/** A context that was written. */
export interface WrittenContext {
  readonly context: string;
  readonly cluster: string;
  readonly kubeconfig: string;
  readonly isCurrent: boolean;
  /** The credential that the file now holds for it. */
  readonly credential?: HeldCredential;
}

/** What {@link kubeLogin} did. */
export interface KubeLoginResult {
  readonly contexts: readonly WrittenContext[];
  /** Clusters for which the account gets no credential, left out because all were asked for. */
  readonly leftOut: readonly string[];
  /** Ids of credentials that the file held before, and that live on because they could not be revoked. */
  readonly notRevoked: readonly string[];
}

/**
 * Writes contexts for clusters into a kubeconfig. They act as the account that wrote them, whichever profile is current later.
 * With the form `exec` no secret goes into the file, and the credential shim that it names is written too; with the others the
 * file holds what it takes to act as the account until the credential's end. A credential that stood there before is revoked.
 * @throws CliError `ERR_CLI_CLUSTER_UNKNOWN`, `ERR_CLI_USAGE` when it is unclear which cluster is meant
 */
export async function kubeLogin(context: CliContext, options: KubeLoginOptions): Promise<KubeLoginResult> {
  const { form = 'exec', kubeconfig, clusters, lifetime } = options;
  const { profile, entries, leftOut } = await withSession(context, options, async ({ api, profile }) => {
    const { organization } = profile;
    const chosen = chooseClusters(await listReachable(api, organization), clusters).map(({ name, kubeUrl }) => ({
      name,
      server: kubeUrl,
    }));
    if (form === 'exec') return { profile, entries: chosen, leftOut: [] };
    const wish = { organization, form, ...(lifetime !== undefined && { lifetime }) };
    return { profile, ...(await withCredentials(api, chosen, wish, clusters === 'all')) };
  });
  const { url: server, organization, userName: account, caPem } = profile;
  const home = resolveHome(context);
  const minted = mintKubeconfig({
    server,
    organization,
    account,
    clusters: entries.map((entry) => ({ ...(caPem !== undefined && { caPem }), ...entry })),
    command: form === 'exec' ? await writeShim(context, home, profile) : '',
    installHint: 'The credential plugin of Sallyport is missing. Run "sallyport kube login" again.',
    ...(options.isCurrent && entries[0] !== undefined && { currentCluster: entries[0].name }),
  });
  const names = new Set(entries.map(({ name }) => name));
  const find = async (file: string) =>
    (await findContexts([file])).filter(
      ({ owner }) => owner.server === server && owner.organization === organization && names.has(owner.cluster),
    );
  const before = await find(kubeconfig);
  const { path } = await updateKubeconfigFile(kubeconfig, (text) => mergeKubeconfig(text, minted));
  await rememberKubeconfig(accountFolder(home, profile), path);
  return {
    contexts: (await find(path)).map(({ name, owner, isCurrent }) => ({
      context: name,
      cluster: owner.cluster,
      kubeconfig: path,
      isCurrent,
      ...(owner.credential && { credential: owner.credential }),
    })),
    leftOut,
    notRevoked: await revokeKept(
      context,
      before.map(({ owner }) => owner),
    ),
  };
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
