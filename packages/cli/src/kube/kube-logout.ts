import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeconfigOwner } from '@sallyport/core/kubeconfig';
import type { SessionContext } from '../session/session.ts';
import { removeFile } from '../state/atomic-file.ts';
import { resolveHome, type StateHome } from '../state/home.ts';
import { readProfiles, selectProfile } from '../state/profiles.ts';
import { credentialFiles, isShim, serverFolder } from './credential-files.ts';
import { isPathsFile, type RemovedContexts, rememberedKubeconfigs, removeContexts } from './kubeconfig-files.ts';

/** What {@link kubeLogout} takes away. */
export interface KubeLogoutOptions {
  /** Of every server, not of one. */
  readonly isAll: boolean;
  readonly server?: string;
  /** Only of this cluster. */
  readonly cluster?: string;
  readonly kubeconfigs: readonly string[];
  /** Only from `kubeconfigs`: contexts elsewhere stay, and so do the credentials that they use. */
  readonly isFileNamed: boolean;
}

/** Takes our contexts out of kubeconfigs and forgets the credentials cached for them. */
export async function kubeLogout(context: SessionContext, options: KubeLogoutOptions): Promise<RemovedContexts> {
  const home = resolveHome(context);
  const profiles = await readProfiles(home);
  const { cluster, kubeconfigs } = options;
  const chosen = options.isAll ? profiles.servers : [selectProfile(profiles, options.server)];
  const urls = new Set(chosen.map(({ url }) => url));
  const matches = (owner: KubeconfigOwner) =>
    (options.isAll || urls.has(owner.server)) && (cluster === undefined || owner.cluster === cluster);
  const removed = await removeContexts(kubeconfigs, matches);
  if (options.isFileNamed) return removed;
  if (cluster === undefined) {
    const elsewhere = await forgetServers(context, urls, []);
    return {
      removed: [...removed.removed, ...elsewhere.removed],
      dangling: [...removed.dangling, ...elsewhere.dangling],
    };
  }
  for (const { url: serverUrl, organization } of chosen) {
    const { cache, failure } = credentialFiles(home, { serverUrl, organization }, cluster);
    await Promise.all([removeFile(cache), removeFile(failure)]);
  }
  return removed;
}

/**
 * Forgets everything about the kube credentials of servers: caches, shims, and our contexts in the given kubeconfigs and
 * in those that were ever written to.
 */
export async function forgetServers(
  context: SessionContext,
  urls: ReadonlySet<string>,
  kubeconfigs: readonly string[],
): Promise<RemovedContexts> {
  const folders = [...urls].map((url) => serverFolder(resolveHome(context), url));
  const remembered = await Promise.all(folders.map(rememberedKubeconfigs));
  const removed = await removeContexts([...new Set([...kubeconfigs, ...remembered.flat()])], (owner) =>
    urls.has(owner.server),
  );
  // Last, so that what failed above can be tried again with the paths still known.
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  return removed;
}

/** Forgets the cached credentials of a server and keeps what contexts go on using: another person logged in. */
export async function forgetCredentials(home: StateHome, serverUrl: string): Promise<void> {
  const folder = serverFolder(home, serverUrl);
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const cached = files.filter((file) => file.isFile() && !isShim(file.name) && !isPathsFile(file.name));
  await Promise.all(cached.map((file) => removeFile(join(file.parentPath, file.name))));
}
