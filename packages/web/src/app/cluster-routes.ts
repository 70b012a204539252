import type { PageRoute } from './routes.ts';

/** Pages of clusters and of what is in them. */
export const clusterPages: readonly PageRoute[] = [
  { path: '/clusters', load: async () => (await import('../pages/clusters/clusters-page.tsx')).ClustersPage },
  { path: '/clusters/new', load: async () => (await import('../pages/clusters/register-page.tsx')).RegisterPage },
  {
    path: '/clusters/$cluster/{-$tab}',
    load: async () => (await import('../pages/clusters/cluster-page.tsx')).ClusterPage,
  },
  {
    path: '/clusters/$cluster/browse/{-$kind}',
    load: async () => (await import('../pages/browse/browse-page.tsx')).BrowsePage,
  },
];
