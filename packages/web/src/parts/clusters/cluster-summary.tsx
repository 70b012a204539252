import type { KindResource } from '@sallyport/core/api';
import { countHealth } from './health.ts';

/** How many clusters are in which state. */
export function ClusterSummary({ clusters }: { readonly clusters: readonly KindResource<'Cluster'>[] }) {
  const { connected, unhealthy, disconnected, pending } = countHealth(clusters);
  return (
    <p className="text-note text-ink-2 tabular-nums">
      {clusters.length} {clusters.length === 1 ? 'cluster' : 'clusters'}. {connected} healthy
      {unhealthy > 0 && <span className="text-warn">, {unhealthy} degraded</span>}
      {disconnected > 0 && <span className="text-danger">, {disconnected} offline</span>}
      {pending > 0 && `, ${pending} not installed yet`}
    </p>
  );
}
