import type { ApiClient, KindResource, ResourceDocument } from '@sallyport/core/api';
import { toDocument } from '../resources/to-document.ts';

/** Where a cluster is. */
export interface ClusterPlace {
  readonly organization: string;
  readonly name: string;
}

/**
 * Reads a cluster, changes it, and writes it back on top of exactly what was read: somebody else's change in between is never
 * undone, the write is refused instead.
 * @throws ApiProblemError
 */
export async function changeCluster(
  api: Pick<ApiClient, 'getCluster' | 'updateCluster'>,
  place: ClusterPlace,
  change: (document: ResourceDocument<'Cluster'>) => ResourceDocument<'Cluster'>,
): Promise<KindResource<'Cluster'>> {
  const cluster = await api.getCluster(place);
  const document = toDocument(cluster, { hasVersion: true }) as ResourceDocument<'Cluster'>;
  return api.updateCluster({ ...place, body: change(document) });
}
