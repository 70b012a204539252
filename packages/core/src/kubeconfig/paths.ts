import { join } from 'node:path';

/** Options of {@link resolveKubeconfigPaths}. */
export interface KubeconfigPathOptions {
  /** Value of the environment variable `KUBECONFIG`. */
  readonly kubeconfig: string | undefined;
  /** The person's home folder. */
  readonly home: string;
  /** What separates the files of the list: `:`, on Windows `;` (`path.delimiter`). */
  readonly delimiter: string;
}

/** The kubeconfig files that kubectl reads, in its order: the list in `KUBECONFIG`, or `~/.kube/config`. Never empty. */
export function resolveKubeconfigPaths({
  kubeconfig,
  home,
  delimiter,
}: KubeconfigPathOptions): readonly [string, ...string[]] {
  const [first, ...rest] = (kubeconfig ?? '').split(delimiter).filter((path) => path !== '');
  return first === undefined ? [join(home, '.kube', 'config')] : [first, ...rest];
}

/** The file of the list that new entries go to, chosen as kubectl does: the first that exists, else the last. */
export function chooseKubeconfigToWrite(
  paths: readonly [string, ...string[]],
  exists: (path: string) => boolean,
): string {
  return paths.find(exists) ?? paths.at(-1) ?? paths[0];
}
