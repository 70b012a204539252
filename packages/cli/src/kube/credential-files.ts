import { join } from 'node:path';
import { isDnsLabel } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { type StateHome, serverKey } from '../state/home.ts';

/** A cluster as the CLI addresses it. */
export interface ClusterAddress {
  readonly serverUrl: string;
  readonly organization: string;
  readonly cluster: string;
}

/** Files that belong to the kube credential of one cluster. */
export interface CredentialFiles {
  /** The ExecCredential, as the shim prints it. */
  readonly cache: string;
  /** The last failure, for some seconds. */
  readonly failure: string;
  readonly lock: string;
  /** The program that kubectl runs. */
  readonly shim: string;
}

/**
 * Names the files of a cluster's kube credential.
 * @throws CliError `ERR_CLI_USAGE` when the cluster's name can't be one
 */
export function credentialFiles(
  home: StateHome,
  { serverUrl, organization, cluster }: ClusterAddress,
): CredentialFiles {
  assertClusterName(cluster);
  const folder = serverCredentialFolder(home, serverUrl);
  // Organization and cluster are DNS labels: a dot can't stand in either, so the pair can't be misread.
  const base = join(folder, `${organization}.${cluster}`);
  return { cache: `${base}.json`, failure: `${base}.failure`, lock: `${base}.lock`, shim: base };
}

/** Folder of all kube credentials of a server; removed whole at logout. */
export function serverCredentialFolder(home: StateHome, serverUrl: string): string {
  return join(home.kubeFolder, serverKey(serverUrl));
}

/** Refuses what can't be the name of a cluster before it becomes part of a path. */
export function assertClusterName(cluster: string): void {
  if (isDnsLabel(cluster)) return;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(cluster.slice(0, 64))} can't be the name of a cluster`,
    nextStep: 'Run "sallyport clusters list" for the names.',
  });
}
