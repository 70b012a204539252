import type { KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Ellipsis, FolderTree, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import { mayAnywhere } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressParts } from '../../app/use-address-parts.ts';
import { useGo } from '../../app/use-go.ts';
import { Answered } from '../../parts/answer.tsx';
import { clusterQuery } from '../../parts/clusters/queries.ts';
import { IconButton, LinkButton } from '../../ui/button.tsx';
import { MenuLater } from '../../ui/menu-later.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useLetterKey } from '../../ui/use-letter-key.ts';
import { ClusterAccess } from './cluster-access.tsx';
import { ClusterAudit } from './cluster-audit.tsx';
import { ClusterOverview } from './cluster-overview.tsx';
import { ClusterNamespaces, ClusterNodes } from './cluster-places.tsx';
import { DeregisterDialog } from './deregister-dialog.tsx';
import { LabelsDialog } from './labels-dialog.tsx';
import { WhoIsIn } from './who-is-in.tsx';

const TABS = ['overview', 'namespaces', 'nodes', 'access', 'audit'] as const;
type TabName = (typeof TABS)[number];
const LABELS: Record<TabName, string> = {
  overview: 'Overview',
  namespaces: 'Namespaces',
  nodes: 'Nodes',
  access: 'Access',
  audit: 'Audit',
};

/** One cluster: how it is, what is in it, who is in, who may, and what was done. */
export function ClusterPage() {
  const { api, organization } = useSignedIn();
  const { cluster: name = '', tab = 'overview' } = useAddressParts();
  const query = useQuery(clusterQuery(api, organization, name));
  const current = TABS.find((each) => each === tab) ?? 'overview';
  const health = query.data?.status.health;
  const counts: Partial<Record<TabName, number | undefined>> = {
    namespaces: health?.namespaceCount,
    nodes: health?.nodeCount,
  };
  return (
    <Page
      title={name}
      crumbs={[{ label: 'Clusters', href: paths.clusters() }]}
      actions={query.data !== undefined && <Actions cluster={query.data} />}
      tabs={
        <Tabs
          label="Parts of the cluster"
          tabs={TABS.map((each) => ({
            href: each === 'overview' ? paths.cluster(name) : paths.clusterTab(name, each),
            label: LABELS[each],
            count: counts[each],
            isCurrent: each === current,
          }))}
        />
      }
      {...(query.data !== undefined &&
        current === 'overview' && { rail: <WhoIsIn cluster={query.data} />, railLabel: 'Who is in' })}
    >
      <Answered query={query} label="Reading the cluster">
        {(cluster) => <Tab name={current} cluster={cluster} />}
      </Answered>
    </Page>
  );
}

function Tab({ name, cluster }: { readonly name: TabName; readonly cluster: KindResource<'Cluster'> }) {
  switch (name) {
    case 'overview':
      return <ClusterOverview cluster={cluster} />;
    case 'namespaces':
      return <ClusterNamespaces cluster={cluster} />;
    case 'nodes':
      return <ClusterNodes cluster={cluster} />;
    case 'access':
      return <ClusterAccess cluster={cluster} />;
    case 'audit':
      return <ClusterAudit cluster={cluster} />;
  }
}

function Actions({ cluster }: { readonly cluster: KindResource<'Cluster'> }) {
  const { me } = useSignedIn();
  const [dialog, setDialog] = useState<'labels' | 'deregister'>();
  const go = useGo();
  const { name } = cluster.metadata;
  // Whoever administers only some clusters holds this on none of the whole; the server decides, so both are offered then too.
  const items = [
    ...(mayAnywhere(me, 'clusters.update') ? [{ label: 'Edit labels', onSelect: () => setDialog('labels') }] : []),
    ...(mayAnywhere(me, 'clusters.delete')
      ? [{ label: 'Deregister cluster', isDanger: true, onSelect: () => setDialog('deregister') }]
      : []),
  ];
  const isUsable = cluster.status.health.status !== 'pending';
  useLetterKey('b', isUsable ? () => go(paths.browse(name)) : undefined);
  return (
    <>
      {items.length > 0 && (
        <MenuLater
          items={items}
          trigger={
            <IconButton label="More actions" icon={<Ellipsis size={16} strokeWidth={1.6} aria-hidden="true" />} />
          }
        />
      )}
      {isUsable ? (
        <>
          <LinkButton
            href={paths.browse(name)}
            icon={<FolderTree size={14} strokeWidth={1.6} aria-hidden="true" />}
            keyCap="B"
          >
            Browse
          </LinkButton>
          <LinkButton
            kind="primary"
            href={paths.terminal({ cluster: name })}
            icon={<SquareTerminal size={14} strokeWidth={1.6} aria-hidden="true" />}
          >
            Open terminal
          </LinkButton>
        </>
      ) : (
        mayAnywhere(me, 'joinTokens.create') && (
          <LinkButton kind="primary" href={`${paths.newCluster}?name=${encodeURIComponent(name)}`}>
            Install its agent
          </LinkButton>
        )
      )}
      {dialog === 'labels' && <LabelsDialog cluster={cluster} onClose={() => setDialog(undefined)} />}
      {dialog === 'deregister' && <DeregisterDialog cluster={cluster} onClose={() => setDialog(undefined)} />}
    </>
  );
}
