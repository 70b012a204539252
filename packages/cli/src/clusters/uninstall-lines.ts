import type { KindResource } from '@sallyport/core/api';

/** Namespace of agents that is not chosen. */
const DEFAULT_NAMESPACE = 'sallyport';

/** Lines for a shell that remove by hand what the install manifest of a cluster made. */
export function uninstallLines({ metadata, spec }: KindResource<'Cluster'>): readonly string[] {
  const label = `-l sallyport.dev/cluster=${metadata.id}`;
  const namespace = spec.agent?.namespace ?? DEFAULT_NAMESPACE;
  return [
    `kubectl delete clusterrolebindings,clusterroles ${label}`,
    `kubectl delete rolebindings --all-namespaces ${label}`,
    `kubectl -n ${namespace} delete deployments,configmaps,secrets,rolebindings,roles,serviceaccounts ${label}`,
    `kubectl delete namespace ${namespace}   # when nothing else is in it`,
  ];
}
