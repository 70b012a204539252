import type { AccessReviewResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { LIVE } from '../../api/live.ts';
import { may } from '../../app/capabilities.ts';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useTokens } from '../../app/use-tokens.ts';
import { Answered } from '../../parts/answer.tsx';
import { useLiveList } from '../../parts/use-live-list.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, NothingFound } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { FilterRow, isFiltered, NO_TOKENS, TokenBar, type TokenField } from '../../ui/token-bar.tsx';
import { NewReviewDialog } from './new-review-dialog.tsx';
import { RequestsPage } from './requests-page.tsx';

const FIELDS: readonly TokenField[] = [{ name: 'state', label: 'state', values: ['open', 'closed'] }];

/** Access reviews: whether standing access and grants are still needed. */
export function ReviewsPage() {
  const { api, organization, me } = useSignedIn();
  const router = useRouter();
  const [isStarting, setStarting] = useState(false);
  const [tokens, show] = useTokens(FIELDS);
  const state = tokens.filters['state'] as AccessReviewResource['state'] | undefined;
  const queryKey = ['access-reviews', organization, state];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      api.listAccessReviews({ organization, limit: 200, ...(state !== undefined && { state }) }, { signal }),
    ...LIVE,
  });
  const live = useLiveList(queryKey, query);
  const start = may(me, 'accessReviews.create') && (
    <Button onClick={() => setStarting(true)}>Start an access review</Button>
  );
  return (
    <RequestsPage
      tab="reviews"
      layout="fill"
      actions={start || undefined}
      filters={
        <FilterRow>
          <TokenBar fields={FIELDS} tokens={tokens} onChange={show} />
        </FilterRow>
      }
    >
      <Answered query={query} label="Reading access reviews">
        {({ items }) =>
          items.length === 0 && isFiltered(tokens) ? (
            <NothingFound what="access review" onClear={() => show(NO_TOKENS)} />
          ) : items.length === 0 ? (
            <Empty title="No access review">
              A review asks, for all access within a scope, whether it is still needed.
            </Empty>
          ) : (
            <Table
              label="Access reviews"
              live={live}
              rows={items}
              columns={COLUMNS}
              rowId={({ id }) => id}
              onOpen={({ id }) => void router.navigate({ href: paths.review(id) })}
              narrow={(review) => ({
                title: (
                  <span className="flex items-baseline gap-2.5">
                    <Gate state={gateOf(review)} />
                    <bdi>{review.name}</bdi>
                  </span>
                ),
                end: <Time at={review.closedAt ?? review.dueAt} />,
                second: progress(review),
              })}
            />
          )
        }
      </Answered>
      {isStarting && (
        <NewReviewDialog
          onClose={() => setStarting(false)}
          onStarted={({ id }) => void router.navigate({ href: paths.review(id) })}
        />
      )}
    </RequestsPage>
  );
}

const gateOf = ({ state, items }: AccessReviewResource) =>
  state === 'closed' ? 'ended' : items.pending === 0 ? 'open' : 'waiting';

function progress({ items, state }: AccessReviewResource): string {
  const total = items.pending + items.attested + items.removed + items.skipped;
  return state === 'open'
    ? `${total - items.pending} of ${total} answered`
    : `${items.attested} kept, ${items.removed} removed`;
}

const COLUMNS: readonly Column<AccessReviewResource>[] = [
  {
    id: 'name',
    header: 'Review',
    min: 220,
    sortBy: ({ name }) => name,
    cell: (review) => (
      <span className="flex items-baseline gap-2.5">
        <Gate state={gateOf(review)} />
        <bdi className="truncate font-medium">{review.name}</bdi>
      </span>
    ),
  },
  { id: 'progress', header: 'Answered', width: 160, cell: progress },
  {
    id: 'about',
    header: 'About',
    width: 110,
    priority: 2,
    cell: ({ about }) => (about === 'both' ? 'all access' : about),
  },
  { id: 'by', header: 'Started by', min: 160, priority: 3, cell: ({ createdBy }) => <bdi>{createdBy}</bdi> },
  {
    id: 'due',
    header: 'Closes',
    width: 120,
    priority: 1,
    sortBy: ({ dueAt }) => dueAt,
    cell: ({ dueAt, closedAt }) => <Time at={closedAt ?? dueAt} />,
  },
];
