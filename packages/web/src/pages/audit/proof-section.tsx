import { useQuery } from '@tanstack/react-query';
import { BadgeCheck, CircleAlert, Download } from 'lucide-react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProofPath } from '../../parts/proof/proof-path.tsx';
import { saveText } from '../../parts/save-text.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { proofQuery } from './queries.ts';

/** Whether the event is in the log unchanged, as this browser finds it. */
export function ProofSection({ eventId }: { readonly eventId: string }) {
  const source = useSignedIn();
  const { data, error, isPending } = useQuery(proofQuery(source, eventId));
  return (
    <section aria-labelledby="proof" className="pt-5">
      <h3 id="proof" className="flex items-baseline gap-2 font-semibold">
        Proof
        <span role="status" className="font-normal">
          {isPending && <span className="text-note text-ink-3">checking</span>}
          {data?.check.isProved === true && (
            <span className="inline-flex items-center gap-1 text-note text-accent">
              <BadgeCheck size={14} strokeWidth={1.6} aria-hidden="true" />
              Checked in this browser, {Math.max(1, Math.round(data.tookMs))} ms
            </span>
          )}
          {data?.check.isProved === false && (
            <span className="inline-flex items-center gap-1 text-note text-danger">
              <CircleAlert size={14} strokeWidth={1.6} aria-hidden="true" />
              Failed
            </span>
          )}
        </span>
      </h3>
      {error !== null && <NoProof error={error} />}
      {data !== undefined && (
        <>
          {data.check.isProved ? (
            <ProofPath path={data.check.path} rootLabel={`root over ${count(data.inclusion.size)} events, signed`} />
          ) : (
            <Notice kind="danger" role="alert" className="my-2" title="This event is not proved.">
              <bdi>{sentence(data.check.message)}</bdi> Keep what you see, and have the whole log verified with keys
              that were kept elsewhere.
            </Notice>
          )}
          <dl className="grid grid-cols-[88px_1fr] gap-y-1 pt-1 text-note">
            <dt className="text-ink-3">Leaf</dt>
            <dd className="tabular-nums">
              {count(data.inclusion.index + 1)} of {count(data.inclusion.size)}
            </dd>
            <dt className="text-ink-3">Leaf hash</dt>
            <dd>
              <code title={data.inclusion.leaf}>
                {data.inclusion.leaf.slice(0, 4)} {data.inclusion.leaf.slice(4, 8)} … {data.inclusion.leaf.slice(-4)}
              </code>
            </dd>
            {data.check.isProved && (
              <>
                <dt className="text-ink-3">Signed by</dt>
                <dd>
                  <code>
                    <bdi>{data.check.signedBy}</bdi>
                  </code>
                </dd>
              </>
            )}
          </dl>
          <div className="flex flex-col gap-2 pt-3">
            <Button
              className="self-start"
              icon={<Download size={14} strokeWidth={1.6} aria-hidden="true" />}
              onClick={() =>
                saveText([JSON.stringify(data.inclusion, null, 2)], `${eventId}.proof.json`, 'application/json')
              }
            >
              Download proof
            </Button>
            {/* The keys of the same server show that it agrees with itself; the command takes others. */}
            <CommandLine command="sallyport audit verify" />
          </div>
        </>
      )}
    </section>
  );
}

function NoProof({ error }: { readonly error: unknown }) {
  const { sentence: text, nextStep, code } = describeServerProblem(error);
  return (
    <p className="pt-1 text-note text-ink-2">
      <bdi>{text}</bdi> {nextStep} {code !== undefined && <code className="text-ink-3">{code}</code>}
    </p>
  );
}

const count = (value: number) => value.toLocaleString('en-GB');
const sentence = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
