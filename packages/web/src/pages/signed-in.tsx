import type { ApiClient } from '@sallyport/core/api';
import { type ReactNode, useMemo } from 'react';
import { createPageClient, readWebSession, type WebSession } from '../api/web-session.ts';
import { Loading } from '../components/loading.tsx';
import { PageFrame } from '../components/page-frame.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { useAnswer } from '../hooks/use-answer.ts';
import { SignInPage } from './sign-in.tsx';

/** What a page for people who are signed in works with. */
export interface SignedIn {
  readonly session: WebSession;
  readonly api: ApiClient;
}

/** Shows a page to whoever is signed in, and leads everybody else to signing in. */
export function SignedInOnly({ children }: { readonly children: (signedIn: SignedIn) => ReactNode }) {
  const { answer, reload } = useAnswer('session', readWebSession);
  const session = answer.phase === 'ready' ? answer.value : undefined;
  const api = useMemo(() => session && createPageClient(session), [session]);
  if (answer.phase === 'failed') {
    return (
      <PageFrame title="Sign in">
        <ProblemNotice problem={answer.problem} onRetry={reload} />
      </PageFrame>
    );
  }
  if (answer.phase === 'loading') {
    return (
      <PageFrame title="Sallyport">
        <Loading label="Asking who you are" />
      </PageFrame>
    );
  }
  return session === undefined || api === undefined ? <SignInPage /> : children({ session, api });
}
