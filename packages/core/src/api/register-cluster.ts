import type { ApiClient, OperationInput, OperationOutput } from './client.ts';
import type { KindResource } from './kinds/index.ts';
import { API_VERSION } from './resource.ts';

/** A registered cluster with what its first agent is installed with. */
export type RegisteredCluster = OperationOutput<'issueJoinToken'> & { readonly cluster: KindResource<'Cluster'> };

/** What {@link registerCluster} takes: a cluster as documents write it, without the words that are always the same. */
export interface NewCluster {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: OperationInput<'createCluster'>['body']['spec'];
}

/**
 * Creates a cluster and issues its first join token.
 * @throws ApiProblemError
 */
export async function registerCluster(
  api: Pick<ApiClient, 'createCluster' | 'issueJoinToken'>,
  organization: string,
  { name, labels, spec = {} }: NewCluster,
  joinToken: OperationInput<'issueJoinToken'>['body'] = {},
): Promise<RegisteredCluster> {
  const cluster = await api.createCluster({
    organization,
    body: {
      apiVersion: API_VERSION,
      kind: 'Cluster',
      metadata: { name, ...(labels && { labels: { ...labels } }) },
      spec,
    },
  });
  return { cluster, ...(await api.issueJoinToken({ organization, name, body: joinToken })) };
}
