import { formatDuration, parseDuration } from '@sallyport/core';
import type { AccessRequestResource, ApiClient } from '@sallyport/core/api';
import { useRef, useState } from 'react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { DurationField } from '../../parts/duration-field.tsx';
import { durationProblem, readDuration } from '../../parts/durations.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { shortDuration } from '../../ui/time-words.ts';

/** What {@link Verdict} works with. */
export interface VerdictProps {
  readonly api: Pick<ApiClient, 'reviewAccessRequest' | 'cancelAccessRequest'>;
  readonly organization: string;
  readonly request: AccessRequestResource;
  /** Gets the request as it is after the reader's own act. */
  readonly onDecided: (request: AccessRequestResource) => void;
  /** Called when the request is no longer what the reader saw. */
  readonly onStale: () => void;
}

type Act = 'approve' | 'deny' | 'cancel';

const STALE: ReadonlySet<string | undefined> = new Set(['ERR_API_CONTENT_CHANGED', 'ERR_API_CONFLICT']);

/** What the reader may do about a request now: approve it, for a shorter time too, deny it, or cancel it. */
export function Verdict({ api, organization, request, onDecided, onStale }: VerdictProps) {
  const { id, may, contentSha256 } = request;
  const askedMs = parseDuration(request.duration);
  const [duration, setDuration] = useState(formatDuration(askedMs));
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
  const ms = readDuration(duration);
  const timeProblem = durationProblem(duration, askedMs);

  function approve() {
    if (timeProblem !== undefined || ms === undefined) return;
    const body = {
      verdict: 'approve',
      contentSha256,
      ...said,
      ...(ms < askedMs && { duration: formatDuration(ms) }),
    } as const;
    void carryOut('approve', () => api.reviewAccessRequest({ organization, id, body }));
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

  if (!may.review && !may.cancel) return refusal === undefined ? null : <ProblemNotice error={refusal} />;
  return (
    <section className="flex flex-col gap-3 border-t border-line pt-4" aria-label="Decide">
      {refusal !== undefined && <ProblemNotice error={refusal} />}
      {may.review && (
        <>
          <DurationField label="Time" value={duration} maxMs={askedMs} problem={timeProblem} onChange={setDuration} />
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
      <div className="flex flex-wrap items-center gap-2">
        {may.review && (
          <>
            <Button kind="primary" onClick={approve} busy={act === 'approve' && 'Approving'}>
              {`Approve ${ms === undefined ? '' : shortDuration(ms)}`.trim()}
            </Button>
            <Button kind="danger" onClick={deny} busy={act === 'deny' && 'Denying'}>
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
          <p className="min-w-[200px] flex-1 text-second text-ink-3">
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
