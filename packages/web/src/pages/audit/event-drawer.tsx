import { type AuditEventResource, undoCommand } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock, CopyButton } from '../../ui/code.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Gate, type GateState } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { useNow } from '../../ui/use-now.ts';
import { changesOf } from './change-lines.ts';
import { detailText, type EventResult, reasonsOf, resultOf, sentenceOf } from './event-words.ts';
import { ProofSection } from './proof-section.tsx';
import { eventQuery, proofQuery } from './queries.ts';
import { secondTime } from './second-time.ts';

const HEADS: Readonly<Record<EventResult, { readonly gate: GateState; readonly word: string }>> = {
  allowed: { gate: 'open', word: 'Allowed' },
  refused: { gate: 'barred', word: 'Refused' },
  failed: { gate: 'closing', word: 'Failed' },
  cut: { gate: 'closing', word: 'Cut short' },
  running: { gate: 'open', word: 'Running' },
  noted: { gate: 'ended', word: 'Noted' },
};

/** One event: what it says, why it was decided so, what it changed, and whether that is proved. */
export function EventDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const source = useSignedIn();
  const query = useQuery(eventQuery(source, id));
  const { data: proof } = useQuery(proofQuery(source, id));
  const isForged = proof?.check.isProved === false;
  const event = query.data;
  const head = event === undefined ? undefined : HEADS[resultOf(event)];
  return (
    <Drawer
      tone={isForged ? 'danger' : 'plain'}
      onClose={onClose}
      actions={<CopyButton text={window.location.href} label="Copy the link to this event" />}
      title={
        isForged ? (
          <span className="inline-flex items-center gap-2 text-danger">
            <Gate state="barred" /> Proof failed
          </span>
        ) : (
          <span className="inline-flex min-w-0 items-center gap-2">
            {head !== undefined && <Gate state={head.gate} />}
            {head?.word ?? 'Event'} <code className="font-normal text-ink-2">{event?.code}</code>
          </span>
        )
      }
    >
      <Answered query={query} label="Reading the event">
        {(read) => <EventBody event={read} />}
      </Answered>
    </Drawer>
  );
}

function EventBody({ event }: { readonly event: AuditEventResource }) {
  const { me } = useSignedIn();
  const now = useNow();
  const [isJson, setJson] = useState(false);
  const { request, sourceAddress, details = {}, recordingId, change } = event;
  const reasons = reasonsOf(event);
  return (
    <>
      <p>
        {sentenceOf(event, me?.principal.id).map(({ text, isStrong }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: phrases stand in their order.
          <bdi key={index} className={isStrong ? 'font-semibold' : undefined}>
            {text}
          </bdi>
        ))}{' '}
        at <time dateTime={event.at.toISOString()}>{secondTime(event.at, now)}</time>.
      </p>
      <p className="text-note text-ink-3">
        {request?.userAgent !== undefined && <bdi>{request.userAgent.split(' ')[0]}</bdi>}
        {sourceAddress !== undefined && <> from {sourceAddress}</>}
      </p>
      {recordingId !== undefined && (
        <p className="pt-1">
          <Link className="link" href={paths.recording(recordingId)}>
            Play the recording
          </Link>
        </p>
      )}
      {reasons.length > 0 && (
        <section aria-labelledby="reasons" className="pt-5">
          <h3 id="reasons" className="pb-1 font-semibold">
            {event.decision?.effect === 'deny' ? 'Why it was refused' : 'Why it was allowed'}
          </h3>
          <ol className="flex flex-col gap-2">
            {reasons.map(({ text, note, id }, index) => (
              <li key={text} className="grid grid-cols-[20px_1fr]">
                <span className="text-ink-3 tabular-nums">{index + 1}</span>
                <span className="min-w-0">
                  <bdi>{text}</bdi>
                  {note !== undefined && (
                    <span className="block text-note text-ink-3">
                      <bdi>{note}</bdi>
                    </span>
                  )}
                  {id !== undefined && (
                    <Link
                      className="link block text-note"
                      href={id.startsWith('gnt_') ? paths.grants({ id }) : paths.request(id)}
                    >
                      {id.startsWith('gnt_') ? 'Show the grant' : 'Show the request'}
                    </Link>
                  )}
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {change !== undefined && <ChangeSection event={event} change={change} />}
      {Object.keys(details).length > 0 && (
        <section aria-labelledby="details" className="pt-5">
          <h3 id="details" className="pb-1 font-semibold">
            Details
          </h3>
          <dl className="grid grid-cols-[120px_1fr] gap-y-1 text-note">
            {Object.entries(details).map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="truncate text-ink-3">{name}</dt>
                <dd className="min-w-0 break-words">
                  <bdi>{detailText(value)}</bdi>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <ProofSection eventId={event.id} />
      <div className="flex flex-col gap-2 pt-4">
        <Button className="self-start" kind="ghost" aria-expanded={isJson} onClick={() => setJson(!isJson)}>
          {isJson ? 'Hide JSON' : 'Show as JSON'}
        </Button>
        {isJson && <CodeBlock text={JSON.stringify(event, null, 2)} label="event" />}
        <CommandLine command={`sallyport audit show ${event.id}`} />
      </div>
    </>
  );
}

function ChangeSection({
  event,
  change,
}: {
  readonly event: AuditEventResource;
  readonly change: NonNullable<AuditEventResource['change']>;
}) {
  const changes = changesOf(change);
  const undo = undoCommand(event);
  return (
    <section aria-labelledby="change" className="pt-5">
      <h3 id="change" className="pb-1 font-semibold">
        Change{' '}
        <span className="font-normal text-ink-3">
          {changes.length === 1 ? '1 field' : changes.length > 1 ? `${changes.length} fields` : change.omitted}
        </span>
      </h3>
      {changes.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys.
        <pre tabIndex={0} className="max-h-[320px] overflow-auto rounded-box border border-line bg-well p-2">
          {changes.map(({ path, removed, added }) => (
            <div key={path}>
              <div className="text-ink-3">{path === '' ? 'the object' : path}</div>
              {removed.map((line, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in their order.
                <div key={index} className="text-danger">
                  − {line}
                </div>
              ))}
              {added.map((line, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in their order.
                <div key={index} className="text-accent">
                  + {line}
                </div>
              ))}
            </div>
          ))}
        </pre>
      )}
      {undo !== undefined && (
        <div className="flex flex-col gap-1 pt-2">
          <p className="text-note text-ink-3">Takes it back. Look at it first: the object may have changed since.</p>
          <CommandLine command={undo} />
        </div>
      )}
    </section>
  );
}
