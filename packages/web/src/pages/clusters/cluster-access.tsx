import type { KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { describeServerProblem } from '../../api/server-problem.ts';
import { SectionHead } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { reachesCluster } from '../../parts/clusters/health.ts';
import { grantsQuery } from '../../parts/inbox/queries.ts';
import { placeOf } from '../../parts/place-words.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

type Binding = KindResource<'Binding'>;

/** Who may what on a cluster: grants that are open, and standing bindings, as far as the reader may see them. */
export function ClusterAccess({ cluster }: { readonly cluster: KindResource<'Cluster'> }) {
  const { api, organization } = useSignedIn();
  const { name } = cluster.metadata;
  const here = { name, project: cluster.spec.project };
  const grants = useQuery(grantsQuery(api, organization, { state: 'active' }));
  const bindings = useQuery({
    queryKey: ['bindings', 'list', organization],
    queryFn: ({ signal }) => api.listBindings({ organization, limit: 500 }, { signal }),
  });
  const isHidden = bindings.error !== null && describeServerProblem(bindings.error).code === 'ERR_API_FORBIDDEN';
  return (
    <div className="flex flex-col gap-6 pb-8">
      <section>
        <SectionHead
          title="Open grants"
          actions={
            <LinkButton size="small" href={paths.newRequest({ cluster: name })}>
              Request access
            </LinkButton>
          }
        />
        <Answered query={grants} label="Reading grants">
          {({ items }) => {
            const open = items.filter(({ scope }) => reachesCluster(scope, here));
            if (open.length === 0) return <Empty title="No grant is open here" />;
            return (
              <Table
                label="Open grants"
                rows={open}
                rowId={({ id }) => id}
                columns={[
                  { id: 'user', header: 'Who', min: 180, cell: ({ user }) => <bdi>{user}</bdi> },
                  {
                    id: 'role',
                    header: 'Role',
                    width: 130,
                    cell: ({ role }) => <bdi className="font-medium">{role}</bdi>,
                  },
                  {
                    id: 'in',
                    header: 'Namespaces',
                    width: 180,
                    priority: 2,
                    cell: ({ scope }) => <bdi>{placeOf(scope).in.join(', ') || 'all'}</bdi>,
                  },
                  { id: 'reason', header: 'Reason', min: 160, priority: 3, cell: ({ reason }) => <bdi>{reason}</bdi> },
                  {
                    id: 'until',
                    header: 'Until',
                    width: 110,
                    align: 'right',
                    cell: ({ endsAt }) => <Time at={endsAt} />,
                  },
                ]}
                narrow={({ user, role, endsAt, reason }) => ({
                  title: (
                    <>
                      <bdi>{user}</bdi> <bdi className="text-ink-3">{role}</bdi>
                    </>
                  ),
                  end: <Time at={endsAt} />,
                  second: <bdi>{reason}</bdi>,
                })}
              />
            );
          }}
        </Answered>
      </section>
      {!isHidden && (
        <section>
          <SectionHead title="Standing bindings" />
          <Answered query={bindings} label="Reading bindings">
            {({ items }) => {
              const standing = items.filter(({ spec }) => reachesCluster(spec.scope, here));
              if (standing.length === 0) return <Empty title="No binding names this cluster" />;
              return (
                <Table
                  label="Standing bindings"
                  rows={standing}
                  rowId={({ metadata }) => metadata.id}
                  columns={[
                    {
                      id: 'role',
                      header: 'Role',
                      width: 160,
                      cell: ({ spec }) => <bdi className="font-medium">{spec.role}</bdi>,
                    },
                    { id: 'subjects', header: 'Who', min: 200, cell: (binding) => <bdi>{subjectsOf(binding)}</bdi> },
                    {
                      id: 'scope',
                      header: 'On',
                      width: 220,
                      priority: 1,
                      cell: ({ spec }) => <bdi>{placeOf(spec.scope).on.join(', ')}</bdi>,
                    },
                    {
                      id: 'name',
                      header: 'Binding',
                      width: 200,
                      priority: 2,
                      cell: ({ metadata }) => <code>{metadata.name}</code>,
                    },
                  ]}
                  narrow={(binding) => ({
                    title: <bdi>{binding.spec.role}</bdi>,
                    second: <bdi>{subjectsOf(binding)}</bdi>,
                  })}
                />
              );
            }}
          </Answered>
        </section>
      )}
    </div>
  );
}

const subjectsOf = ({ spec }: Binding) =>
  spec.subjects.map((subject) => `${subject.kind.toLowerCase()} ${subject.name}`).join(', ');
