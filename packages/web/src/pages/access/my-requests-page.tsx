import { parseDuration } from '@sallyport/core';
import { ACCESS_REQUEST_STATES, type AccessRequestResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { occurringIn, useTokens } from '../../app/use-tokens.ts';
import { AccessPhrase } from '../../parts/access-sentence.tsx';
import { Answered } from '../../parts/answer.tsx';
import { requestsQuery } from '../../parts/inbox/queries.ts';
import { gateOfRequest, stateWords } from '../../parts/request-words.ts';
import { useLiveList } from '../../parts/use-live-list.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Empty, NothingFound } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { FilterRow, isFiltered, NO_TOKENS, TokenBar, type TokenField } from '../../ui/token-bar.tsx';
import { useColumnChoice } from '../../ui/use-column-choice.tsx';
import { RequestsPage } from './requests-page.tsx';

const FIELDS: readonly TokenField[] = [
  { name: 'state', label: 'state', isMultiple: true, values: ACCESS_REQUEST_STATES },
  { name: 'role', label: 'role' },
];

/** The reader's own requests, the newest first. */
export function MyRequestsPage() {
  const { api, organization } = useSignedIn();
  const router = useRouter();
  const [tokens, show] = useTokens(FIELDS);
  const [columns, columnMenu] = useColumnChoice('my-requests', COLUMNS);
  const options = requestsQuery(api, organization, { view: 'mine', limit: 500, ...tokens.filters });
  const query = useQuery(options);
  const live = useLiveList(options.queryKey, query);
  return (
    <RequestsPage
      tab="mine"
      layout="fill"
      filters={
        <FilterRow>
          <TokenBar
            fields={FIELDS}
            tokens={tokens}
            onChange={show}
            values={{ role: occurringIn(query.data?.items ?? [], ({ role }) => role) }}
            source="of the requests that are listed"
          />
          {columnMenu}
        </FilterRow>
      }
    >
      <Answered query={query} label="Reading your requests">
        {({ items }) =>
          items.length === 0 && isFiltered(tokens) ? (
            <NothingFound what="request" onClear={() => show(NO_TOKENS)} />
          ) : items.length === 0 ? (
            <Empty
              title="You have asked for nothing yet"
              action={
                <LinkButton kind="primary" href={paths.newRequest()}>
                  Request access
                </LinkButton>
              }
            >
              Requests of yours stand here, with who decided and why.
            </Empty>
          ) : (
            <Table
              label="My requests"
              isVirtual
              live={live}
              rows={items}
              columns={columns}
              rowId={({ id }) => id}
              onOpen={({ id }) => void router.navigate({ href: paths.request(id) })}
              narrow={(request) => ({
                title: (
                  <span className="flex items-baseline gap-2.5">
                    <Gate state={gateOfRequest(request)} />
                    <Phrase request={request} />
                  </span>
                ),
                end: <Time at={request.createdAt} />,
                second: <bdi>{stateWords(request)}</bdi>,
              })}
            />
          )
        }
      </Answered>
    </RequestsPage>
  );
}

const Phrase = ({ request }: { readonly request: AccessRequestResource }) => (
  <AccessPhrase role={request.role} scope={request.scope} durationMs={parseDuration(request.duration)} />
);

const COLUMNS: readonly Column<AccessRequestResource>[] = [
  {
    id: 'access',
    header: 'Access',
    min: 260,
    sortBy: ({ role }) => role,
    cell: (request) => (
      <span className="flex items-baseline gap-2.5">
        <Gate state={gateOfRequest(request)} />
        <span className="truncate">
          <Phrase request={request} />
        </span>
      </span>
    ),
  },
  {
    id: 'state',
    header: 'State',
    min: 220,
    sortBy: ({ state }) => state,
    cell: (request) => <bdi>{stateWords(request)}</bdi>,
  },
  { id: 'reason', header: 'Reason', min: 180, priority: 2, cell: ({ reason }) => <bdi>{reason}</bdi> },
  { id: 'ticket', header: 'Ticket', width: 110, priority: 3, cell: ({ ticket }) => <code>{ticket ?? ''}</code> },
  {
    id: 'asked',
    header: 'Asked',
    width: 110,
    priority: 1,
    sortBy: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];
