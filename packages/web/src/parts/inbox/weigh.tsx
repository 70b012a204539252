import type { AccessRequestResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Check, Minus, TriangleAlert } from 'lucide-react';
import { useId } from 'react';
import { Avatar } from '../../ui/avatar.tsx';
import { Time } from '../../ui/time.tsx';
import { shortDuration } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { usePartsHost } from '../host.ts';
import { placeOf } from '../place-words.ts';
import { grantsQuery } from './queries.ts';
import { riskHints, similarGrants } from './risk-hints.ts';

const SIGNS = {
  against: { Icon: TriangleAlert, className: 'text-warn', word: 'Against' },
  for: { Icon: Check, className: 'text-accent', word: 'For' },
  neither: { Icon: Minus, className: 'text-ink-3', word: 'To know' },
} as const;
const MOST_SIMILAR = 5;

/** What to weigh before a verdict: what speaks against and for it, and how such requests went before. */
export function Weigh({ request }: { readonly request: AccessRequestResource }) {
  const { api, organization } = usePartsHost();
  const now = useNow();
  const ids = useId();
  const theirs = useQuery(grantsQuery(api, organization, { user: request.requester }));
  const ofRole = useQuery(grantsQuery(api, organization, { role: request.role }));
  // While it is not known yet, it is not said to be the first time.
  const hints = riskHints(request, { theirs: theirs.data?.items }, now);
  const similar = similarGrants(request, ofRole.data?.items ?? []).slice(0, MOST_SIMILAR);
  return (
    <>
      <section aria-labelledby={`${ids}weigh`}>
        <h3 id={`${ids}weigh`} className="border-b border-line pb-2 text-body font-semibold">
          What to weigh
        </h3>
        <ul>
          {hints.map(({ kind, fact, note }) => {
            const { Icon, className, word } = SIGNS[kind];
            return (
              <li key={fact} className="grid min-h-9 grid-cols-[24px_1fr_1fr] items-center border-b border-line py-1">
                <Icon size={14} strokeWidth={1.6} role="img" aria-label={word} className={className} />
                <span className="pr-4 font-medium">
                  <bdi>{fact}</bdi>
                </span>
                <span className="text-ink-2">
                  <bdi>{note}</bdi>
                </span>
              </li>
            );
          })}
        </ul>
      </section>
      {similar.length > 0 && (
        <section aria-labelledby={`${ids}similar`}>
          <h3 id={`${ids}similar`} className="border-b border-line pb-1.5 text-head text-ink-3">
            Similar grants
          </h3>
          <ul>
            {similar.map((grant) => (
              <li key={grant.id} className="flex min-h-9 flex-wrap items-center gap-x-5 border-b border-line py-1">
                <span className="flex w-[200px] items-center gap-2">
                  <Avatar name={grant.user} />
                  <bdi className="truncate">{grant.user}</bdi>
                </span>
                <span className="min-w-[140px] flex-1 text-ink-2">
                  {placeOf(grant.scope).in.join(', ') || 'all namespaces'},{' '}
                  {shortDuration((grant.endedAt ?? grant.endsAt).getTime() - grant.startsAt.getTime())}
                </span>
                <span className="text-second text-ink-3">
                  <Time at={grant.startsAt} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
