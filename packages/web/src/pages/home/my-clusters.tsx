import type { ApiClient } from '@sallyport/core/api';
import { FolderTree, SquareTerminal } from 'lucide-react';
import { SectionHead } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { gateOfHealth } from '../../parts/cluster-words.ts';
import { placeOf } from '../../parts/place-words.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { Rows, type RowsColumn } from '../../ui/rows.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';

type Cluster = Awaited<ReturnType<ApiClient['listClusters']>>['items'][number];

const MOST = 10;

/** Where the reader can go: clusters on which they hold a role, with until when what is not standing lasts. */
export function MyClusters({
  clusters,
  totalCount,
}: {
  readonly clusters: readonly Cluster[];
  readonly totalCount: number;
}) {
  const { me } = useSignedIn();
  const now = useNow();
  const mine = clusters.filter(({ status }) => status.roles.length > 0);
  const untilOn = (cluster: string) =>
    new Map(
      (me?.grants ?? [])
        .filter(({ scope, startsAt }) => startsAt <= now && placeOf(scope).on.includes(cluster))
        .map(({ role, endsAt }) => [role, endsAt]),
    );
  const roles = ({ metadata: { name }, status }: Cluster) => {
    const until = untilOn(name);
    const held = [...new Set([...status.roles, ...until.keys()])];
    return held.map((role, index) => {
      const endsAt = until.get(role);
      return (
        <span key={role}>
          {index > 0 && <span className="text-ink-4"> · </span>}
          <bdi>{role}</bdi>
          {endsAt !== undefined && <span className="text-accent"> until {clockTime(endsAt, now)}</span>}
        </span>
      );
    });
  };
  const columns: readonly RowsColumn<Cluster>[] = [
    {
      id: 'cluster',
      header: 'Cluster',
      width: 160,
      cell: ({ metadata: { name }, status: { health } }) => (
        <span className="flex items-baseline gap-2.5">
          <Gate state={gateOfHealth(health.status)} />
          <Link href={paths.cluster(name)} className="truncate rounded-label font-medium hover:underline">
            <bdi>{name}</bdi>
          </Link>
        </span>
      ),
    },
    { id: 'roles', header: 'Roles you hold', min: 170, cell: roles },
    {
      id: 'state',
      header: 'State',
      min: 180,
      grow: 1.5,
      priority: 1,
      cell: ({ status: { health } }) =>
        health.reason === undefined ? (
          <span className="text-ink-3">{health.kubernetesVersion}</span>
        ) : (
          <span className="line-clamp-2 text-second leading-4 whitespace-normal text-warn" title={health.reason}>
            <bdi>{health.reason}</bdi>
          </span>
        ),
    },
  ];
  return (
    <section>
      <SectionHead
        title="Clusters"
        count={`${mine.length} of ${totalCount} within reach`}
        note={
          mine.length > MOST && (
            <Link href={paths.clusters()} className="link">
              All clusters
            </Link>
          )
        }
      />
      {mine.length === 0 ? (
        <Empty title="No cluster is within reach">
          Clusters on which you hold a role stand here. Request access to one to begin.
        </Empty>
      ) : (
        <Rows
          label="Clusters within reach"
          rows={mine.slice(0, MOST)}
          columns={columns}
          rowId={({ metadata }) => metadata.id}
          actionsWidth={60}
          actions={({ metadata: { name } }) => (
            <>
              <LinkButton
                size="small"
                title="Terminal"
                className="px-1!"
                href={paths.terminal({ cluster: name })}
                icon={<SquareTerminal size={14} strokeWidth={1.6} aria-hidden="true" />}
              >
                <span className="sr-only">Terminal</span>
              </LinkButton>
              <LinkButton
                size="small"
                title="Browse"
                className="px-1!"
                href={paths.browse(name)}
                icon={<FolderTree size={14} strokeWidth={1.6} aria-hidden="true" />}
              >
                <span className="sr-only">Browse</span>
              </LinkButton>
            </>
          )}
          narrow={(cluster) => (
            <Link href={paths.cluster(cluster.metadata.name)} className="flex gap-2.5">
              <Gate state={gateOfHealth(cluster.status.health.status)} className="mt-1" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">
                  <bdi>{cluster.metadata.name}</bdi>
                </span>
                <span className="block truncate text-second text-ink-3">{roles(cluster)}</span>
              </span>
            </Link>
          )}
        />
      )}
    </section>
  );
}
