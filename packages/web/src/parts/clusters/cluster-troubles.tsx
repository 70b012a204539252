import type { KindResource } from '@sallyport/core/api';
import { paths } from '../../app/paths.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Time } from '../../ui/time.tsx';
import { CommandLine } from '../command-line.tsx';
import { shellWord } from '../shell-word.ts';
import { healthOf } from './health.ts';

/** Each cluster that is not well, in a sentence with the next step. */
export function Troubles({ clusters }: { readonly clusters: readonly KindResource<'Cluster'>[] }) {
  const broken = clusters.filter(({ status }) => ['disconnected', 'unhealthy'].includes(status.health.status));
  return broken.map((cluster) => <Trouble key={cluster.metadata.id} cluster={cluster} />);
}

/** What is wrong with one cluster, and what to do about it. */
export function Trouble({ cluster: { metadata, spec, status } }: { readonly cluster: KindResource<'Cluster'> }) {
  const { health } = status;
  const { gate, word } = healthOf(health);
  const namespace = spec.agent?.namespace ?? 'sallyport';
  return (
    <section className="flex gap-2.5 px-6 pt-4 max-md:px-4" aria-label={`What is wrong with ${metadata.name}`}>
      <Gate state={gate} className="mt-1" />
      <div className="flex min-w-0 max-w-[720px] flex-col gap-2">
        <p className="text-ink-2">
          <strong className="text-ink">
            <bdi>{metadata.name}</bdi> is {word.toLowerCase()}
            {health.changedAt !== undefined && (
              <>
                {' since '}
                <Time at={health.changedAt} />
              </>
            )}
            .
          </strong>{' '}
          <bdi>{health.reason === undefined ? '' : `${health.reason}. `}</bdi>
          {health.status === 'disconnected'
            ? 'Requests to it are refused until its agent dials again. Look at the agent in the cluster:'
            : 'Its agent is connected. Look at what it says in the cluster:'}
        </p>
        <CommandLine
          command={`kubectl -n ${shellWord(namespace)} logs -l app.kubernetes.io/name=sallyport-agent --tail=50`}
        />
        <div>
          <LinkButton size="small" href={paths.audit({ cluster: metadata.name })}>
            See its events
          </LinkButton>
        </div>
      </div>
    </section>
  );
}
