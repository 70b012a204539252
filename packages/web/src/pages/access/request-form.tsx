import type { AccessRequestResource } from '@sallyport/core/api';
import { type FormEvent, useRef, useState } from 'react';
import type { AskedPlace } from '../../app/paths.ts';
import { SameAs } from '../../parts/command-line.tsx';
import { DurationField } from '../../parts/duration-field.tsx';
import { readDuration } from '../../parts/durations.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/choice.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { shortDuration } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import {
  commandOf,
  type DraftProblems,
  draftProblems,
  longestOf,
  type Requestable,
  type RequestDraft,
  requestOf,
} from './request-draft.ts';
import { slotProps } from './request-sentence.tsx';
import { RoleChoice } from './role-choice.tsx';
import { StartField } from './start-field.tsx';
import type { TypedDraft } from './use-request-draft.ts';
import { useSendRequest } from './use-send-request.ts';

/** What {@link RequestForm} works with. */
export interface RequestFormProps {
  /** As the address has it: its role may be one that can't be asked for. */
  readonly place: AskedPlace;
  readonly draft: RequestDraft;
  /** What may be asked for there. */
  readonly choices: readonly Requestable[];
  readonly onChange: (changes: Partial<TypedDraft>) => void;
  readonly onChoose: (choice: Requestable) => void;
  readonly onObject: (object: string) => void;
  readonly onSent: (request: AccessRequestResource) => void;
}

const ANY_TIME_MS = 3_600_000;

/** Which role, for how long, from when and why; sends the request, or takes the role at once where that may be. */
export function RequestForm(props: RequestFormProps) {
  const { place, draft, choices, onChange, onChoose, onObject, onSent } = props;
  const { choice, duration, isEmergency } = draft;
  const [problems, setProblems] = useState<DraftProblems>({});
  const { send, isBusy, refusal } = useSendRequest(onSent);
  const now = useNow();
  const form = useRef<HTMLFormElement>(null);

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = draftProblems(draft, now);
    setProblems(found);
    if (Object.keys(found).length === 0 && choice !== undefined) return void send(requestOf({ ...draft, choice }));
    // After the problems are on the page: they mark the controls.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  }

  if (choices.length === 0) return <NothingToAskFor place={place} />;
  const isUnknown = place.role !== '' && !choices.some(({ role }) => role === place.role);
  const ticketPattern = choice?.ticketPattern;
  return (
    <form className="flex flex-col gap-5" ref={form} onSubmit={submit} noValidate aria-label="Request">
      {isUnknown && (
        <Notice>
          Role <bdi>{place.role}</bdi> can’t be asked for there. These can:
        </Notice>
      )}
      <div {...slotProps('role')}>
        <RoleChoice choices={choices} chosen={choice} problem={problems.choice} onChoose={onChoose} />
      </div>
      {choice?.breakGlass !== undefined && (
        <Emergency
          isOn={isEmergency}
          maxMs={longestOf(choice, true)}
          onChange={(on) => onChange({ isEmergency: on, duration: '' })}
        />
      )}
      <div className="flex flex-wrap gap-x-8 gap-y-5">
        <div {...slotProps('duration')}>
          <DurationField
            label="For how long?"
            value={duration}
            maxMs={choice === undefined ? ANY_TIME_MS : longestOf(choice, isEmergency)}
            problem={problems.duration}
            onChange={(next) => onChange({ duration: next })}
          />
        </div>
        {!isEmergency && (
          <div {...slotProps('start')}>
            <StartField value={draft.start} problem={problems.start} onChange={(start) => onChange({ start })} />
          </div>
        )}
      </div>
      <div {...slotProps('reason')}>
        <Field label="Why?" problem={problems.reason} hint="Whoever decides reads this, and it stays in the audit.">
          {(control) => (
            <TextArea
              {...control}
              rows={3}
              maxLength={1_024}
              value={draft.reason}
              onChange={({ target }) => onChange({ reason: target.value })}
            />
          )}
        </Field>
      </div>
      <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
        <Field
          label={ticketPattern === undefined ? 'Ticket (optional)' : 'Ticket'}
          problem={problems.ticket}
          hint={
            ticketPattern !== undefined && (
              <>
                In the form <code>{ticketPattern}</code>.
              </>
            )
          }
        >
          {(control) => (
            <Input
              {...control}
              mono
              maxLength={128}
              value={draft.ticket}
              onChange={({ target }) => onChange({ ticket: target.value })}
            />
          )}
        </Field>
        <div {...slotProps('object')}>
          <Field
            label="Only one object (optional)"
            problem={problems.object}
            hint="For example pods/web-0. Lists are not covered."
          >
            {(control) => (
              <Input
                {...control}
                mono
                maxLength={512}
                value={draft.object}
                onChange={({ target }) => onObject(target.value)}
              />
            )}
          </Field>
        </div>
        {!isEmergency && (
          <Field
            label="Tell in particular (optional)"
            hint="User names, with commas between. Others who may review are told as well."
          >
            {(control) => (
              <Input
                {...control}
                maxLength={1_024}
                value={draft.reviewers}
                onChange={({ target }) => onChange({ reviewers: target.value })}
              />
            )}
          </Field>
        )}
      </div>
      {problems.cluster !== undefined && <p className="text-second text-danger">{problems.cluster}</p>}
      {refusal !== undefined && <ProblemNotice error={refusal} />}
      <div>
        <Button type="submit" kind="primary" busy={isBusy && (isEmergency ? 'Taking' : 'Requesting')}>
          {requestLabel(draft)}
        </Button>
      </div>
      <SameAs command={commandOf(draft)} />
    </form>
  );
}

function Emergency({
  isOn,
  maxMs,
  onChange,
}: {
  readonly isOn: boolean;
  readonly maxMs: number;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <div className="flex flex-col gap-2">
      <Checkbox
        label={`It is an emergency: take it at once, for ${shortDuration(maxMs)} at most`}
        checked={isOn}
        onChange={onChange}
      />
      {isOn && (
        <Notice kind="warn" title="Nobody approves this before.">
          It opens as soon as you send it. It stands in the audit as critical, those who review are told now, and one of
          them reviews what you did.
        </Notice>
      )}
    </div>
  );
}

function NothingToAskFor({ place: { cluster, namespace } }: { readonly place: AskedPlace }) {
  return (
    <Empty title={`Nothing can be asked for ${cluster === '' ? 'here' : 'there'}`}>
      {cluster === '' ? (
        'No request policy lets you ask for a role.'
      ) : (
        <>
          No request policy lets you ask for a role on <bdi>{cluster}</bdi>
          {namespace !== '' && (
            <>
              {' '}
              in <bdi>{namespace}</bdi>
            </>
          )}
          . Check the names, or ask an administrator for a request policy.
        </>
      )}
    </Empty>
  );
}

function requestLabel({ choice, duration, isEmergency }: RequestDraft): string {
  const ms = readDuration(duration);
  if (choice === undefined || ms === undefined) return isEmergency ? 'Take access now' : 'Request access';
  const what = `${choice.role} for ${shortDuration(ms)}`;
  return isEmergency ? `Take ${what} now` : `Request ${what}`;
}
