import type { AccessComparison } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import type { AnyDocument } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { Select } from '../../ui/select.tsx';

type Difference = AccessComparison['gained'][number];

const SPANS = [
  { value: '7d', label: '7 days' },
  { value: '14d', label: '14 days' },
  { value: '30d', label: '30 days' },
] as const;
const MOST = 20;

/** What was asked of clusters, decided again as if the documents were in force: who gains and who loses what. */
export function Replay({ documents }: { readonly documents: readonly AnyDocument[] }) {
  const { api, organization, me } = useSignedIn();
  const [since, setSince] = useState<(typeof SPANS)[number]['value']>('14d');
  const mayRead = may(me, 'audit.read');
  const query = useQuery({
    queryKey: ['replay', organization, JSON.stringify(documents), since],
    enabled: mayRead && documents.length > 0,
    // A replay reads much: it is the same until the documents change.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: async ({ signal }) => {
      const startedMs = performance.now();
      const resources = documents as never;
      const compared = await api.compareRecordedAccess({ organization, body: { resources, since } }, { signal });
      return { ...compared, tookMs: performance.now() - startedMs };
    },
  });
  return (
    <section aria-labelledby="replay" className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-2">
        <h2 id="replay" className="font-semibold">
          If this had been in force
        </h2>
        <Select label="How far back" value={since} options={SPANS} onChange={setSince} />
      </div>
      {!mayRead && <p className="text-note text-ink-2">Replaying takes the right to read the audit log.</p>}
      {mayRead && documents.length === 0 && (
        <p className="text-note text-ink-2">Change something, and it is replayed here.</p>
      )}
      {mayRead && documents.length > 0 && (
        <Answered query={query} label="Replaying requests">
          {(compared) => <Compared {...compared} />}
        </Answered>
      )}
    </section>
  );
}

const sum = (differences: readonly Difference[]) => differences.reduce((all, { count }) => all + count, 0);
const number = (value: number) => value.toLocaleString('en-GB');

function Compared({
  replayed,
  skipped,
  isComplete,
  gained,
  lost,
  tookMs,
}: AccessComparison & { readonly tookMs: number }) {
  return (
    <>
      <p className="text-note text-ink-2">
        Replayed <strong className="text-ink">{number(replayed)}</strong> requests in {(tookMs / 1_000).toFixed(1)} s
        {skipped > 0 && `; ${number(skipped)} of people and clusters that are gone left out`}
        {!isComplete && '; the rarest were left out, there are too many'}.
      </p>
      <dl className="grid grid-cols-3 divide-x divide-line border-y border-line text-note">
        <Figure value={replayed - sum(gained) - sum(lost)} word="same as now" />
        <Figure value={sum(gained)} word="newly allowed" sign="+" colour="text-accent" />
        <Figure value={sum(lost)} word="newly refused" sign="−" colour="text-danger" />
      </dl>
      <Differences title="Newly allowed" differences={gained} isGain />
      <Differences title="Newly refused" differences={lost} />
    </>
  );
}

function Figure({
  value,
  word,
  sign = '',
  colour = '',
}: {
  readonly value: number;
  readonly word: string;
  readonly sign?: string;
  readonly colour?: string;
}) {
  return (
    <div className="flex flex-col-reverse px-2 py-1.5 first:pl-0">
      <dt className="text-ink-2">{word}</dt>
      <dd className={`text-title font-semibold tabular-nums ${value === 0 ? 'text-ink-3' : colour}`}>
        {value === 0 ? '' : `${sign} `}
        {number(value)}
      </dd>
    </div>
  );
}

function Differences({
  title,
  differences,
  isGain = false,
}: {
  readonly title: string;
  readonly differences: readonly Difference[];
  readonly isGain?: boolean;
}) {
  if (differences.length === 0) return null;
  const Sign = isGain ? Plus : Minus;
  return (
    <section aria-label={title}>
      <h3 className="pb-1 font-semibold">
        {title} <span className={isGain ? 'text-accent' : 'text-danger'}>{number(sum(differences))}</span>
      </h3>
      <ul>
        {differences.slice(0, MOST).map(({ user, cluster, action, count, reason }) => (
          <li
            key={`${user} ${cluster} ${action}`}
            title={reason}
            className="flex items-center gap-2 border-b border-line py-1.5 text-note"
          >
            <Sign size={12} strokeWidth={1.6} aria-hidden="true" className={isGain ? 'text-accent' : 'text-danger'} />
            <span className="min-w-0 flex-1">
              <code className="block truncate">
                <bdi>{action}</bdi>
              </code>
              <span className="block truncate text-ink-3">
                <bdi>{user}</bdi> on <bdi>{cluster}</bdi>
              </span>
            </span>
            <span className="tabular-nums">{number(count)}</span>
          </li>
        ))}
      </ul>
      {differences.length > MOST && <p className="pt-1 text-second text-ink-3">and {differences.length - MOST} more</p>}
    </section>
  );
}
