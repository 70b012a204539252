import type { KindResource } from '@sallyport/core/api';
import type { View } from './format.ts';

/** How clusters are shown. */
export const clusterView: View<KindResource<'Cluster'>> = {
  kind: 'cluster',
  name: (it) => it.metadata.name,
  columns: [
    { header: 'NAME', cell: (it) => it.metadata.name },
    { header: 'STATUS', cell: (it) => it.status.health.status },
    { header: 'VERSION', cell: (it) => it.status.health.kubernetesVersion ?? '-' },
    { header: 'NODES', cell: (it) => String(it.status.health.nodeCount ?? '-') },
    { header: 'ROLES', cell: (it) => it.status.roles.join(',') || '-' },
    {
      header: 'LABELS',
      cell: (it) =>
        Object.entries(it.metadata.labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(',') || '-',
      isWide: true,
    },
    { header: 'AGENTS', cell: (it) => String(it.status.health.connectedAgents), isWide: true },
    { header: 'ID', cell: (it) => it.metadata.id, isWide: true },
  ],
};
