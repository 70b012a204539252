import { Plus } from 'lucide-react';
import { useCallback } from 'react';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useGo } from '../../app/use-go.ts';
import { useSearch } from '../../app/use-search.ts';
import { Inventory, InventoryFilter, useClusters } from '../../parts/clusters/cluster-inventory.tsx';
import { LinkButton } from '../../ui/button.tsx';
import { useLetterKey } from '../../ui/use-letter-key.ts';

/** Every cluster that the reader sees, and the way to register one. */
export function ClustersPage() {
  const { me } = useSignedIn();
  const [{ q = '' }, setSearch] = useSearch();
  const go = useGo();
  const query = useClusters();
  useLetterKey('n', may(me, 'clusters.create') ? () => go(paths.newCluster) : undefined);
  const onOpen = useCallback((name: string) => go(paths.cluster(name)), [go]);
  return (
    <Page
      title="Clusters"
      actions={
        may(me, 'clusters.create') && (
          <LinkButton
            kind="primary"
            href={paths.newCluster}
            icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
            keyCap="N"
          >
            Register cluster
          </LinkButton>
        )
      }
      filters={<InventoryFilter filter={q} query={query} onFilter={(text) => setSearch({ q: text })} />}
    >
      <Inventory filter={q} query={query} onOpen={onOpen} />
    </Page>
  );
}
