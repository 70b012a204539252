import { useQuery } from '@tanstack/react-query';
import { LIVE } from '../../api/live.ts';
import { mayAnywhere } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { grantsQuery, requestsQuery } from '../../parts/inbox/queries.ts';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { HOME_TITLE, HomeActions } from './home-bar.tsx';
import { MyClusters } from './my-clusters.tsx';
import { OpenNow } from './open-now.tsx';
import { RecentCommands } from './recent-commands.tsx';
import { WaitingForYou, YourRequests } from './waiting.tsx';

const RECENT = 6;

/** Home: what is open, where one can go, what one did; at the right what waits. */
export function HomePage() {
  const { api, organization, me } = useSignedIn();
  const isNarrow = useIsNarrow();
  const grants = useQuery(grantsQuery(api, organization, { view: 'mine', state: 'active,scheduled' }));
  const waiting = useQuery(requestsQuery(api, organization, { view: 'toReview', state: 'pending' }));
  const mine = useQuery(requestsQuery(api, organization, { view: 'mine', limit: RECENT }));
  // Whoever holds nothing on any cluster would be refused the list; here that is no failure but a beginning.
  const seesNone = me !== undefined && !mayAnywhere(me, 'clusters.read');
  const clusters = useQuery({
    queryKey: ['clusters', 'all', organization],
    queryFn: ({ signal }) => api.listClusters({ organization, limit: 500 }, { signal }),
    enabled: me !== undefined && !seesNone,
    ...LIVE,
  });
  const user = me?.principal.userName ?? '';
  const commands = useQuery({
    queryKey: ['audit', 'recent-commands', organization, user],
    queryFn: ({ signal }) => api.listKubectlCommands({ organization, user, limit: RECENT }, { signal }),
    enabled: mayAnywhere(me, 'audit.read'),
    ...LIVE,
  });
  const side = (
    <>
      {waiting.data !== undefined && <WaitingForYou requests={waiting.data.items.toReversed()} />}
      {mine.data !== undefined && <YourRequests requests={mine.data.items} />}
    </>
  );
  return (
    <Page title={HOME_TITLE} railLabel="Waiting for you" {...(!isNarrow && { rail: side })} actions={<HomeActions />}>
      <div className="flex flex-col gap-5 pt-2 pb-8">
        <Answered query={grants} label="Reading your grants">
          {({ items }) => <OpenNow grants={items} />}
        </Answered>
        {isNarrow && <div className="px-4">{side}</div>}
        {seesNone ? (
          <MyClusters clusters={[]} totalCount={0} />
        ) : (
          <Answered query={clusters} label="Reading clusters">
            {({ items, metadata }) => <MyClusters clusters={items} totalCount={metadata.totalCount} />}
          </Answered>
        )}
        {commands.data !== undefined && <RecentCommands commands={commands.data.items} user={user} />}
      </div>
    </Page>
  );
}
