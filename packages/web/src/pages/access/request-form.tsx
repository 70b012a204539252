import { formatDuration } from '@sallyport/core';
import type { AccessRequestResource, ApiClient } from '@sallyport/core/api';
import { type FormEvent, useRef, useState } from 'react';
import type { AskedPlace } from '../../app/paths.ts';
import { AccessSentence } from '../../parts/access-sentence.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { DurationField } from '../../parts/duration-field.tsx';
import { readDuration } from '../../parts/durations.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { shortDuration } from '../../ui/time-words.ts';
import {
  commandOf,
  type DraftProblems,
  draftProblems,
  longestOf,
  type Requestable,
  type RequestDraft,
  requestOf,
} from './request-draft.ts';
import { RoleChoice } from './role-choice.tsx';

/** What {@link RequestForm} works with. */
export interface RequestFormProps {
  readonly api: Pick<ApiClient, 'createAccessRequest'>;
  readonly organization: string;
  readonly place: AskedPlace;
  /** What may be asked for there. */
  readonly choices: readonly Requestable[];
  /** Which role is chosen by now, for what stands beside the form. */
  readonly onChoose: (role: string) => void;
  readonly onSent: (request: AccessRequestResource) => void;
}

const USUAL_MS = 3_600_000;

/** Which role, for how long and why; sends the request. */
export function RequestForm({ api, organization, place, choices, onChoose, onSent }: RequestFormProps) {
  const [choice, setChoice] = useState(() => firstChoice(choices, place.role));
  const [duration, setDuration] = useState(() => usualTime(choice));
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [problems, setProblems] = useState<DraftProblems>({});
  const [refusal, setRefusal] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const lastSent = useRef({ text: '', idempotencyKey: '' });

  const { cluster, namespace } = place;
  const draft: RequestDraft = { cluster, namespace, choice, duration, reason, ticket };

  function choose(chosen: Requestable) {
    if (readDuration(duration) === undefined || (readDuration(duration) ?? 0) > longestOf(chosen)) {
      setDuration(usualTime(chosen));
    }
    setChoice(chosen);
    onChoose(chosen.role);
  }

  async function send(event: FormEvent) {
    event.preventDefault();
    if (isBusy) return;
    const found = draftProblems(draft);
    setProblems(found);
    setRefusal(undefined);
    if (Object.keys(found).length > 0 || draft.choice === undefined) return focusFirstProblem();
    setBusy(true);
    try {
      const body = requestOf({ ...draft, choice: draft.choice });
      // The same content is one request, however often it is sent.
      const text = JSON.stringify(body);
      if (lastSent.current.text !== text) lastSent.current = { text, idempotencyKey: crypto.randomUUID() };
      const { idempotencyKey } = lastSent.current;
      onSent(await api.createAccessRequest({ organization, body }, { idempotencyKey }));
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  }

  function focusFirstProblem() {
    // After the problems are on the page: they mark the controls.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  }

  if (choices.length === 0) return <NothingToAskFor place={place} />;
  const isUnknown = place.role !== '' && !choices.some(({ role }) => role === place.role);
  const ms = readDuration(duration);
  return (
    <form className="flex flex-col gap-5" ref={form} onSubmit={send} noValidate aria-label="Request">
      <p className="text-sentence text-ink-2">
        <AccessSentence
          role={choice?.role ?? ''}
          scope={{
            kind: 'clusters',
            clusters: [cluster],
            ...(namespace !== '' && { namespaces: { names: [namespace] } }),
          }}
          durationMs={ms}
        >
          I need
        </AccessSentence>
        .
      </p>
      {isUnknown && (
        <Notice>
          Role <bdi>{place.role}</bdi> can’t be asked for there. These can:
        </Notice>
      )}
      <RoleChoice choices={choices} chosen={choice} problem={problems.choice} onChoose={choose} />
      <DurationField
        label="For how long?"
        value={duration}
        maxMs={choice === undefined ? USUAL_MS : longestOf(choice)}
        problem={problems.duration}
        onChange={setDuration}
      />
      <Field label="Why?" problem={problems.reason} hint="Whoever decides reads this, and it stays in the audit.">
        {(control) => (
          <TextArea
            {...control}
            rows={3}
            maxLength={1_024}
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
        )}
      </Field>
      <Field
        label={choice?.ticketPattern === undefined ? 'Ticket (optional)' : 'Ticket'}
        problem={problems.ticket}
        hint={
          choice?.ticketPattern !== undefined && (
            <>
              In the form <code>{choice.ticketPattern}</code>.
            </>
          )
        }
      >
        {(control) => (
          <Input
            {...control}
            className="max-w-[240px]"
            mono
            maxLength={128}
            value={ticket}
            onChange={({ target }) => setTicket(target.value)}
          />
        )}
      </Field>
      {problems.cluster !== undefined && <p className="text-second text-danger">{problems.cluster}</p>}
      {refusal !== undefined && <ProblemNotice error={refusal} />}
      <div>
        <Button type="submit" kind="primary" busy={isBusy && 'Requesting'}>
          {requestLabel(choice, ms)}
        </Button>
      </div>
      <SameAs command={commandOf(draft)} />
    </form>
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

function firstChoice(choices: readonly Requestable[], role: string): Requestable | undefined {
  return choices.find((choice) => choice.role === role) ?? (choices.length === 1 ? choices[0] : undefined);
}

function usualTime(choice: Requestable | undefined): string {
  return formatDuration(Math.min(USUAL_MS, choice === undefined ? USUAL_MS : longestOf(choice)));
}

function requestLabel(choice: Requestable | undefined, ms: number | undefined): string {
  if (choice === undefined || ms === undefined) return 'Request access';
  return `Request ${choice.role} for ${shortDuration(ms)}`;
}
