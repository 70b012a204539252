import type { ApiClient, KindResource } from '@sallyport/core/api';
import { type ClusterPlace, changeCluster } from './change-cluster.ts';

/**
 * Deletes a cluster, and yields it as it was. That its objects are to stay is written down first: whatever deletes it then, it is
 * heeded.
 * @throws ApiProblemError
 */
export async function deregisterCluster(
  api: Pick<ApiClient, 'getCluster' | 'updateCluster' | 'deleteCluster'>,
  place: ClusterPlace,
  { keepsObjects }: { readonly keepsObjects: boolean },
): Promise<KindResource<'Cluster'>> {
  const cluster = keepsObjects
    ? await changeCluster(api, place, (document) => ({
        ...document,
        spec: { ...document.spec, agent: { ...document.spec.agent, keepObjects: true } },
      }))
    : await api.getCluster(place);
  await api.deleteCluster(place, { ifMatch: cluster.metadata.resourceVersion });
  return cluster;
}
