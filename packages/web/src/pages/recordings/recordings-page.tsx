import type { SessionResource } from '@sallyport/core/api';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { mayAnywhere } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useGo } from '../../app/use-go.ts';
import { useSearch } from '../../app/use-search.ts';
import { occurringIn, useTokens } from '../../app/use-tokens.ts';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { formatPlace } from '../../parts/player/timeline.ts';
import { mayEnd } from '../../parts/recordings/own-session.ts';
import { type RecordingFilter, sessionSearchQuery, sessionsQuery } from '../../parts/recordings/queries.ts';
import { sessionLength, sessionPlace, sessionState } from '../../parts/recordings/session-words.ts';
import { shellWord } from '../../parts/shell-word.ts';
import { useLiveList } from '../../parts/use-live-list.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import type { LiveList } from '../../ui/held-rows.ts';
import { Link } from '../../ui/link.tsx';
import type { MenuItem } from '../../ui/menu.tsx';
import { ShowMore } from '../../ui/show-more.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { shortDuration } from '../../ui/time-words.ts';
import { FilterRow, TokenBar, type TokenField } from '../../ui/token-bar.tsx';
import { useNow } from '../../ui/use-now.ts';
import { EndSession } from './end-session.tsx';

const FIELDS: readonly TokenField[] = [
  { name: 'user', label: 'user' },
  { name: 'cluster', label: 'cluster' },
  { name: 'namespace', label: 'namespace' },
  { name: 'pod', label: 'pod' },
  { name: 'kind', label: 'kind', values: ['exec', 'attach', 'portForward'] },
];

/** Sessions that were recorded, and those that run. A search looks into what was printed in them. */
export function RecordingsPage() {
  const source = useSignedIn();
  const [search] = useSearch();
  const [tokens, show] = useTokens(FIELDS);
  const go = useGo();
  const [ending, setEnding] = useState<SessionResource>();
  const state = search['state'];
  const filter: RecordingFilter = { ...tokens.filters, ...(state !== undefined && { state }) };
  const q = tokens.words;
  const options = sessionsQuery(source, filter);
  const list = useInfiniteQuery(options);
  const live = useLiveList(options.queryKey, list);
  const hits = useQuery(sessionSearchQuery(source, q, filter));
  const sessions = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const open = ({ id }: SessionResource) => go(paths.recording(id));

  return (
    <Page
      title="Recordings"
      layout="fill"
      tabs={
        <Tabs
          label="Which recordings"
          tabs={[
            { label: 'All', href: paths.recordings(), isCurrent: filter.state === undefined },
            { label: 'Live', href: paths.recordings({ state: 'recording' }), isCurrent: filter.state === 'recording' },
            {
              label: 'Cut short',
              href: paths.recordings({ state: 'interrupted' }),
              isCurrent: filter.state === 'interrupted',
            },
          ]}
        />
      }
      filters={
        <FilterRow>
          <TokenBar
            fields={FIELDS}
            tokens={tokens}
            onChange={show}
            values={{
              user: occurringIn(sessions, ({ user }) => user),
              cluster: occurringIn(sessions, ({ cluster }) => cluster),
              namespace: occurringIn(sessions, ({ namespace }) => namespace),
              pod: occurringIn(sessions, ({ pod }) => pod),
            }}
            source="of the sessions that are listed"
            wordsIn="Sessions that printed"
          />
        </FilterRow>
      }
    >
      {q !== '' ? (
        <div className="overflow-y-auto">
          <Answered query={hits} label="Searching recordings">
            {({ items }) =>
              items.length === 0 ? (
                <Empty title={`Nothing of “${q}” was printed`}>
                  Whole words are looked for, in any letter case; those in double quotes next to one another.
                </Empty>
              ) : (
                <ol>
                  {items.map(({ session, matches }) => (
                    <li key={session.id} className="border-b border-line px-6 py-2.5 max-md:px-4">
                      <Hit session={session} matches={matches} />
                    </li>
                  ))}
                </ol>
              )
            }
          </Answered>
        </div>
      ) : (
        <Answered query={list} label="Reading recordings">
          {() =>
            sessions.length === 0 ? (
              <Empty title={filter.state === 'recording' ? 'No session is recorded now' : 'No recordings'}>
                <p className="pb-2">
                  Terminals of exec and attach are recorded where a policy or the settings demand it. They are listed
                  here from their first moment on
                  {mayAnywhere(source.me, 'sessions.read') ? '' : ': yours, and no one else’s'}.
                </p>
                <SameAs command="sallyport sessions list" />
              </Empty>
            ) : (
              <Sessions
                sessions={sessions}
                onOpen={open}
                onEnd={setEnding}
                live={live}
                foot={<ShowMore query={list} />}
              />
            )
          }
        </Answered>
      )}
      {q !== '' && (
        <div className="px-6 py-3">
          <SameAs command={`sallyport sessions search ${shellWord(q)}`} />
        </div>
      )}
      {ending !== undefined && <EndSession session={ending} onClose={() => setEnding(undefined)} />}
    </Page>
  );
}

