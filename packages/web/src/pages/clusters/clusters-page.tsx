import type { KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useMemo } from 'react';
import { mayAnywhere } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useGo } from '../../app/use-go.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { Troubles } from '../../parts/clusters/cluster-troubles.tsx';
import { countHealth, healthOf } from '../../parts/clusters/health.ts';
import { clustersQuery } from '../../parts/clusters/queries.ts';
import { YourAccess } from '../../parts/clusters/your-access.tsx';
import { LinkButton } from '../../ui/button.tsx';
import { LabelChip } from '../../ui/chip.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Input } from '../../ui/field.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { useNow } from '../../ui/use-now.ts';

type Cluster = KindResource<'Cluster'>;

/** Every cluster that the reader sees: what deviates is bold, and each that is broken is explained under the table. */
export function ClustersPage() {
  const { api, organization, me } = useSignedIn();
  const [{ q = '' }, setSearch] = useSearch();
  const query = useQuery(clustersQuery(api, organization));
  const shown = useMemo(() => (query.data ?? []).filter((cluster) => matches(cluster, q)), [query.data, q]);
  return (
    <Page
      title="Clusters"
      actions={
        mayAnywhere(me, 'clusters.create') && (
          <LinkButton
            kind="primary"
            href={paths.newCluster}
            icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
          >
            Register cluster
          </LinkButton>
        )
      }
      filters={
        <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-3 border-b border-line px-6 py-2 max-md:px-4">
          <Input
            type="search"
            aria-label="Filter clusters"
            placeholder="Filter by name or label"
            className="!w-60 max-md:!w-full"
            value={q}
            onChange={({ target }) => setSearch({ q: target.value })}
          />
          {query.data !== undefined && <Summary clusters={query.data} />}
        </div>
      }
    >
      <Answered query={query} label="Reading clusters">
        {(clusters) => {
          if (clusters.length === 0) return <NoClusters mayRegister={mayAnywhere(me, 'clusters.create')} />;
          if (shown.length === 0) {
            return (
              <Empty title={`No cluster matches “${q}”`}>Names, labels, projects and places are looked through.</Empty>
            );
          }
          return (
            <>
              <ClusterTable clusters={shown} />
              <Troubles clusters={shown} />
            </>
          );
        }}
      </Answered>
    </Page>
  );
}

function ClusterTable({ clusters }: { readonly clusters: readonly Cluster[] }) {
  const go = useGo();
  const now = useNow();
  const columns: readonly Column<Cluster>[] = useMemo(
    () => [
      {
        id: 'name',
        header: 'Cluster',
        min: 220,
        sortBy: ({ metadata }) => metadata.name,
        cell: (cluster) => <Name cluster={cluster} />,
      },
      {
        id: 'labels',
        header: 'Labels',
        width: 220,
        priority: 4,
        cell: ({ metadata: { labels = {} } }) => (
          <span className="flex gap-1 overflow-hidden">
            {Object.entries(labels)
              .slice(0, 3)
              .map(([name, value]) => (
                <LabelChip key={name} name={name} value={value} />
              ))}
          </span>
        ),
      },
      {
        id: 'project',
        header: 'Project',
        width: 110,
        priority: 3,
        sortBy: ({ spec }) => spec.project ?? 'default',
        cell: ({ spec }) => <bdi>{spec.project ?? 'default'}</bdi>,
      },
      {
        id: 'location',
        header: 'Location',
        width: 120,
        priority: 5,
        sortBy: ({ spec }) => spec.location,
        cell: ({ spec }) => <bdi>{spec.location ?? '–'}</bdi>,
      },
      {
        id: 'version',
        header: 'Version',
        width: 90,
        priority: 2,
        sortBy: ({ status }) => status.health.kubernetesVersion,
        cell: ({ status }) => status.health.kubernetesVersion?.replace(/^v/, '') ?? '–',
      },
      {
        id: 'agents',
        header: 'Tunnels',
        width: 80,
        align: 'right',
        priority: 1,
        sortBy: ({ status }) => status.health.connectedAgents,
        cell: ({ status: { health } }) => (
          <span
            className={cx(
              health.connectedAgents === 0 && 'text-ink-3',
              health.status === 'disconnected' && 'font-semibold text-danger',
            )}
          >
            {health.connectedAgents}
          </span>
        ),
      },
      {
        id: 'access',
        header: 'Your access',
        width: 200,
        cell: (cluster) => <YourAccess cluster={cluster} now={now} />,
      },
    ],
    [now],
  );
  return (
    <Table
      label="Clusters"
      rows={clusters}
      columns={columns}
      rowId={({ metadata }) => metadata.id}
      sort={{ id: 'name', desc: false }}
      onOpen={({ metadata }) => go(paths.cluster(metadata.name))}
      narrow={(cluster) => ({
        title: <Name cluster={cluster} />,
        end: healthOf(cluster.status.health).word,
        second: <YourAccess cluster={cluster} now={now} />,
      })}
    />
  );
}

function Name({ cluster: { metadata, spec, status } }: { readonly cluster: Cluster }) {
  const { gate, word } = healthOf(status.health);
  return (
    <span className="flex min-w-0 items-baseline gap-2.5">
      <Gate state={gate} />
      <span className="sr-only">{word}</span>
      <Link href={paths.cluster(metadata.name)} className="shrink-0 rounded-label font-medium">
        <bdi>{metadata.name}</bdi>
      </Link>
      <bdi className="truncate text-ink-3">{spec.description}</bdi>
      {status.health.status === 'disconnected' && status.health.changedAt !== undefined && (
        <span className="shrink-0 text-second text-danger">
          since <Time at={status.health.changedAt} />
        </span>
      )}
    </span>
  );
}

function Summary({ clusters }: { readonly clusters: readonly Cluster[] }) {
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

function NoClusters({ mayRegister }: { readonly mayRegister: boolean }) {
  return mayRegister ? (
    <Empty
      title="No cluster is registered yet"
      action={
        <LinkButton kind="primary" href={paths.newCluster}>
          Register cluster
        </LinkButton>
      }
    >
      An agent inside the cluster dials out to this server; the cluster needs no open port.
    </Empty>
  ) : (
    <Empty title="You see no cluster" action={<LinkButton href={paths.newRequest()}>Request access</LinkButton>}>
      Clusters stand here once a role of yours reaches them.
    </Empty>
  );
}

function matches({ metadata, spec }: Cluster, text: string): boolean {
  const { name, labels = {} } = metadata;
  const words = [name, spec.project, spec.location, spec.environment, spec.description];
  const all = [...words, ...Object.entries(labels).map((pair) => pair.join('='))].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
