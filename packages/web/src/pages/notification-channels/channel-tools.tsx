import { useQuery } from '@tanstack/react-query';
import { LIVE } from '../../api/live.ts';
import type { AnyResource } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Time } from '../../ui/time.tsx';

const GATES = { pending: 'waiting', delivered: 'open', dead: 'barred' } as const;
const WORDS = { pending: 'waits', delivered: 'delivered', dead: 'given up' } as const;

/** A test message, and what the channel was sent; what was given up can be sent again. */
export function ChannelTools({ channel }: { readonly channel: AnyResource }) {
  const { api, organization, me } = useSignedIn();
  const { name } = channel.metadata;
  const key = ['deliveries', organization, name] as const;
  const mayUpdate = may(me, 'notificationChannels.update');
  const deliveries = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.listNotificationDeliveries({ organization, name, limit: 20 }, { signal }),
    ...LIVE,
  });
  const test = useAct({ work: () => api.testNotificationChannel({ organization, name }), changes: [] });
  const again = useAct({ work: (id: string) => api.redeliverNotification({ organization, name, id }), changes: [key] });
  const error = test.error ?? again.error;
  return (
    <section aria-label="Deliveries" className="flex flex-col gap-3">
      {mayUpdate && (
        <Button className="self-start" busy={test.isPending && 'Sending'} onClick={() => test.mutate()}>
          Send a test message
        </Button>
      )}
      {test.data !== undefined && (
        <p role="status" className="flex items-baseline gap-1.5 text-note">
          <Gate state={test.data.isDelivered ? 'open' : 'barred'} />
          {test.data.isDelivered ? 'It was delivered.' : <bdi>{test.data.error}</bdi>}
        </p>
      )}
      {error !== null && <ProblemNotice error={error} />}
      <Answered query={deliveries} label="Reading deliveries">
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-note text-ink-3">It has been sent nothing yet.</p>
          ) : (
            <ul>
              {items.map(({ id, event, state, createdAt, error: problem }) => (
                <li key={id} className="flex items-center gap-2 border-b border-line py-1.5 text-note">
                  <Gate state={GATES[state]} />
                  <span className="min-w-0 flex-1">
                    {event}, {WORDS[state]} <Time at={createdAt} />
                    {problem !== undefined && <bdi className="block text-warn">{problem}</bdi>}
                  </span>
                  {state === 'dead' && mayUpdate && (
                    <Button size="small" onClick={() => again.mutate(id)}>
                      Send again
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
      <CommandLine command={`sallyport notification-channels test ${name}`} />
    </section>
  );
}