function Hit({
  session,
  matches,
}: {
  readonly session: SessionResource;
  readonly matches: readonly { readonly atSeconds: number; readonly text: string }[];
}) {
  return (
    <>
      <Link href={paths.recording(session.id)} className="flex flex-wrap items-baseline gap-x-3 rounded-label">
        <bdi className="font-medium">{session.user}</bdi>
        <code className="text-ink-2">
          <bdi>{sessionPlace(session).join(' / ')}</bdi>
        </code>
        <span className="text-second text-ink-3">
          <Time at={session.startedAt} />
        </span>
      </Link>
      <ul>
        {matches.map(({ atSeconds, text }) => (
          <li key={`${atSeconds}${text}`}>
            <Link
              href={paths.recording(session.id, { at: String(Math.floor(atSeconds)) })}
              className="grid grid-cols-[52px_1fr] rounded-label hover:bg-hover"
            >
              <code className="text-ink-3">{formatPlace(atSeconds * 1_000)}</code>
              <code className="truncate">
                <bdi>{text}</bdi>
              </code>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Sessions({
  sessions,
  onOpen,
  onEnd,
  live,
  foot,
}: {
  readonly sessions: readonly SessionResource[];
  readonly onOpen: (session: SessionResource) => void;
  readonly onEnd: (session: SessionResource) => void;
  readonly live: LiveList;
  readonly foot?: React.ReactNode;
}) {
  const { me } = useSignedIn();
  const now = useNow();
  const go = useGo();
  const menu = (session: SessionResource): readonly MenuItem[] => [
    { label: session.state === 'recording' ? 'Join' : 'Play', onSelect: () => onOpen(session) },
    ...(mayAnywhere(me, 'audit.read')
      ? [{ label: 'Open in audit', onSelect: () => go(paths.audit({ recording: session.id, since: '90d' })) }]
      : []),
    ...(session.state === 'recording' && mayEnd(me, session)
      ? [{ label: 'End the session', isDanger: true, onSelect: () => onEnd(session) } satisfies MenuItem]
      : []),
  ];
  return (
    <Table
      label="Recordings"
      rows={sessions}
      rowId={({ id }) => id}
      columns={columnsOf(now)}
      isVirtual
      onOpen={onOpen}
      menu={menu}
      live={live}
      foot={foot}
      narrow={(session) => ({
        title: <bdi>{session.user}</bdi>,
        end: <State session={session} />,
        second: (
          <>
            <bdi>{sessionPlace(session).join(' / ')}</bdi>, <Time at={session.startedAt} />
          </>
        ),
      })}
    />
  );
}

function columnsOf(now: Date): readonly Column<SessionResource>[] {
  return [
    {
      id: 'started',
      header: 'Began',
      width: 120,
      sortBy: ({ startedAt }) => startedAt,
      cell: ({ startedAt }) => <Time at={startedAt} />,
    },
    {
      id: 'who',
      header: 'Who',
      width: 190,
      sortBy: ({ user }) => user,
      cell: ({ user }) => (
        <span className="flex min-w-0 items-center gap-2">
          <Avatar name={user} />
          <bdi className="truncate font-medium">{user}</bdi>
        </span>
      ),
    },
    {
      id: 'where',
      header: 'Where',
      min: 260,
      cell: (session) => (
        <code className="truncate text-ink-2">
          <bdi>{sessionPlace(session).join(' / ')}</bdi>
        </code>
      ),
    },
    {
      id: 'command',
      header: 'Command',
      width: 180,
      priority: 2,
      cell: ({ kind, command }) => (
        <code className="truncate">
          <bdi>{kind === 'portForward' ? 'port-forward' : (command?.join(' ') ?? kind)}</bdi>
        </code>
      ),
    },
    {
      id: 'length',
      header: 'Length',
      width: 92,
      align: 'right',
      priority: 1,
      sortBy: (session) => sessionLength(session, now),
      cell: (session) => shortDuration(sessionLength(session, now)),
    },
    {
      id: 'state',
      header: 'State',
      width: 116,
      sortBy: ({ state }) => state,
      cell: (session) => <State session={session} />,
    },
  ];
}

function State({ session }: { readonly session: SessionResource }) {
  const { gate, word } = sessionState(session);
  return (
    <span className="inline-flex items-center gap-1.5" title={session.reason ?? session.failure}>
      <Gate state={gate} /> {word}
    </span>
  );
}
