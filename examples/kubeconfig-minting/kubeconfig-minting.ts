// Shows: a program that mints a kubeconfig, and a Kubernetes client that works with it: the same file serves kubectl and Helm.
import { KubeConfig } from '@kubernetes/client-node';
import { Secret } from '@sallyport/core';
import type { ApiClient } from '@sallyport/core/api';
import { formatKubeconfig, mintKubeconfig } from '@sallyport/core/kubeconfig';

/** Whose kubeconfig for which cluster. */
export interface MintingOptions {
  readonly baseUrl: string;
  readonly organization: string;
  readonly cluster: string;
  /** CA of the server, PEM. Left out, the machine's own trust store counts. */
  readonly caPem?: string;
  /** Whoever reads the file acts as its account for so long, so keep it short. */
  readonly lifetime: string;
}

/** Mints a static token for one cluster as whoever `api` speaks for, and writes the kubeconfig around it. */
export async function mintFor(api: ApiClient, options: MintingOptions): Promise<string> {
  const { baseUrl: server, organization, cluster, caPem, lifetime } = options;
  const { principal } = await api.whoAmI();
  const { status } = await api.getCluster({ organization, name: cluster });
  const minted = await api.mintStaticToken({ organization, name: cluster, body: { lifetime } });
  const token = new Secret(minted.token);
  const credential = { kind: 'token', id: minted.id, expiresAt: new Date(minted.expiresAt), token } as const;
  const entry = { name: cluster, server: status.kubeUrl, credential, ...(caPem !== undefined && { caPem }) };
  // The command is the plugin of clusters without a credential in the file; here is none.
  const owner = { server, organization, account: principal.userName, command: 'sallyport' };
  return formatKubeconfig(mintKubeconfig({ ...owner, clusters: [entry], currentCluster: cluster }));
}

/** A client of @kubernetes/client-node for a kubeconfig, as for any other cluster. */
export function clientFor(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return config;
}
