import type { GrantResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { occurringIn, useTokens } from '../../app/use-tokens.ts';
import { AccessPhrase } from '../../parts/access-sentence.tsx';
import { Answered } from '../../parts/answer.tsx';
import { gateOfGrant, remainingOf } from '../../parts/grant-words.ts';
import { grantsQuery } from '../../parts/inbox/queries.ts';
import { useLiveList } from '../../parts/use-live-list.ts';
import { Segmented } from '../../ui/choice.tsx';
import { Empty, NothingFound } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { FilterRow, isFiltered, NO_TOKENS, TokenBar, type TokenField } from '../../ui/token-bar.tsx';
import { useColumnChoice } from '../../ui/use-column-choice.tsx';
import { useNow } from '../../ui/use-now.ts';
import { WindowTrack } from '../../ui/window-track.tsx';
import { GrantDrawer } from './grant-drawer.tsx';
import { RequestsPage } from './requests-page.tsx';

const FIELDS: readonly TokenField[] = [
  { name: 'user', label: 'user' },
  { name: 'role', label: 'role' },
];
const STATES = { open: 'active,scheduled', ended: 'expired,revoked' } as const;

/** Grants: the reader's own and those of others that they may see, each in a drawer of its own. */
export function GrantsPage() {
  const { api, organization, session } = useSignedIn();
  const now = useNow();
  const [search, change] = useSearch();
  const state = search['state'] === 'ended' ? 'ended' : 'open';
  const [tokens, show] = useTokens(FIELDS);
  const id = search['id'];
  const options = grantsQuery(api, organization, { state: STATES[state], ...tokens.filters });
  const query = useQuery(options);
  const live = useLiveList(options.queryKey, query);
  const items = query.data?.items ?? [];
  const others = items.filter(({ user }) => user !== session.principal.userName);
  const columns: readonly Column<GrantResource>[] = [
    {
      id: 'access',
      header: 'Access',
      min: 260,
      sortBy: ({ role }) => role,
      cell: (grant) => (
        <span className="flex items-baseline gap-2.5">
          <Gate state={gateOfGrant(grant, now)} />
          <span className="truncate">
            <AccessPhrase role={grant.role} scope={grant.scope} />
          </span>
        </span>
      ),
    },
    { id: 'user', header: 'Who', width: 190, sortBy: ({ user }) => user, cell: ({ user }) => <bdi>{user}</bdi> },
    { id: 'reason', header: 'Reason', min: 160, priority: 3, cell: ({ reason }) => <bdi>{reason}</bdi> },
    {
      id: 'window',
      header: 'Window',
      width: 130,
      priority: 2,
      cell: ({ startsAt, endsAt }) => <WindowTrack startsAt={startsAt} endsAt={endsAt} />,
    },
    {
      id: 'ends',
      header: 'Ends',
      width: 100,
      priority: 1,
      sortBy: ({ endsAt }) => endsAt,
      cell: ({ endsAt }) => <Time at={endsAt} />,
    },
    {
      id: 'left',
      header: 'Left',
      width: 110,
      align: 'right',
      sortBy: ({ endsAt }) => endsAt,
      cell: (grant) => remainingOf(grant, now),
    },
  ];
  const [shown, columnMenu] = useColumnChoice('grants', columns);
  return (
    <RequestsPage
      tab="grants"
      layout="fill"
      filters={
        <FilterRow>
          <Segmented
            label="State"
            value={state}
            options={[
              { value: 'open', label: 'Open' },
              { value: 'ended', label: 'Ended' },
            ]}
            onChange={(next) => change({ state: next === 'open' ? '' : next, id: '' })}
          />
          <TokenBar
            fields={FIELDS}
            tokens={tokens}
            onChange={show}
            values={{
              user: [{ value: session.principal.userName }, ...occurringIn(others, ({ user }) => user)],
              role: occurringIn(items, ({ role }) => role),
            }}
            source="of the grants that are listed"
          />
          {columnMenu}
        </FilterRow>
      }
      drawer={id !== undefined && <GrantDrawer key={id} id={id} onClose={() => change({ id: '' })} />}
    >
      <Answered query={query} label="Reading grants">
        {({ items }) =>
          items.length === 0 && isFiltered(tokens) ? (
            <NothingFound what="grant" onClear={() => show(NO_TOKENS)} />
          ) : items.length === 0 ? (
            <Empty title={state === 'open' ? 'No grant is open' : 'No grant has ended yet'}>
              A grant is a role for a while, usually from an approved request.
            </Empty>
          ) : (
            <Table
              label="Grants"
              isVirtual
              live={live}
              rows={items}
              columns={shown}
              rowId={(grant) => grant.id}
              openId={id}
              onOpen={(grant) => change({ id: grant.id })}
              narrow={(grant) => ({
                title: (
                  <span className="flex items-baseline gap-2.5">
                    <Gate state={gateOfGrant(grant, now)} />
                    <AccessPhrase role={grant.role} scope={grant.scope} />
                  </span>
                ),
                end: remainingOf(grant, now),
                second: <bdi>{grant.user}</bdi>,
              })}
            />
          )
        }
      </Answered>
    </RequestsPage>
  );
}
