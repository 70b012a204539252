import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { SectionHead } from '../../app/page.tsx';
import { SESSION_KEY } from '../../app/query-client.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Confirm } from '../../ui/overlay.tsx';
import { Time } from '../../ui/time.tsx';

const METHODS: Readonly<Record<string, string>> = {
  oidc: 'Single sign-on',
  saml: 'Single sign-on',
  local: 'Local account',
  device: 'Device',
};

/** Where the reader is signed in, each to be ended with everything that hangs on it. */
export function LoginSessions() {
  const { api } = useSignedIn();
  const [isEndingAll, setEndingAll] = useState(false);
  const query = useQuery({
    queryKey: ['account', 'login-sessions'],
    queryFn: ({ signal }) => api.listMyLoginSessions({}, { signal }),
  });
  const end = useAct({
    work: (id: string) => api.endMyLoginSession({ id }),
    changes: [['account'], [...SESSION_KEY]],
    told: () => ({ gate: 'ended', text: 'The login session has ended' }),
  });
  const endAll = useAct({ work: () => api.endMyLoginSessions({}), changes: [[...SESSION_KEY]] });
  return (
    <section>
      <SectionHead
        title="Login sessions"
        count={query.data?.items.length}
        actions={
          <Button size="small" kind="danger" onClick={() => setEndingAll(true)}>
            End all
          </Button>
        }
      />
      {end.error !== null && <ProblemNotice error={end.error} className="mx-6 mb-2" />}
      <Answered query={query} label="Reading your login sessions">
        {({ items }) => (
          <ul className="border-t border-line">
            {items.map((session) => (
              <li
                key={session.id}
                className="flex min-h-11 flex-wrap items-center gap-x-5 gap-y-1 border-b border-line px-6 py-2 max-md:px-4"
              >
                <span className="flex min-w-[200px] flex-1 items-baseline gap-2.5">
                  <Gate state="open" />
                  <span className="min-w-0">
                    <span className="block font-medium">
                      {METHODS[session.method] ?? session.method}
                      {session.isCurrent && <span className="font-normal text-accent"> this one</span>}
                    </span>
                    <span className="block truncate text-second text-ink-3">
                      <bdi>{[session.userAgent, session.sourceAddress].filter(Boolean).join(', ')}</bdi>
                    </span>
                  </span>
                </span>
                <span className="text-second text-ink-2">
                  Since <Time at={session.createdAt} />, until <Time at={session.expiresAt} />
                </span>
                <Button
                  size="small"
                  busy={end.isPending && end.variables === session.id && 'Ending'}
                  onClick={() => end.mutate(session.id)}
                >
                  {session.isCurrent ? 'End it and leave' : 'End'}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Answered>
      <Confirm
        open={isEndingAll}
        onOpenChange={setEndingAll}
        title="End all your login sessions?"
        verb="End all"
        keep="Keep them"
        busy={endAll.isPending && 'Ending'}
        onConfirm={() => endAll.mutate()}
      >
        This one as well: every device, credential and open stream of yours ends at once.
      </Confirm>
    </section>
  );
}
