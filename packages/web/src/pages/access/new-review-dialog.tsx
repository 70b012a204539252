import { isDnsLabel } from '@sallyport/core';
import type { AccessReviewResource } from '@sallyport/core/api';
import { useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { DurationField } from '../../parts/duration-field.tsx';
import { durationProblem } from '../../parts/durations.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/choice.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Dialog } from '../../ui/overlay.tsx';

const YEAR_MS = 365 * 86_400_000;

/** Starts an access review of the whole organization. */
export function NewReviewDialog({
  onClose,
  onStarted,
}: {
  readonly onClose: () => void;
  readonly onStarted: (review: AccessReviewResource) => void;
}) {
  const { api, organization } = useSignedIn();
  const [name, setName] = useState('');
  const [duration, setDuration] = useState('14d');
  const [removes, setRemoves] = useState(false);
  const [isChecked, setChecked] = useState(false);
  const nameProblem = isDnsLabel(name) ? undefined : 'Use lower-case letters, digits and hyphens, such as 2026-q4.';
  const timeProblem = durationProblem(duration, YEAR_MS);
  const act = useAct({
    work: () =>
      api.createAccessReview({
        organization,
        body: {
          name,
          scope: { kind: 'organization' },
          duration: duration.replaceAll(' ', ''),
          onUnanswered: removes ? 'remove' : 'keep',
        },
      }),
    changes: [['access-reviews']],
    after: onStarted,
  });
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title="Start an access review">
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (nameProblem === undefined && timeProblem === undefined && !act.isPending) act.mutate();
        }}
      >
        <p className="text-note text-ink-2">
          Asks whether each binding and grant of the organization is still needed. Whoever may take the access away
          answers.
        </p>
        <Field label="Name" problem={isChecked ? nameProblem : undefined}>
          {(control) => (
            <Input {...control} mono value={name} maxLength={63} onChange={({ target }) => setName(target.value)} />
          )}
        </Field>
        <DurationField
          label="Open for"
          value={duration}
          maxMs={30 * 86_400_000}
          problem={isChecked ? timeProblem : undefined}
          onChange={setDuration}
        />
        <Checkbox label="Remove what nobody answered" checked={removes} onChange={setRemoves} />
        {act.error !== null && <ProblemNotice error={act.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button kind="primary" type="submit" busy={act.isPending && 'Starting'}>
            Start the review
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
