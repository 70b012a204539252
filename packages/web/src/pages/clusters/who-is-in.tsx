import type { GrantResource, KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { reachesCluster } from '../../parts/clusters/health.ts';
import { liveSessionsQuery } from '../../parts/clusters/queries.ts';
import { grantsQuery } from '../../parts/inbox/queries.ts';
import { placeOf } from '../../parts/place-words.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { cx } from '../../ui/cx.ts';
import { Link } from '../../ui/link.tsx';
import { left } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { isClosing } from '../../ui/window-state.ts';
import { WindowTrack } from '../../ui/window-track.tsx';

/** Grants that are open on a cluster and sessions that run there, of those that the reader may see. */
export function WhoIsIn({ cluster: { metadata, spec } }: { readonly cluster: KindResource<'Cluster'> }) {
  const { api, organization, me } = useSignedIn();
  const now = useNow();
  const grants = useQuery(grantsQuery(api, organization, { state: 'active' }));
  const sessions = useQuery(liveSessionsQuery(api, organization, metadata.name));
  const here = (grants.data?.items ?? [])
    .filter(({ scope }) => reachesCluster(scope, { name: metadata.name, project: spec.project }))
    .toSorted((a, b) => a.endsAt.getTime() - b.endsAt.getTime());
  const live = sessions.data?.items ?? [];
  return (
    <div className="flex flex-col gap-6">
      <section>
        <h2 className="pb-2 text-body font-semibold">
          Who is in{' '}
          <span className="font-normal text-ink-3">{here.length === 1 ? '1 grant' : `${here.length} grants`}</span>
        </h2>
        {here.length === 0 && <p className="text-note text-ink-3">Nobody has a grant that is open here.</p>}
        <ul>
          {here.map((grant) => (
            <li key={grant.id} className="border-t border-line py-2.5">
              <Holder grant={grant} isYou={grant.user === me?.principal.userName} now={now} />
            </li>
          ))}
        </ul>
      </section>
      {live.length > 0 && (
        <section>
          <h2 className="pb-2 text-body font-semibold">
            Live sessions <span className="font-normal text-ink-3">{live.length}</span>
          </h2>
          <ul>
            {live.map(({ id, user, namespace, pod }) => (
              <li key={id} className="border-t border-line py-2 text-note">
                <Link href={paths.recording(id)} className="rounded-label hover:text-accent">
                  <bdi className="font-medium">{user}</bdi>{' '}
                  <bdi className="text-ink-3">
                    {namespace}/{pod}
                  </bdi>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Holder({ grant, isYou, now }: { readonly grant: GrantResource; readonly isYou: boolean; readonly now: Date }) {
  const namespaces = placeOf(grant.scope).in;
  return (
    <div className="flex gap-2.5">
      <Avatar name={grant.user} />
      <div className="min-w-0 flex-1">
        <p className="flex justify-between gap-3 text-note">
          <span className="min-w-0 truncate">
            <bdi className="font-medium">{isYou ? 'You' : grant.user}</bdi>{' '}
            <bdi className="text-ink-3">{grant.role}</bdi>
          </span>
          <span
            className={cx(
              'shrink-0 tabular-nums',
              isClosing(grant.startsAt, grant.endsAt, now) && 'font-semibold text-warn',
            )}
          >
            {left(grant.endsAt, now)}
          </span>
        </p>
        <WindowTrack startsAt={grant.startsAt} endsAt={grant.endsAt} className="my-1" />
        <p className="truncate text-second text-ink-3">
          <bdi>{namespaces.length === 0 ? 'whole cluster' : namespaces.join(', ')}</bdi>
          {grant.isBreakGlass && '. Break-glass'}
        </p>
      </div>
    </div>
  );
}
