import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CeilingRole, rbacOnly } from '@sallyport/agent/manifest';
import type { Clock, Logger } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { writePrivateFile } from '../state/atomic-file.ts';
import { applyAccessObjects } from './access-objects.ts';
import { type ClusterAccess, parseClusterAccess } from './cluster-access.ts';
import { type DemoCluster, formatAgentKubeconfig } from './demo-cluster.ts';
import { createKubeClient } from './kube-client.ts';
import { keepServiceAccountToken } from './service-account-token.ts';

/** What {@link openRealCluster} needs. */
export interface RealClusterOptions {
  readonly access: ClusterAccess;
  /** ClusterRoles that people may be given. */
  readonly ceiling: readonly CeilingRole[];
  /** Folder for the agent's kubeconfig and token. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NAMESPACE = 'sallyport';
const ACCOUNT = 'sallyport-agent';

/**
 * Reads the kubeconfig of somebody who may set up the agent's access, and asks the cluster for its version.
 * @throws CliError `ERR_DEMO_KUBECONFIG`, `ERR_DEMO_CLUSTER`
 */
export async function readClusterAccess(file: string): Promise<ClusterAccess> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError({
      code: 'ERR_DEMO_KUBECONFIG',
      message: `the kubeconfig ${file} can't be read (${(error as NodeJS.ErrnoException).code})`,
      cause: error,
      nextStep: 'Name a file that exists and that you may read.',
    });
  }
  const access = parseClusterAccess(text, file);
  const client = createKubeClient(access);
  try {
    await client.request({ method: 'GET', path: '/version' });
  } finally {
    await client.close();
  }
  return access;
}

/**
 * Sets up the access of an agent in a real cluster and keeps a token of its ServiceAccount: the agent never holds the
 * rights of the kubeconfig, which are used for the set-up and for renewing that token alone.
 * @throws CliError `ERR_DEMO_CLUSTER`
 */
export async function openRealCluster(options: RealClusterOptions): Promise<DemoCluster> {
  const { access, folder, clock, logger } = options;
  const client = createKubeClient(access);
  const stopping = new AbortController();
  const close = async () => {
    stopping.abort(new Error('the demo stops'));
    await client.close();
  };
  try {
    await applyAccessObjects(client, rbacOnly({ namespace: NAMESPACE, name: ACCOUNT, ceiling: options.ceiling }));
    const tokenFile = join(folder, 'cluster-token');
    const { signal } = stopping;
    await keepServiceAccountToken({
      client,
      namespace: NAMESPACE,
      name: ACCOUNT,
      file: tokenFile,
      clock,
      logger,
      signal,
    });
    const agentKubeconfig = join(folder, 'cluster.kubeconfig');
    const { url, caPem, serverName } = access;
    await writePrivateFile(
      agentKubeconfig,
      formatAgentKubeconfig({ url, caPem, tokenFile, ...(serverName !== undefined && { serverName }) }),
    );
    return { agentKubeconfig, description: `the cluster at ${url}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}
