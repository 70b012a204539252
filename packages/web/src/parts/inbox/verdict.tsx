import { formatDuration, parseDuration } from '@sallyport/core';
import type { AccessRequestResource, ApiClient } from '@sallyport/core/api';
import { useEffect, useRef, useState } from 'react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { areLettersOn, isTyping } from '../../ui/letter-keys.ts';
import { shortDuration } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { WindowSlider } from '../../ui/window-slider.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { FollowUpForm } from './follow-up.tsx';
import { NarrowerOfferChoice } from './narrower-offer.tsx';
import type { NarrowerOffer } from './narrower-offers.ts';

/** What {@link Verdict} works with. */
export interface VerdictProps {
  readonly api: Pick<ApiClient, 'reviewAccessRequest' | 'cancelAccessRequest'>;
  readonly organization: string;
  readonly request: AccessRequestResource;
  /** Gets the request as it is after the reader's own act. */
  readonly onDecided: (request: AccessRequestResource) => void;
  /** Called when the request is no longer what the reader saw. */
  readonly onStale: () => void;
  /** Whether A approves and D denies, where the page is about this request alone. */
  readonly hasKeys?: boolean;
}

type Act = 'approve' | 'deny' | 'cancel';

const STALE: ReadonlySet<string | undefined> = new Set(['ERR_API_CONTENT_CHANGED', 'ERR_API_CONFLICT']);

/** What the reader may do about a request now: approve it, for a shorter time too, deny it, cancel it, or review a use afterwards. */
export function Verdict({ api, organization, request, onDecided, onStale, hasKeys = false }: VerdictProps) {
  const { id, may, contentSha256 } = request;
  const askedMs = parseDuration(request.duration);
  const now = useNow();
  const [ms, setMs] = useState(askedMs);
  const [reason, setReason] = useState('');
  const [reasonProblem, setReasonProblem] = useState<string>();
  const [refusal, setRefusal] = useState<unknown>();
  const [act, setAct] = useState<Act>();
  const reasonField = useRef<HTMLInputElement>(null);

  async function carryOut(chosen: Act, work: () => Promise<AccessRequestResource>) {
    if (act !== undefined) return;
    setAct(chosen);
    setRefusal(undefined);
    setReasonProblem(undefined);
    try {
      onDecided(await work());
    } catch (error) {
      setRefusal(error);
      if (STALE.has(describeServerProblem(error).code)) onStale();
    }
    setAct(undefined);
  }

  const said = reason.trim() === '' ? {} : { reason: reason.trim() };

  function approve() {
    const body = {
      verdict: 'approve',
      contentSha256,
      ...said,
      ...(ms < askedMs && { duration: formatDuration(ms) }),
    } as const;
    void carryOut('approve', () => api.reviewAccessRequest({ organization, id, body }));
  }

  /** A shorter time is set; anything else is what the words of a denial name. */
  function take({ ms: shorter, words }: NarrowerOffer) {
    if (shorter !== undefined) setMs(shorter);
    if (words === undefined) return;
    setReason(words);
    reasonField.current?.focus();
  }

  function deny() {
    if (said.reason === undefined) {
      setReasonProblem('Say why; a denial needs words.');
      reasonField.current?.focus();
      return;
    }
    const body = { verdict: 'deny', ...said } as const;
    void carryOut('deny', () => api.reviewAccessRequest({ organization, id, body }));
  }

  const cancel = () => void carryOut('cancel', () => api.cancelAccessRequest({ organization, id, body: {} }));
  useVerdictKeys(hasKeys && may.review, { approve, deny });

  if (may.followUp) return <FollowUpForm request={request} onDecided={onDecided} />;
  if (!may.review && !may.cancel) {
    return refusal === undefined || refusal === null ? null : <ProblemNotice error={refusal} />;
  }
  return (
    <section aria-label="Decide" className="flex flex-col gap-3 border-t border-line pt-4">
      {refusal !== undefined && refusal !== null && <ProblemNotice error={refusal} />}
      {may.review && (
        <>
          <WindowSlider
            label="Time"
            value={ms}
            max={askedMs}
            from={request.startsAt !== undefined && request.startsAt > now ? request.startsAt : now}
            now={now}
            onChange={setMs}
          />
          <NarrowerOfferChoice request={request} onTake={take} />
          <Field label="Reason" problem={reasonProblem} hint="Needed to deny.">
            {(control) => (
              <Input
                {...control}
                ref={reasonField}
                maxLength={1_024}
                value={reason}
                onChange={({ target }) => setReason(target.value)}
              />
            )}
          </Field>
        </>
      )}
      <div className="flex flex-wrap items-center gap-2 max-md:sticky max-md:bottom-0 max-md:-mx-4 max-md:border-t max-md:border-line max-md:bg-surface max-md:px-4 max-md:py-2">
        {may.review && (
          <>
            <Button
              kind="primary"
              onClick={approve}
              busy={act === 'approve' && 'Approving'}
              {...(hasKeys && { keyCap: 'A', 'aria-keyshortcuts': 'A' })}
            >
              {`Approve ${shortDuration(ms)}`}
            </Button>
            <Button
              kind="danger"
              onClick={deny}
              busy={act === 'deny' && 'Denying'}
              {...(hasKeys && { keyCap: 'D', 'aria-keyshortcuts': 'D' })}
            >
              Deny
            </Button>
          </>
        )}
        {may.cancel && (
          <Button kind="danger" onClick={cancel} busy={act === 'cancel' && 'Cancelling'}>
            Cancel request
          </Button>
        )}
        {may.review && (
          <p className="min-w-[200px] flex-1 text-second text-ink-3 max-md:basis-full">
            An approval binds to{' '}
            <code title={contentSha256}>
              sha256:{contentSha256.slice(0, 8)}…{contentSha256.slice(-4)}
            </code>
            : what stands here, and what role and policy say now.
          </p>
        )}
      </div>
    </section>
  );
}

/** A approves and D denies, outside of fields and overlays, and unless single letters are switched off. */
function useVerdictKeys(isOn: boolean, acts: { readonly approve: () => void; readonly deny: () => void }): void {
  const latest = useRef(acts);
  useEffect(() => {
    latest.current = acts;
  });
  useEffect(() => {
    if (!isOn) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const isPlain = !(event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented || event.repeat);
      if (!isPlain || isTyping(event.target) || !areLettersOn()) return;
      if (event.key === 'a') latest.current.approve();
      else if (event.key === 'd') latest.current.deny();
      else return;
      event.preventDefault();
    };
    // Chords such as G A come first: they prevent the default.
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [isOn]);
}
