import { parseDuration } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { areLettersOn, isTyping } from '../../ui/letter-keys.ts';
import { useSearch } from '../../app/use-search.ts';
import { AccessPhrase } from '../../parts/access-sentence.tsx';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { Gains } from '../../parts/inbox/gains.tsx';
import { groupInbox } from '../../parts/inbox/inbox-groups.ts';
import { requestQuery, requestsQuery } from '../../parts/inbox/queries.ts';
import { RequestDetails } from '../../parts/inbox/request-details.tsx';
import { Verdict } from '../../parts/inbox/verdict.tsx';
import { Weigh } from '../../parts/inbox/weigh.tsx';
import { gateOfRequest, stateWords } from '../../parts/request-words.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { RequestsPage } from './requests-page.tsx';

/** The reviewer's inbox: what waits at the left, one request as a decision in the middle, what it gives at the right. */
export function InboxPage() {
  const { api, organization } = useSignedIn();
  const [search, change] = useSearch();
  const isNarrow = useIsNarrow();
  const waiting = useQuery(requestsQuery(api, organization, { view: 'toReview', state: 'pending' }));
  const followUps = useQuery(requestsQuery(api, organization, { view: 'followUp' }));
  const recent = useQuery(requestsQuery(api, organization, { limit: 50 }));
  const groups = groupInbox({
    waiting: waiting.data?.items ?? [],
    followUps: followUps.data?.items ?? [],
    recent: recent.data?.items ?? [],
  });
  const all = groups.flatMap(({ requests }) => requests);
  const chosen = search['id'] ?? (isNarrow ? undefined : all[0]?.id);
  const open = all.find(({ id }) => id === chosen);
  useWalk(
    all.map(({ id }) => id),
    chosen,
    (id) => change({ id }),
  );
  const showsList = !isNarrow || chosen === undefined;
  return (
    <RequestsPage
      tab="inbox"
      layout="fill"
      {...(isNarrow && chosen !== undefined && { crumbs: [{ label: 'Requests', href: paths.inbox() }] })}
      {...(open !== undefined && !isNarrow && { rail: <Gains request={open} />, railLabel: 'What it gives' })}
    >
      <Answered query={waiting} label="Reading what waits for you">
        {() => (
          <div className="flex min-h-0 flex-1">
            {showsList && (
              <nav
                aria-label="Requests"
                className="w-[308px] shrink-0 overflow-y-auto border-r border-line bg-well max-md:w-full max-md:border-r-0 max-md:bg-surface"
              >
                {all.length === 0 && (
                  <Empty title="Nothing waits for you">Requests that you may review come here.</Empty>
                )}
                {groups.map(({ title, requests }) => (
                  <section key={title} aria-label={title}>
                    <h2 className="flex h-[30px] items-center gap-2 border-b border-line px-4 text-head text-ink-3">
                      {title} <span className="tabular-nums">{requests.length}</span>
                    </h2>
                    <ul>
                      {requests.map((request) => (
                        <InboxRow key={request.id} request={request} isOpen={request.id === chosen} />
                      ))}
                    </ul>
                  </section>
                ))}
              </nav>
            )}
            {chosen !== undefined && (
              <Decision key={chosen} id={chosen} next={nextOf(all, chosen)} onGo={(id) => change({ id })} />
            )}
          </div>
        )}
      </Answered>
    </RequestsPage>
  );
}

function InboxRow({ request, isOpen }: { readonly request: AccessRequestResource; readonly isOpen: boolean }) {
  return (
    <li>
      <Link
        href={paths.inbox(request.id)}
        replace
        aria-current={isOpen ? 'true' : undefined}
        className={cx(
          'block border-b border-line px-4 py-2.5 focus-visible:-outline-offset-2',
          isOpen ? 'bg-select shadow-[inset_2px_0_0_var(--accent)]' : 'hover:bg-hover',
        )}
      >
        <span className="flex items-center gap-2">
          <Avatar name={request.requester} />
          <span className="min-w-0 flex-1 truncate font-medium">
            <bdi>{request.requester}</bdi>
          </span>
          <span className="shrink-0 text-second text-ink-3">
            <Time at={request.createdAt} form="distance" />
          </span>
        </span>
        <span className="block truncate pl-7">
          <AccessPhrase role={request.role} scope={request.scope} durationMs={parseDuration(request.duration)} />
        </span>
        <span className="flex items-baseline gap-2 pl-7 text-second text-ink-2">
          {request.state !== 'pending' && <Gate state={gateOfRequest(request)} />}
          <bdi className="truncate">
            {request.may.followUp
              ? 'Break-glass. Needs your review'
              : request.state === 'pending'
                ? request.reason
                : stateWords(request)}
          </bdi>
        </span>
      </Link>
    </li>
  );
}

function Decision({
  id,
  next,
  onGo,
}: {
  readonly id: string;
  readonly next: string | undefined;
  readonly onGo: (id: string) => void;
}) {
  const { api, organization } = useSignedIn();
  const queries = useQueryClient();
  // Read once: what a reviewer decides on never changes under their eyes.
  const options = {
    ...requestQuery(api, organization, id),
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  };
  const query = useQuery(options);
  return (
    <div className="min-w-0 flex-1 overflow-y-auto">
      <Answered query={query} label="Reading the request">
        {(request) => (
          <div className="flex max-w-[760px] flex-col gap-5 px-6 py-5 max-md:px-4">
            <RequestDetails request={request} />
            {(request.may.review || request.may.followUp) && <Weigh request={request} />}
            <Verdict
              api={api}
              organization={organization}
              request={request}
              hasKeys
              onDecided={(decided) => {
                queries.setQueryData(options.queryKey, decided);
                void queries.invalidateQueries({ queryKey: ['access', 'requests'] });
                void queries.invalidateQueries({ queryKey: ['access', 'grants'] });
                void queries.invalidateQueries({ queryKey: ['me'] });
              }}
              onStale={() => void query.refetch()}
            />
            {!request.may.review && next !== undefined && (
              <p>
                <button type="button" className="link" onClick={() => onGo(next)}>
                  Next request
                </button>
              </p>
            )}
            {request.may.review && <SameAs command={`sallyport access approve ${request.id}`} />}
          </div>
        )}
      </Answered>
    </div>
  );
}

const nextOf = (all: readonly AccessRequestResource[], id: string) =>
  all.find((request) => request.id !== id && (request.may.review || request.may.followUp))?.id;

/** J and K go to the next request and the one before. */
function useWalk(ids: readonly string[], current: string | undefined, go: (id: string) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isPlain = !(event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented);
      if (!isPlain || isTyping(event.target) || !areLettersOn()) return;
      const step = { j: 1, k: -1 }[event.key];
      if (step === undefined) return;
      const to = ids[ids.indexOf(current ?? '') + step];
      if (to === undefined) return;
      event.preventDefault();
      go(to);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [ids, current, go]);
}
