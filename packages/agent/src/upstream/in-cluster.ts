import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@sallyport/core';
import { parseCaBundle } from '../ca-bundle.ts';
import { AgentError, faultOf } from '../errors.ts';
import type { KubeUpstream } from './contract.ts';
import { createKubeUpstream } from './node-upstream.ts';
import { createTokenFile } from './token-file.ts';

/** Options of {@link createInClusterUpstream}. */
export interface InClusterOptions {
  /** What the pod finds in `KUBERNETES_SERVICE_HOST`. Default `kubernetes.default.svc`. */
  readonly host?: string;
  /** What the pod finds in `KUBERNETES_SERVICE_PORT`. Default 443. */
  readonly port?: number;
  /** Where the service account is mounted. Default `/var/run/secrets/kubernetes.io/serviceaccount`. */
  readonly directory?: string;
  readonly clock?: Clock;
}

/** Default of {@link InClusterOptions.directory}; the namespace of the pod is a file in it, too. */
export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server of the cluster that the agent runs in, with the pod's own service account.
 * @throws AgentError `ERR_AGENT_CA_BUNDLE`, `ERR_AGENT_TOKEN`
 */
export async function createInClusterUpstream(options: InClusterOptions = {}): Promise<KubeUpstream> {
  const { host = 'kubernetes.default.svc', port = 443, directory = SERVICE_ACCOUNT_DIRECTORY, clock } = options;
  let bundle: string;
  try {
    bundle = await readFile(path.join(directory, 'ca.crt'), 'utf8');
  } catch (cause) {
    throw new AgentError({
      code: 'ERR_AGENT_CA_BUNDLE',
      message: `the CA of the service account can't be read: ${faultOf(cause)}`,
      cause,
      nextStep: 'Run in a pod with a mounted service account, or give a kubeconfig.',
    });
  }
  return createKubeUpstream({
    host,
    port,
    ca: parseCaBundle(bundle, 'the CA bundle of the service account'),
    token: createTokenFile(path.join(directory, 'token'), clock),
    ...(clock && { clock }),
  });
}
