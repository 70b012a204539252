import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeconfigOwner } from '@sallyport/core/kubeconfig';
import type { SessionContext } from '../session/session.ts';
import { removeFile } from '../state/atomic-file.ts';
import { resolveHome, type StateHome } from '../state/home.ts';
import type { Account, ProfileSelection } from '../state/profiles.ts';
import { readProfiles, readSelectedProfile } from '../state/profiles-file.ts';
import { accountFolder, credentialFiles, isShim } from './credential-files.ts';
import { revokeKept } from './kept-credentials.ts';
import { isPathsFile, type RemovedContexts, rememberedKubeconfigs, removeContexts } from './kubeconfig-files.ts';

/** What {@link kubeLogout} takes away. */
export interface KubeLogoutOptions extends ProfileSelection {
  /** Of every account, not of one. */
  readonly isAll: boolean;
  /** Only of this cluster. */
  readonly cluster?: string;
  readonly kubeconfigs: readonly string[];
  /** Only from `kubeconfigs`: contexts elsewhere stay, and so do the credentials that they use. */
  readonly isFileNamed: boolean;
}

/** What {@link kubeLogout} did. */
export interface KubeLogoutResult extends RemovedContexts {
  /** Ids of credentials that the files held, and that live on because they could not be revoked. */
  readonly notRevoked: readonly string[];
}

/**
 * Takes our contexts out of kubeconfigs, forgets the credentials cached for them, and revokes those that the kubeconfigs held
 * themselves.
 */
export async function kubeLogout(context: SessionContext, options: KubeLogoutOptions): Promise<KubeLogoutResult> {
  const removed = await takeOut(context, options);
  return { ...removed, notRevoked: await revokeKept(context, removed.users) };
}

async function takeOut(context: SessionContext, options: KubeLogoutOptions): Promise<RemovedContexts> {
  const home = resolveHome(context);
  const { cluster, kubeconfigs } = options;
  const chosen = options.isAll
    ? (await readProfiles(home)).items
    : [(await readSelectedProfile(context, options)).profile];
  const matches = (owner: KubeconfigOwner) =>
    (options.isAll || chosen.some((account) => isOf(owner, account))) &&
    (cluster === undefined || owner.cluster === cluster);
  const removed = await removeContexts(kubeconfigs, matches);
  if (options.isFileNamed) return removed;
  if (cluster === undefined) {
    const elsewhere = await forgetAccounts(context, chosen, []);
    return {
      removed: [...removed.removed, ...elsewhere.removed],
      users: [...removed.users, ...elsewhere.users],
      dangling: [...removed.dangling, ...elsewhere.dangling],
    };
  }
  for (const account of chosen) {
    const { cache, failure } = credentialFiles(home, account, cluster);
    await Promise.all([removeFile(cache), removeFile(failure)]);
  }
  return removed;
}

/** Whether an entry of a kubeconfig acts as `account`. */
function isOf(owner: KubeconfigOwner, { url, organization, userName }: Account): boolean {
  return owner.server === url && owner.organization === organization && (owner.account ?? userName) === userName;
}

/**
 * Forgets everything about the kube credentials of accounts: caches, shims, and our contexts in the given kubeconfigs and
 * in those that were ever written to.
 */
export async function forgetAccounts(
  context: SessionContext,
  accounts: readonly Account[],
  kubeconfigs: readonly string[],
): Promise<RemovedContexts> {
  const folders = accounts.map((account) => accountFolder(resolveHome(context), account));
  const remembered = await Promise.all(folders.map(rememberedKubeconfigs));
  const removed = await removeContexts([...new Set([...kubeconfigs, ...remembered.flat()])], (owner) =>
    accounts.some((account) => isOf(owner, account)),
  );
  // Last, so that what failed above can be tried again with the paths still known.
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  return removed;
}

/** Forgets the cached credentials of an account and keeps what contexts go on using: there is a new login session. */
export async function forgetCredentials(home: StateHome, account: Account): Promise<void> {
  const folder = accountFolder(home, account);
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const cached = files.filter((file) => file.isFile() && !isShim(file.name) && !isPathsFile(file.name));
  await Promise.all(cached.map((file) => removeFile(join(file.parentPath, file.name))));
}
