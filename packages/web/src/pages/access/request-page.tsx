import type { AccessRequestResource } from '@sallyport/core/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressParts } from '../../app/use-address-parts.ts';
import { Answered } from '../../parts/answer.tsx';
import { requestQuery } from '../../parts/inbox/queries.ts';
import { RequestDetails } from '../../parts/inbox/request-details.tsx';
import { Verdict } from '../../parts/inbox/verdict.tsx';
import { Weigh } from '../../parts/inbox/weigh.tsx';
import { UseGrant } from './use-grant.tsx';

const REFRESH_MS = 10_000;

/** One access request: what is asked, how far its review is, and what the reader may do about it. */
export function RequestPage() {
  const { api, organization } = useSignedIn();
  const { id = '' } = useAddressParts();
  const queries = useQueryClient();
  const options = requestQuery(api, organization, id);
  const query = useQuery({
    ...options,
    // What a reviewer decides on never changes under their eyes.
    refetchInterval: ({ state }) => (state.data !== undefined && waitsForOthers(state.data) ? REFRESH_MS : false),
    refetchOnWindowFocus: ({ state }) => state.data !== undefined && waitsForOthers(state.data),
  });
  return (
    <Page title="Access request" crumbs={[{ label: 'Requests', href: paths.inbox() }]}>
      <div className="flex max-w-[720px] flex-col gap-5 px-6 py-6 max-md:px-4">
        <Answered query={query} label="Reading the request">
          {(request) => (
            <>
              <RequestDetails request={request} />
              <UseGrant request={request} />
              {(request.may.review || request.may.followUp) && <Weigh request={request} />}
              <Verdict
                key={request.id}
                api={api}
                organization={organization}
                request={request}
                onDecided={(decided) => {
                  queries.setQueryData(options.queryKey, decided);
                  void queries.invalidateQueries({ queryKey: ['me'] });
                  void queries.invalidateQueries({ queryKey: ['access', 'requests'] });
                }}
                onStale={() => void query.refetch()}
              />
            </>
          )}
        </Answered>
      </div>
    </Page>
  );
}

/** Whether others will change it while it is looked at. */
function waitsForOthers({ state, grant, may }: AccessRequestResource): boolean {
  if (state === 'pending') return !may.review;
  return grant?.state === 'scheduled' || grant?.state === 'active';
}
