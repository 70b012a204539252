import type { ClusterResource } from '@sallyport/core/api';
import type { View } from './format.ts';

/** How clusters are shown. */
export const clusterView: View<ClusterResource> = {
  kind: 'cluster',
  name: (it) => it.name,
  columns: [
    { header: 'NAME', cell: (it) => it.name },
    { header: 'STATUS', cell: (it) => it.health.status },
    { header: 'VERSION', cell: (it) => it.health.kubernetesVersion ?? '-' },
    { header: 'NODES', cell: (it) => String(it.health.nodeCount ?? '-') },
    { header: 'ROLES', cell: (it) => it.roles.join(',') || '-' },
    {
      header: 'LABELS',
      cell: (it) =>
        Object.entries(it.labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(',') || '-',
      isWide: true,
    },
    { header: 'AGENTS', cell: (it) => String(it.health.connectedAgents), isWide: true },
    { header: 'ID', cell: (it) => it.id, isWide: true },
  ],
};
