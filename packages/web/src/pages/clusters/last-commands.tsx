import { useQuery } from '@tanstack/react-query';
import { describeServerProblem } from '../../api/server-problem.ts';
import { SectionHead } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { commandsQuery } from '../../parts/clusters/queries.ts';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

const GATES = {
  running: 'open',
  succeeded: 'open',
  denied: 'barred',
  failed: 'closing',
  interrupted: 'ended',
} as const;

/** What people did in a cluster last, as far as the reader may see it. */
export function LastCommands({ cluster, limit }: { readonly cluster: string; readonly limit?: number }) {
  const { api, organization } = useSignedIn();
  const query = useQuery(commandsQuery(api, organization, cluster));
  if (query.error !== null && describeServerProblem(query.error).code === 'ERR_API_FORBIDDEN') return null;
  return (
    <section>
      <SectionHead
        title="Last commands here"
        note={
          <Link className="link" href={paths.audit({ cluster })}>
            Open in audit
          </Link>
        }
      />
      <Answered query={query} label="Reading what was done here">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody has done anything here yet" />
          ) : (
            <Table
              label="Last commands here"
              rows={items.slice(0, limit ?? items.length)}
              rowId={({ id }) => id}
              columns={[
                { id: 'at', header: 'Time', width: 110, cell: ({ startedAt }) => <Time at={startedAt} /> },
                { id: 'user', header: 'Who', width: 200, cell: ({ user }) => <bdi>{user}</bdi> },
                {
                  id: 'command',
                  header: 'Command',
                  min: 220,
                  cell: ({ command }) => (
                    <code>
                      <bdi>{command}</bdi>
                    </code>
                  ),
                },
                {
                  id: 'outcome',
                  header: 'Outcome',
                  width: 130,
                  cell: ({ outcome }) => (
                    <span className="flex items-baseline gap-2">
                      <Gate state={GATES[outcome]} /> {outcome}
                    </span>
                  ),
                },
                {
                  id: 'requests',
                  header: 'Requests',
                  width: 90,
                  align: 'right',
                  priority: 1,
                  cell: ({ requestCount }) => requestCount,
                },
              ]}
              narrow={({ command, startedAt, user, outcome }) => ({
                title: <code>{command}</code>,
                end: <Time at={startedAt} />,
                second: (
                  <>
                    <bdi>{user}</bdi>, {outcome}
                  </>
                ),
              })}
            />
          )
        }
      </Answered>
    </section>
  );
}
