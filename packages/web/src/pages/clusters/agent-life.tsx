import type { KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useSignedIn } from '../../app/signed-in.tsx';
import { agentLife, type LifeStep } from '../../parts/clusters/health.ts';
import { agentsQuery, joinTokensQuery } from '../../parts/clusters/queries.ts';
import { cx } from '../../ui/cx.ts';
import { Gate, type GateState } from '../../ui/gate.tsx';

const GATES: Record<LifeStep['state'], GateState> = {
  done: 'open',
  current: 'waiting',
  waiting: 'ended',
  failed: 'barred',
};
const WORDS: Record<LifeStep['state'], string> = {
  done: 'done',
  current: 'awaited',
  waiting: 'later',
  failed: 'stopped',
};
const WATCH = { refetchInterval: 2_000 } as const;

/** The agent's way from its manifest to its work, as the server sees it; changes are read out. */
export function AgentLife({ cluster }: { readonly cluster: KindResource<'Cluster'> }) {
  const { api, organization } = useSignedIn();
  const { name } = cluster.metadata;
  const agents = useQuery({ ...agentsQuery(api, organization, name), ...WATCH });
  const joinTokens = useQuery({ ...joinTokensQuery(api, organization, name), ...WATCH });
  const steps = agentLife({ health: cluster.status.health, agents: agents.data, joinTokens: joinTokens.data });
  return (
    <section aria-labelledby="agent-life">
      <h2 id="agent-life" className="pb-2 text-body font-semibold">
        The agent
      </h2>
      <ol aria-live="polite">
        {steps.map(({ title, state, detail }) => (
          <li key={title} className="flex gap-2.5 border-t border-line py-2.5">
            <Gate state={GATES[state]} className="mt-1" />
            <div className="min-w-0">
              <p className={cx(state === 'waiting' ? 'text-ink-3' : 'text-ink', state === 'current' && 'font-medium')}>
                {title} <span className="text-second text-ink-3">{WORDS[state]}</span>
              </p>
              <p className="text-note text-ink-3">
                <bdi>{detail}</bdi>
              </p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
