import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { SectionHead } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/overlay.tsx';
import { Time } from '../../ui/time.tsx';
import { createPasskey, hasPasskeys } from './create-passkey.ts';
import { RecoveryCodes } from './recovery-codes.tsx';

/** What a local user signs in with. Whoever is signed in by an identity provider has none of it here. */
export function Factors() {
  const { api } = useSignedIn();
  const [removing, setRemoving] = useState<{ readonly id: string; readonly displayName: string }>();
  const query = useQuery({
    queryKey: ['account', 'factors'],
    queryFn: ({ signal }) => api.getMyFactors({}, { signal }),
  });
  const changes = [['account', 'factors']];
  const add = useAct({
    work: async () => {
      const { options } = await api.beginMyPasskey({});
      return api.addMyPasskey({ body: { answer: await createPasskey(options) } });
    },
    changes,
    told: () => ({ gate: 'open', text: 'The passkey is added' }),
  });
  const remove = useAct({
    work: (id: string) => api.removeMyPasskey({ id }),
    changes,
    told: () => ({ gate: 'ended', text: 'The passkey is removed' }),
    after: () => setRemoving(undefined),
  });
  // A person of an identity provider has no factors here; that is no failure.
  if (
    query.error !== null &&
    ['ERR_API_NOT_FOUND', 'ERR_API_FORBIDDEN'].includes(describeServerProblem(query.error).code ?? '')
  ) {
    return null;
  }
  return (
    <section>
      <SectionHead
        title="What you sign in with"
        actions={
          hasPasskeys() && (
            <Button size="small" busy={add.isPending && 'Adding'} onClick={() => add.mutate()}>
              Add a passkey
            </Button>
          )
        }
      />
      {add.error !== null && <ProblemNotice error={add.error} className="mx-6 mb-2" />}
      {remove.error !== null && <ProblemNotice error={remove.error} className="mx-6 mb-2" />}
      <Answered query={query} label="Reading what you sign in with">
        {({ passkeys, hasPassword, hasTotp, recoveryCodesLeft }) => (
          <ul className="border-t border-line">
            {passkeys.map((passkey) => (
              <li
                key={passkey.id}
                className="flex min-h-11 flex-wrap items-center gap-x-5 border-b border-line px-6 py-2 max-md:px-4"
              >
                <span className="min-w-[200px] flex-1">
                  <bdi className="font-medium">{passkey.displayName}</bdi>{' '}
                  <span className="text-ink-3">Passkey{passkey.isSynced && ', kept by an account'}</span>
                </span>
                <span className="text-second text-ink-2">
                  {passkey.lastUsedAt === undefined ? (
                    'never used'
                  ) : (
                    <>
                      used <Time at={passkey.lastUsedAt} />
                    </>
                  )}
                </span>
                <Button size="small" kind="danger" onClick={() => setRemoving(passkey)}>
                  Remove
                </Button>
              </li>
            ))}
            {hasPassword && (
              <li className="flex min-h-11 items-center border-b border-line px-6 max-md:px-4">
                <span className="flex-1 font-medium">Password</span>
                <span className="text-second text-ink-2">{hasTotp ? 'with a code app' : 'without a code app'}</span>
              </li>
            )}
            {hasTotp && <RecoveryCodes left={recoveryCodesLeft} />}
          </ul>
        )}
      </Answered>
      <Confirm
        open={removing !== undefined}
        onOpenChange={(isOpen) => !isOpen && setRemoving(undefined)}
        title={`Remove the passkey ${removing?.displayName ?? ''}?`}
        verb="Remove the passkey"
        busy={remove.isPending && 'Removing'}
        onConfirm={() => removing !== undefined && remove.mutate(removing.id)}
      >
        Nobody can sign in with it any more. Keep another way to sign in.
      </Confirm>
    </section>
  );
}
