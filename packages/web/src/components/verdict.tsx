import { formatDuration, parseDuration } from '@sallyport/core';
import type { AccessRequestResource, ApiClient } from '@sallyport/core/api';
import { useRef, useState } from 'react';
import { durationProblem, readDuration } from '../api/request-draft.ts';
import { describeServerProblem, type ServerProblem } from '../api/server-problem.ts';
import { shortDuration } from '../api/words.ts';
import { DurationField } from './duration-field.tsx';
import { Field } from './field.tsx';
import { ProblemNotice } from './problem-notice.tsx';

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
  const [refusal, setRefusal] = useState<ServerProblem>();
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
      const problem = describeServerProblem(error);
      setRefusal(problem);
      if (STALE.has(problem.code)) onStale();
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

  if (!may.review && !may.cancel) return refusal === undefined ? null : <ProblemNotice problem={refusal} />;
  return (
    <section className="verdict" aria-label="Decide">
      {refusal !== undefined && <ProblemNotice problem={refusal} />}
      {may.review && (
        <>
          <DurationField label="Time" value={duration} maxMs={askedMs} problem={timeProblem} onChange={setDuration} />
          <Field label="Reason" problem={reasonProblem} hint="Needed to deny.">
            {(control) => (
              <input
                {...control}
                ref={reasonField}
                className="input"
                maxLength={1_024}
                value={reason}
                onChange={({ target }) => setReason(target.value)}
              />
            )}
          </Field>
        </>
      )}
      <div className="actions">
        {may.review && (
          <>
            <button type="button" className="button primary" onClick={approve} aria-disabled={act !== undefined}>
              {act === 'approve' ? 'Approving' : `Approve ${ms === undefined ? '' : shortDuration(ms)}`.trim()}
            </button>
            <button type="button" className="button danger" onClick={deny} aria-disabled={act !== undefined}>
              {act === 'deny' ? 'Denying' : 'Deny'}
            </button>
          </>
        )}
        {may.cancel && (
          <button type="button" className="button danger" onClick={cancel} aria-disabled={act !== undefined}>
            {act === 'cancel' ? 'Cancelling' : 'Cancel request'}
          </button>
        )}
        {may.review && (
          <p className="binds">
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
