import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import {
  chooseKubeconfigToWrite,
  type KubeconfigOwner,
  listOwnedContexts,
  type OwnedContext,
  readKubeconfigFile,
  removeFromKubeconfig,
  resolveKubeconfigPaths,
  updateKubeconfigFile,
} from '@sallyport/core/kubeconfig';
import type { CliContext } from '../context.ts';
import { readTextFile, writePrivateFile } from '../state/atomic-file.ts';

/** The part of the context that kubeconfig files need. */
export type KubeconfigContext = Pick<CliContext, 'env' | 'userHome' | 'cwd'>;

const PATHS_FILE = 'kubeconfigs.json';

/** Whether a file holds what {@link rememberKubeconfig} wrote, by its name. */
export function isPathsFile(name: string): boolean {
  return name === PATHS_FILE;
}

/** The kubeconfig files that count: the one that `--kubeconfig` names, or those that kubectl would read. */
export function kubeconfigPaths(context: KubeconfigContext, flag: string | undefined): readonly [string, ...string[]] {
  if (flag !== undefined) return [resolve(context.cwd, flag)];
  const paths = resolveKubeconfigPaths({ kubeconfig: context.env['KUBECONFIG'], home: context.userHome, delimiter });
  const [first, ...rest] = paths.map((path) => resolve(context.cwd, path));
  return [first ?? paths[0], ...rest];
}

/** The file that new entries go to. */
export function kubeconfigToWrite(context: KubeconfigContext, flag: string | undefined): string {
  return chooseKubeconfigToWrite(kubeconfigPaths(context, flag), existsSync);
}

/** A context of ours and the file it stands in. */
export interface FoundContext extends OwnedContext {
  readonly file: string;
}

/** Contexts of ours in all files, in kubectl's order: of several with one name the first counts. */
export async function findContexts(paths: readonly string[]): Promise<readonly FoundContext[]> {
  const found: FoundContext[] = [];
  for (const file of paths) {
    for (const context of listOwnedContexts(await readKubeconfigFile(file))) {
      if (!found.some((other) => other.name === context.name)) found.push({ ...context, file });
    }
  }
  return found;
}

/** What {@link removeContexts} took out and left. */
export interface RemovedContexts {
  readonly removed: readonly string[];
  /** Whose the users were that were taken out. */
  readonly users: readonly KubeconfigOwner[];
  /** Foreign contexts that used what was removed. */
  readonly dangling: readonly string[];
}

/** Takes our entries out of all files, under whatever name they stand. Files that hold none are not written. */
export async function removeContexts(
  paths: readonly string[],
  matches: (owner: KubeconfigOwner) => boolean,
): Promise<RemovedContexts> {
  const removed: string[] = [];
  const users: KubeconfigOwner[] = [];
  const dangling: string[] = [];
  for (const path of paths.filter(existsSync)) {
    await updateKubeconfigFile(path, (text) => {
      const removal = removeFromKubeconfig(text, matches);
      removed.push(...removal.removedContexts);
      users.push(...removal.removedUsers);
      dangling.push(...removal.danglingContexts);
      return removal.text;
    });
  }
  return { removed, users, dangling };
}

/** Remembers that contexts of an account were written to `path`, so that a logout finds them wherever they are. */
export async function rememberKubeconfig(folder: string, path: string): Promise<void> {
  const known = await rememberedKubeconfigs(folder);
  if (!known.includes(path)) await writePrivateFile(join(folder, PATHS_FILE), `${JSON.stringify([...known, path])}\n`);
}

/** The kubeconfigs that contexts of an account were written to. */
export async function rememberedKubeconfigs(folder: string): Promise<readonly string[]> {
  try {
    const paths: unknown = JSON.parse((await readTextFile(join(folder, PATHS_FILE))) ?? '[]');
    return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : [];
  } catch {
    // A help for the logout, no more: the usual files are looked at anyway.
    return [];
  }
}
