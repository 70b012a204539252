import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionContext } from '../session/session.ts';
import { removeFile } from '../state/atomic-file.ts';
import { resolveHome, type StateHome } from '../state/home.ts';
import { readProfiles, selectProfile } from '../state/profiles.ts';
import { credentialFiles, isShim, serverFolder } from './credential-files.ts';
import { type RemovedContexts, removeContexts } from './kubeconfig-files.ts';

/** What {@link kubeLogout} takes away. */
export interface KubeLogoutOptions {
  /** Of every server, not of one. */
  readonly isAll: boolean;
  readonly server?: string;
  /** Only of this cluster. */
  readonly cluster?: string;
  readonly kubeconfigs: readonly string[];
}

/** Takes our contexts out of kubeconfigs and forgets the credentials cached for them. */
export async function kubeLogout(context: SessionContext, options: KubeLogoutOptions): Promise<RemovedContexts> {
  const home = resolveHome(context);
  if (options.isAll) {
    await rm(home.kubeFolder, { recursive: true, force: true });
    return removeContexts(options.kubeconfigs, () => true);
  }
  const { url: serverUrl, organization } = selectProfile(await readProfiles(home), options.server);
  const { cluster } = options;
  if (cluster === undefined) {
    await forgetServer(context, serverUrl);
    return removeContexts(options.kubeconfigs, (owner) => owner.server === serverUrl);
  }
  const { cache, failure } = credentialFiles(home, { serverUrl, organization }, cluster);
  await Promise.all([removeFile(cache), removeFile(failure)]);
  return removeContexts(
    options.kubeconfigs,
    (owner) => owner.server === serverUrl && owner.organization === organization && owner.cluster === cluster,
  );
}

/** Forgets every cached credential of a server, and the shims with them. */
export async function forgetServer(context: SessionContext, serverUrl: string): Promise<void> {
  await rm(serverFolder(resolveHome(context), serverUrl), { recursive: true, force: true });
}

/** Forgets the cached credentials of a server and keeps its shims, which contexts go on calling: another person logged in. */
export async function forgetCredentials(home: StateHome, serverUrl: string): Promise<void> {
  const folder = serverFolder(home, serverUrl);
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const cached = files.filter((file) => file.isFile() && !isShim(file.name));
  await Promise.all(cached.map((file) => removeFile(join(file.parentPath, file.name))));
}
