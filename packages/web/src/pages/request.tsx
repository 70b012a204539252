import type { AccessRequestResource } from '@sallyport/core/api';
import { useEffect } from 'react';
import { Loading } from '../components/loading.tsx';
import { PageFrame } from '../components/page-frame.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { RequestDetails } from '../components/request-details.tsx';
import { Verdict } from '../components/verdict.tsx';
import { useAnswer } from '../hooks/use-answer.ts';
import type { SignedIn } from './signed-in.tsx';

const REFRESH_MS = 10_000;

/** One access request: what is asked, how far its review is, and what the reader may do about it. */
export function RequestPage({ session, api, id }: SignedIn & { readonly id: string }) {
  const organization = session.organization.name;
  const { answer, reload, put } = useAnswer(`${organization}/${id}`, (signal) =>
    api.getAccessRequest({ organization, id }, { signal }),
  );
  const request = answer.phase === 'ready' ? answer.value : undefined;
  useRefresh(request !== undefined && waitsForOthers(request), reload);
  return (
    <PageFrame title="Access request" session={session}>
      {answer.phase === 'loading' && <Loading label="Reading the request" />}
      {answer.phase === 'failed' && <ProblemNotice problem={answer.problem} onRetry={reload} />}
      {request !== undefined && (
        <>
          <RequestDetails request={request} />
          <Verdict api={api} organization={organization} request={request} onDecided={put} onStale={reload} />
        </>
      )}
    </PageFrame>
  );
}

/** Whether others will change it while it is looked at. What a reviewer decides on never changes under their eyes. */
function waitsForOthers({ state, grant, may }: AccessRequestResource): boolean {
  if (state === 'pending') return !may.review;
  return grant?.state === 'scheduled' || grant?.state === 'active';
}

/** Asks again now and then while the page is looked at. */
function useRefresh(isOn: boolean, reload: () => void): void {
  useEffect(() => {
    if (!isOn) return;
    const look = () => {
      if (document.visibilityState === 'visible') reload();
    };
    const timer = setInterval(look, REFRESH_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [isOn, reload]);
}
