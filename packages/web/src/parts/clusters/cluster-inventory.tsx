import type { KindResource } from '@sallyport/core/api';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { may } from '../../app/capabilities.ts';
import { Empty } from '../../ui/empty.tsx';
import { Input } from '../../ui/field.tsx';
import { Answered } from '../answer.tsx';
import { usePartsHost } from '../host.ts';
import { useLiveList } from '../use-live-list.ts';
import { ClusterSummary } from './cluster-summary.tsx';
import { ClusterTable } from './cluster-table.tsx';
import { Troubles } from './cluster-troubles.tsx';
import { matchesCluster } from './matches.ts';
import { NoClusters } from './no-clusters.tsx';
import { clustersQuery } from './queries.ts';

/** What the two halves of the inventory share. */
export interface InventoryProps {
  /** Words that a cluster must have in its name, labels, project or place. */
  readonly filter: string;
  readonly query: UseQueryResult<readonly KindResource<'Cluster'>[]>;
}

/** Every cluster that the reader sees, kept up to date. */
export function useClusters(): InventoryProps['query'] {
  const { api, organization } = usePartsHost();
  return useQuery(clustersQuery(api, organization));
}

/** The filter over the inventory, and how many clusters are in which state. */
export function InventoryFilter({
  filter,
  query,
  onFilter,
}: InventoryProps & { readonly onFilter: (filter: string) => void }) {
  return (
    <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-3 border-b border-line px-6 py-2 max-md:px-4">
      <Input
        type="search"
        aria-label="Filter clusters"
        placeholder="Filter by name or label"
        className="!w-60 max-md:!w-full"
        value={filter}
        onChange={({ target }) => onFilter(target.value)}
      />
      {query.data !== undefined && <ClusterSummary clusters={query.data} />}
    </div>
  );
}

/** Every cluster that the reader sees: what deviates is bold, and each that is broken is explained under the table. */
export function Inventory({
  filter,
  query,
  onOpen,
}: InventoryProps & {
  /** Opens a cluster. Absent: its name is a link to its page. */
  readonly onOpen?: ((name: string) => void) | undefined;
}) {
  const { me } = usePartsHost();
  const live = useLiveList(['clusters', filter], query);
  return (
    <Answered query={query} label="Reading clusters">
      {(clusters) => {
        if (clusters.length === 0) return <NoClusters mayRegister={may(me, 'clusters.create')} />;
        const shown = clusters.filter((cluster) => matchesCluster(cluster, filter));
        if (shown.length === 0) {
          return (
            <Empty title={`No cluster matches “${filter}”`}>
              Names, labels, projects and places are looked through.
            </Empty>
          );
        }
        return (
          <>
            <ClusterTable clusters={shown} live={live} onOpen={onOpen} />
            <Troubles clusters={shown} />
          </>
        );
      }}
    </Answered>
  );
}
