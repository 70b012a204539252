import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AnyResource } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/overlay.tsx';
import { kindKey } from '../resources/queries.ts';

/** What can be done with a person: an invitation, a reset, the end of their sessions and credentials. */
export function PersonActions({ person }: { readonly person: AnyResource }) {
  const { api, organization, me } = useSignedIn();
  const { name } = person.metadata;
  const isLocal = person.spec['identityProvider'] === undefined;
  const changes = [kindKey('User', organization)];
  const [asked, setAsked] = useState<'reset' | 'end'>();
  const invite = useAct({ work: () => api.inviteUser({ organization, name, body: {} }), changes });
  const reset = useAct({ work: () => api.resetUser({ organization, name }), changes });
  const demand = useAct({
    work: () => api.demandPasswordChange({ organization, name }),
    changes,
    told: () => ({ text: `${name} is asked for a new password at the next login` }),
  });
  const end = useAct({
    work: async () => {
      const sessions = await api.endLoginSessionsOfUser({ organization, name });
      const credentials = may(me, 'credentials.revoke')
        ? await api.revokeCredentialsOfUser({ organization, name })
        : undefined;
      return { sessions, credentials };
    },
    changes,
    told: ({ sessions }) => ({ gate: 'ended', text: `Ended ${sessions.endedCount} login sessions of ${name}` }),
  });
  const factors = useQuery({
    queryKey: ['people', 'factors', organization, name],
    enabled: isLocal,
    queryFn: ({ signal }) => api.getUserFactors({ organization, name }, { signal }),
  });
  const error = invite.error ?? reset.error ?? demand.error ?? end.error;
  const issued = reset.data ?? invite.data;
  return (
    <section aria-label="What can be done" className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        {isLocal && may(me, 'users.create') && (
          <Button busy={invite.isPending && 'Issuing'} onClick={() => invite.mutate()}>
            Issue an invitation
          </Button>
        )}
        {isLocal && may(me, 'users.update') && (
          <>
            <Button busy={demand.isPending && 'Asking'} onClick={() => demand.mutate()}>
              Demand a new password
            </Button>
            <Button kind="danger" onClick={() => setAsked('reset')}>
              Reset sign-in
            </Button>
          </>
        )}
        {may(me, 'loginSessions.end') && (
          <Button kind="danger" onClick={() => setAsked('end')}>
            End login sessions
          </Button>
        )}
      </div>
      {error !== null && <ProblemNotice error={error} />}
      {issued !== undefined && <ShownOnce title={`A link for ${name}.`} value={issued.link} />}
      {factors.data !== undefined && (
        <p className="text-note text-ink-2">
          Signs in with{' '}
          {[
            factors.data.hasPassword && 'a password',
            factors.data.hasTotp && 'a code app',
            factors.data.passkeys.length > 0 && `${factors.data.passkeys.length} passkeys`,
          ]
            .filter(Boolean)
            .join(', ') || 'nothing yet'}
          .
        </p>
      )}
      <CommandLine
        command={
          isLocal
            ? `sallyport users invite ${shellWord(name)}`
            : `sallyport login-sessions end --user ${shellWord(name)}`
        }
      />
      {asked !== undefined && (
        <Confirm
          open
          onOpenChange={() => setAsked(undefined)}
          title={
            asked === 'reset' ? (
              <>
                Reset how <bdi>{name}</bdi> signs in?
              </>
            ) : (
              <>
                End the login sessions of <bdi>{name}</bdi>?
              </>
            )
          }
          verb={asked === 'reset' ? 'Reset sign-in' : 'End sessions'}
          onConfirm={() => {
            setAsked(undefined);
            if (asked === 'reset') reset.mutate();
            else end.mutate();
          }}
        >
          {asked === 'reset'
            ? 'Their password, code app and passkeys are gone at once, their login sessions end, and a link to set up new ones is issued.'
            : 'Everything that hangs on them ends within a second: credentials, terminals, streams. They can sign in again.'}
        </Confirm>
      )}
    </section>
  );
}
