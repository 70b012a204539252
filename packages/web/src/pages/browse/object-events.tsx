import { useQuery } from '@tanstack/react-query';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { Answered } from '../../parts/answer.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Time } from '../../ui/time.tsx';
import { useBrowsed } from './use-kube.ts';

interface KubeEvent {
  readonly metadata: { readonly uid?: string; readonly name: string; readonly creationTimestamp?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

/** What the cluster says happened to an object, newest first. */
export function ObjectEvents({ object }: { readonly object: KubeObject }) {
  const { client } = useBrowsed();
  const { name, namespace = 'default', uid } = object.metadata;
  const selector = [`involvedObject.name=${name}`, ...(uid === undefined ? [] : [`involvedObject.uid=${uid}`])].join(
    ',',
  );
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?${new URLSearchParams({ fieldSelector: selector, limit: '200' })}`;
  const query = useQuery({
    queryKey: ['kube', client.clusterId, 'events', path],
    queryFn: async ({ signal }) => (await client.get<{ readonly items: readonly KubeEvent[] }>(path, { signal })).items,
    refetchInterval: 15_000,
  });
  return (
    <Answered query={query} label="Reading events">
      {(events) =>
        events.length === 0 ? (
          <Empty title="No events">Clusters keep them for about an hour.</Empty>
        ) : (
          <ul>
            {events
              .map((event) => ({ ...event, at: timeOf(event) }))
              .toSorted((a, b) => (b.at?.getTime() ?? 0) - (a.at?.getTime() ?? 0))
              .map(({ metadata, type, reason, message, count = 1, at }) => (
                <li key={metadata.uid ?? metadata.name} className="border-t border-line py-2">
                  <p className="flex items-baseline gap-2">
                    <Gate state={type === 'Warning' ? 'closing' : 'ended'} />
                    <bdi className="flex-1 font-medium">{reason}</bdi>
                    {count > 1 && <span className="text-second text-ink-3 tabular-nums">{count} times</span>}
                    <span className="text-second text-ink-3">{at !== undefined && <Time at={at} />}</span>
                  </p>
                  <p className="text-note text-ink-2">
                    <bdi>{message}</bdi>
                  </p>
                </li>
              ))}
          </ul>
        )
      }
    </Answered>
  );
}

function timeOf({ lastTimestamp, eventTime, metadata }: KubeEvent): Date | undefined {
  const text = lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return text === undefined ? undefined : new Date(text);
}
