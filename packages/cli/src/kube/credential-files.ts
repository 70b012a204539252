import { join } from 'node:path';
import { isDnsLabel } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { type StateHome, serverKey } from '../state/home.ts';

/** An organization at a server: what one credential shim stands for. */
export interface OrganizationAddress {
  readonly serverUrl: string;
  readonly organization: string;
}

/** Files of one cluster's kube credential. */
export interface CredentialFiles {
  /** What the shim reads; named as the cluster. */
  readonly cache: string;
  /** The last failure, for some seconds. */
  readonly failure: string;
  /** Held by the one process that renews. */
  readonly lock: string;
}

/** Folder of everything about the kube credentials of a server; it goes whole at logout. */
export function serverFolder(home: StateHome, serverUrl: string): string {
  return join(home.kubeFolder, serverKey(serverUrl));
}

/** Folder that the shim of an organization reads its cache files from. */
export function cacheFolder(home: StateHome, { serverUrl, organization }: OrganizationAddress): string {
  return join(serverFolder(home, serverUrl), organization);
}

/** Where the shim of an organization lies. The dot keeps it apart from every cluster's name. */
export function shimPath(home: StateHome, address: OrganizationAddress, platform: NodeJS.Platform): string {
  return join(cacheFolder(home, address), platform === 'win32' ? 'credential.cmd' : 'credential.sh');
}

/** Whether a file of {@link serverFolder} is a shim, by its name. */
export function isShim(name: string): boolean {
  return name === 'credential.cmd' || name === 'credential.sh';
}

/**
 * Names the files of a cluster's kube credential.
 * @throws CliError `ERR_CLI_USAGE` when the name could not be a cluster's, before it becomes part of a path
 */
export function credentialFiles(home: StateHome, address: OrganizationAddress, cluster: string): CredentialFiles {
  if (!isDnsLabel(cluster)) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(cluster.slice(0, 64))} can't be the name of a cluster`,
      nextStep: 'Run "sallyport clusters list" for the names.',
    });
  }
  const base = join(cacheFolder(home, address), cluster);
  return { cache: base, failure: `${base}.failure`, lock: `${base}.lock` };
}
