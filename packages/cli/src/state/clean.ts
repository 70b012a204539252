import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { CliContext } from '../context.ts';
import { isShim } from '../kube/credential-files.ts';
import { isPathsFile } from '../kube/kubeconfig-files.ts';
import { removeFile } from './atomic-file.ts';
import { accountKey, type StateHome } from './home.ts';
import { readProfiles } from './profiles-file.ts';

// A file that is being written, and a lock that is held, are younger: nothing is done under a lock for a minute.
const LEFT_BEHIND_MS = 10 * 60_000;

/**
 * Deletes caches (kube credentials, remembered failures, names for completion), login sessions and shims of accounts that
 * have no profile, and locks and half-written files that were left behind. Resolves with their paths, sorted.
 */
export async function cleanState(
  context: Pick<CliContext, 'clock'>,
  home: StateHome,
  options: { readonly isDryRun: boolean },
): Promise<readonly string[]> {
  const { items } = await readProfiles(home);
  const known = new Set(items.map(accountKey));
  const entries = await readdir(home.folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const oldest = context.clock.now() - LEFT_BEHIND_MS;
  const needless: string[] = [];
  for (const path of files.sort()) {
    const [folder = '', name = ''] = relative(home.folder, path).split(sep);
    const last = basename(path);
    const changedAt = async () => (await stat(path).catch(() => undefined))?.mtimeMs ?? oldest;
    if (/\.(tmp|stale)$/.test(last) || folder === 'locks' || last.endsWith('.lock')) {
      if ((await changedAt()) < oldest) needless.push(path);
    } else if (folder === 'kube') {
      if (!known.has(name) || !(isShim(last) || isPathsFile(last))) needless.push(path);
    } else if (folder === 'sessions') {
      if (!known.has(name.replace(/\.json$/, ''))) needless.push(path);
    } else if (folder === 'completion') needless.push(path);
  }
  if (!options.isDryRun) await Promise.all(needless.map(removeFile));
  return needless;
}
