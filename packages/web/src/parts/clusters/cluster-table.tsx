import type { KindResource } from '@sallyport/core/api';
import { useMemo } from 'react';
import { paths } from '../../app/paths.ts';
import { LabelChip } from '../../ui/chip.tsx';
import { cx } from '../../ui/cx.ts';
import { Gate } from '../../ui/gate.tsx';
import type { LiveList } from '../../ui/held-rows.ts';
import { Link } from '../../ui/link.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { useNow } from '../../ui/use-now.ts';
import { healthOf } from './health.ts';
import { YourAccess } from './your-access.tsx';

type Cluster = KindResource<'Cluster'>;

/** Clusters with their health and the reader’s access. */
export function ClusterTable({
  clusters,
  live,
  onOpen,
}: {
  readonly clusters: readonly Cluster[];
  readonly live: LiveList;
  readonly onOpen: ((name: string) => void) | undefined;
}) {
  const now = useNow();
  const columns: readonly Column<Cluster>[] = useMemo(
    () => [
      {
        id: 'name',
        header: 'Cluster',
        min: 220,
        sortBy: ({ metadata }) => metadata.name,
        cell: (cluster) => <Name cluster={cluster} onOpen={onOpen} />,
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
    [now, onOpen],
  );
  return (
    <Table
      label="Clusters"
      live={live}
      rows={clusters}
      columns={columns}
      rowId={({ metadata }) => metadata.id}
      sort={{ id: 'name', desc: false }}
      {...(onOpen !== undefined && { onOpen: ({ metadata }: Cluster) => onOpen(metadata.name) })}
      narrow={(cluster) => ({
        title: <Name cluster={cluster} onOpen={onOpen} />,
        end: healthOf(cluster.status.health).word,
        second: <YourAccess cluster={cluster} now={now} />,
      })}
    />
  );
}

function Name({
  cluster: { metadata, spec, status },
  onOpen,
}: {
  readonly cluster: Cluster;
  readonly onOpen: ((name: string) => void) | undefined;
}) {
  const { gate, word } = healthOf(status.health);
  return (
    <span className="flex min-w-0 items-baseline gap-2.5">
      <Gate state={gate} />
      <span className="sr-only">{word}</span>
      <Link
        href={paths.cluster(metadata.name)}
        className="shrink-0 rounded-label font-medium"
        onClick={(event) => {
          const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
          if (onOpen === undefined || !isPlain) return;
          event.preventDefault();
          onOpen(metadata.name);
        }}
      >
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
