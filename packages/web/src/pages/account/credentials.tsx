import { useQuery } from '@tanstack/react-query';
import { SectionHead } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Time } from '../../ui/time.tsx';

const KINDS = { exec: 'kubectl', certificate: 'Client certificate', token: 'Static token' } as const;

/** The reader's kube credentials that live, each to be revoked at once. */
export function Credentials() {
  const { api } = useSignedIn();
  const query = useQuery({
    queryKey: ['account', 'credentials'],
    queryFn: ({ signal }) => api.listMyCredentials({}, { signal }),
  });
  const revoke = useAct({
    work: (id: string) => api.revokeMyCredential({ id }),
    changes: [['account', 'credentials']],
    told: () => ({ gate: 'ended', text: 'The credential is revoked' }),
  });
  return (
    <section>
      <SectionHead title="Kube credentials" count={query.data?.items.length} />
      {revoke.error !== null && <ProblemNotice error={revoke.error} className="mx-6 mb-2" />}
      <Answered query={query} label="Reading your credentials">
        {({ items }) =>
          items.length === 0 ? (
            <p className="border-t border-line px-6 py-3 text-note text-ink-3 max-md:px-4">
              None lives. kubectl gets one by itself when it needs it.
            </p>
          ) : (
            <ul className="border-t border-line">
              {items.map((credential) => (
                <li
                  key={credential.id}
                  className="flex min-h-11 flex-wrap items-center gap-x-5 gap-y-1 border-b border-line px-6 py-2 max-md:px-4"
                >
                  <span className="min-w-[200px] flex-1">
                    <bdi className="font-medium">{credential.cluster}</bdi>{' '}
                    <span className="text-ink-3">{KINDS[credential.kind]}</span>
                    <code className="block truncate text-ink-3">{credential.id}</code>
                  </span>
                  <span className="text-second text-ink-2">
                    Until <Time at={credential.expiresAt} />
                  </span>
                  <Button
                    size="small"
                    kind="danger"
                    busy={revoke.isPending && revoke.variables === credential.id && 'Revoking'}
                    onClick={() => revoke.mutate(credential.id)}
                  >
                    Revoke
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </section>
  );
}
