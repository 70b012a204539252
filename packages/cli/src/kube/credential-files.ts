import { join } from 'node:path';
import { isDnsLabel } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { accountKey, type StateHome } from '../state/home.ts';
import type { Account } from '../state/profiles.ts';

/** Files of one cluster's kube credential. */
export interface CredentialFiles {
  /** What the shim reads; named as the cluster. */
  readonly cache: string;
  /** The last failure, for some seconds. */
  readonly failure: string;
  /** Held by the one process that renews. */
  readonly lock: string;
}

/** Folder of everything about the kube credentials of an account; it goes whole at logout. */
export function accountFolder(home: StateHome, account: Account): string {
  return join(home.kubeFolder, accountKey(account));
}

/** Folder that the shim of an account reads its cache files from. */
export function cacheFolder(home: StateHome, account: Account): string {
  return join(accountFolder(home, account), 'credentials');
}

/** Where the shim of an account lies. The dot keeps it apart from every cluster's name. */
export function shimPath(home: StateHome, account: Account, platform: NodeJS.Platform): string {
  return join(cacheFolder(home, account), platform === 'win32' ? 'credential.cmd' : 'credential.sh');
}

/** Whether a file of {@link accountFolder} is a shim, by its name. */
export function isShim(name: string): boolean {
  return name === 'credential.cmd' || name === 'credential.sh';
}

/**
 * Names the files of a cluster's kube credential.
 * @throws CliError `ERR_CLI_USAGE` when the name could not be a cluster's, before it becomes part of a path
 */
export function credentialFiles(home: StateHome, account: Account, cluster: string): CredentialFiles {
  if (!isDnsLabel(cluster)) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(cluster.slice(0, 64))} can't be the name of a cluster`,
      nextStep: 'Run "sallyport clusters list" for the names.',
    });
  }
  const base = join(cacheFolder(home, account), cluster);
  return { cache: base, failure: `${base}.failure`, lock: `${base}.lock` };
}
