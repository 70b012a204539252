import type { AccessRequestResource } from '@sallyport/core/api';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Time } from '../../ui/time.tsx';
import { usePartsHost } from '../host.ts';
import { ProblemNotice } from '../problem-notice.tsx';
import { useAct } from '../use-act.ts';

/** The review after a break-glass use: was it justified? It needs words in either case. */
export function FollowUpForm({
  request,
  onDecided,
}: {
  readonly request: AccessRequestResource;
  readonly onDecided: (request: AccessRequestResource) => void;
}) {
  const { api, organization } = usePartsHost();
  const [reason, setReason] = useState('');
  const [isChecked, setChecked] = useState(false);
  const act = useAct({
    work: (verdict: 'justified' | 'unjustified') =>
      api.followUpAccessRequest({ organization, id: request.id, body: { verdict, reason: reason.trim() } }),
    changes: [['access'], ['me']],
    after: onDecided,
  });
  const decide = (verdict: 'justified' | 'unjustified') => {
    setChecked(true);
    if (reason.trim() !== '' && !act.isPending) act.mutate(verdict);
  };
  return (
    <section aria-label="Review the use" className="flex flex-col gap-3 border-t border-line pt-4">
      <p className="text-ink-2">
        Taken without an approval. Say what the review came to
        {request.followUp !== undefined && (
          <>
            , until <Time at={request.followUp.dueAt} />
          </>
        )}
        . The audit shows what was done.
      </p>
      <Field
        label="What did it come to?"
        problem={isChecked && reason.trim() === '' ? 'Say why, in either case.' : undefined}
      >
        {(control) => (
          <Input {...control} value={reason} maxLength={1_024} onChange={({ target }) => setReason(target.value)} />
        )}
      </Field>
      {act.error !== null && <ProblemNotice error={act.error} />}
      <div className="flex flex-wrap gap-2">
        <Button
          kind="primary"
          busy={act.isPending && act.variables === 'justified' && 'Saving'}
          onClick={() => decide('justified')}
        >
          It was justified
        </Button>
        <Button
          kind="danger"
          busy={act.isPending && act.variables === 'unjustified' && 'Saving'}
          onClick={() => decide('unjustified')}
        >
          It was not justified
        </Button>
      </div>
    </section>
  );
}
