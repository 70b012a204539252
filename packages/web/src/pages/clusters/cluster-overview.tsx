import type { AgentList, KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { SectionHead } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { Trouble } from '../../parts/clusters/cluster-troubles.tsx';
import { healthOf } from '../../parts/clusters/health.ts';
import { agentsQuery } from '../../parts/clusters/queries.ts';
import { YourAccess } from '../../parts/clusters/your-access.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { LabelChip } from '../../ui/chip.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { useNow } from '../../ui/use-now.ts';
import { LastCommands } from './last-commands.tsx';

type Agent = AgentList['items'][number];

const MODES = {
  impersonate: 'Impersonation',
  managed: 'Managed bindings',
  serviceAccounts: 'Service accounts',
} as const;

/** How the cluster is: its facts in one line, its agents, what was done there last. */
export function ClusterOverview({ cluster }: { readonly cluster: KindResource<'Cluster'> }) {
  const { metadata, spec, status } = cluster;
  const { health } = status;
  const now = useNow();
  const { gate, word } = healthOf(health);
  return (
    <div className="flex flex-col gap-6 pb-8">
      <dl className="flex flex-wrap gap-x-9 gap-y-3 px-6 pt-4 max-md:px-4">
        <Fact name="Health">
          <span className="flex items-baseline gap-2">
            <Gate state={gate} /> {word}
            {health.changedAt !== undefined && (
              <span className="text-ink-3">
                since <Time at={health.changedAt} />
              </span>
            )}
          </span>
        </Fact>
        <Fact name="Your access">
          <YourAccess cluster={cluster} now={now} />
        </Fact>
        <Fact name="Kubernetes">{health.kubernetesVersion?.replace(/^v/, '') ?? '–'}</Fact>
        <Fact name="Nodes">
          {health.nodeCount === undefined
            ? '–'
            : health.readyNodeCount === health.nodeCount
              ? health.nodeCount
              : `${health.readyNodeCount ?? 0} of ${health.nodeCount} ready`}
        </Fact>
        <Fact name="Enforced by">{MODES[spec.agent?.upstreamMode ?? 'impersonate']}</Fact>
        <Fact name="Agent">{health.agentVersions?.join(', ') ?? '–'}</Fact>
        <Fact name="Labels">
          <span className="flex flex-wrap gap-1">
            {Object.entries(metadata.labels ?? {}).map(([name, value]) => (
              <LabelChip key={name} name={name} value={value} />
            ))}
            {Object.keys(metadata.labels ?? {}).length === 0 && '–'}
          </span>
        </Fact>
      </dl>
      {(health.status === 'disconnected' || health.status === 'unhealthy') && <Trouble cluster={cluster} />}
      <Agents name={metadata.name} />
      <LastCommands cluster={metadata.name} limit={5} />
      <div className="max-w-[720px] px-6 max-md:px-4">
        <SameAs command={`sallyport get cluster ${shellWord(metadata.name)}`} />
      </div>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <dt className="text-second text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}

/** Agents, for whom may see them; for others there is nothing here. */
function Agents({ name }: { readonly name: string }) {
  const { api, organization } = useSignedIn();
  const query = useQuery(agentsQuery(api, organization, name));
  if (query.error !== null && describeServerProblem(query.error).code === 'ERR_API_FORBIDDEN') return null;
  return (
    <section>
      <SectionHead title="Agents" count={query.data?.items.length} />
      <Answered query={query} label="Reading agents">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No agent has enrolled">
              <Link className="link" href={`${paths.newCluster}?name=${encodeURIComponent(name)}`}>
                Install one
              </Link>{' '}
              in the cluster; it dials out by itself.
            </Empty>
          ) : (
            <AgentTable agents={items} />
          )
        }
      </Answered>
    </section>
  );
}

function AgentTable({ agents }: { readonly agents: readonly Agent[] }) {
  const state = ({ isConnected }: Agent) => (
    <span className="flex items-baseline gap-2">
      <Gate state={isConnected ? 'open' : 'ended'} />
      {isConnected ? 'Connected' : 'Away'}
    </span>
  );
  return (
    <Table
      label="Agents"
      rows={agents}
      rowId={({ id }) => id}
      columns={[
        { id: 'state', header: 'Agent', width: 120, cell: state },
        { id: 'id', header: 'Id', min: 180, priority: 2, cell: ({ id }) => <code>{id}</code> },
        { id: 'tunnels', header: 'Tunnels', width: 80, align: 'right', cell: ({ tunnelCount }) => tunnelCount },
        { id: 'version', header: 'Version', width: 110, cell: ({ version }) => version ?? '–' },
        {
          id: 'identity',
          header: 'Identity',
          width: 110,
          priority: 3,
          cell: ({ identity }) =>
            identity === 'verified' ? 'verified' : <span className="text-warn">unverified</span>,
        },
        {
          id: 'since',
          header: 'Since',
          width: 110,
          priority: 4,
          cell: ({ connectedAt }) => (connectedAt === undefined ? '–' : <Time at={connectedAt} />),
        },
        {
          id: 'certificate',
          header: 'Certificate ends',
          width: 130,
          priority: 1,
          cell: ({ expiresAt }) => <Time at={expiresAt} />,
        },
      ]}
      narrow={(agent) => ({
        title: state(agent),
        end: `${agent.tunnelCount} ${agent.tunnelCount === 1 ? 'tunnel' : 'tunnels'}`,
        second: <code>{agent.id}</code>,
      })}
    />
  );
}
