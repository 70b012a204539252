import type { SessionResource } from '@sallyport/core/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { isOwnSession } from '../../parts/recordings/own-session.ts';
import { shellWord } from '../../parts/shell-word.ts';
import { Field, Input } from '../../ui/field.tsx';
import { Confirm } from '../../ui/overlay.tsx';
import { useToast } from '../../ui/toast.tsx';

const MAX_REASON_CHARACTERS = 256;

/** Asks why, and ends a session that runs: one's own, or somebody else's by permission. */
export function EndSession({ session, onClose }: { readonly session: SessionResource; readonly onClose: () => void }) {
  const { api, organization, me } = useSignedIn();
  const queries = useQueryClient();
  const tell = useToast();
  const [reason, setReason] = useState('');
  const isOwn = isOwnSession(me, session);
  const whose = isOwn ? 'your session' : `${session.user}’s session`;
  const end = useMutation({
    mutationFn: () => {
      const { id } = session;
      const body = { reason: reason.trim() };
      return isOwn ? api.terminateMySession({ id, body }) : api.terminateSession({ organization, id, body });
    },
    async onSuccess() {
      onClose();
      tell({ gate: 'ended', text: `Ended ${whose} in ${session.pod}` });
      await queries.invalidateQueries({ queryKey: ['recordings'] });
    },
  });
  return (
    <Confirm
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={
        <>
          End <bdi>{whose}</bdi> in <bdi>{session.pod}</bdi>?
        </>
      }
      verb="End session"
      busy={end.isPending && 'Ending'}
      disabledReason={reason.trim() === '' ? 'Say why.' : undefined}
      onConfirm={() => end.mutate()}
    >
      <div className="flex flex-col gap-3">
        <p>The terminal closes at once, and whoever is in it is told the reason. What they hold stays open.</p>
        <Field label="Reason">
          {(control) => (
            <Input
              {...control}
              value={reason}
              maxLength={MAX_REASON_CHARACTERS}
              onChange={({ target }) => setReason(target.value)}
            />
          )}
        </Field>
        {end.error !== null && <ProblemNotice error={end.error} />}
        <CommandLine
          command={`sallyport sessions terminate ${session.id} --reason ${shellWord(reason.trim() || 'not agreed upon')}`}
        />
      </div>
    </Confirm>
  );
}
