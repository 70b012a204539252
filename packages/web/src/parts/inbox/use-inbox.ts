import type { AccessRequestResource } from '@sallyport/core/api';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { areLettersOn, isTyping } from '../../ui/letter-keys.ts';
import { useHeldRows } from '../../ui/use-held-rows.ts';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { usePartsHost } from '../host.ts';
import { useLiveList } from '../use-live-list.ts';
import { groupInbox, type InboxGroup } from './inbox-groups.ts';
import { requestsQuery } from './queries.ts';

/** What {@link useInbox} is told. */
export interface InboxChoice {
  /** Id of the request that was chosen. Absent: the first, where there is room for list and request. */
  readonly id: string | undefined;
  readonly onSelect: (id: string) => void;
  /** Whether J and K go to the next request and the one before, wherever the focus is. */
  readonly hasKeys: boolean;
}

/** The inbox as it is shown. */
export interface Inbox {
  /** What waits: without its answer there is no inbox. */
  readonly waiting: UseQueryResult<unknown>;
  readonly groups: readonly InboxGroup[];
  readonly all: readonly AccessRequestResource[];
  /** How many requests that others made meanwhile are held back, and what shows them. */
  readonly newCount: number;
  readonly onShowNew: () => void;
  /** Id of the request that is open; one that no list holds is read all the same. */
  readonly chosen: string | undefined;
  /** The request that is open, as far as a list holds it. */
  readonly open: AccessRequestResource | undefined;
  readonly onSelect: (id: string) => void;
  readonly hasKeys: boolean;
}

/** Reads what waits for the reader, what they are to review afterwards, and what was asked last. */
export function useInbox({ id, onSelect, hasKeys }: InboxChoice): Inbox {
  const { api, organization } = usePartsHost();
  const isNarrow = useIsNarrow();
  const waiting = useQuery(requestsQuery(api, organization, { view: 'toReview', state: 'pending' }));
  const followUps = useQuery(requestsQuery(api, organization, { view: 'followUp' }));
  const recent = useQuery(requestsQuery(api, organization, { limit: 50 }));
  const everything = useMemo(
    () =>
      groupInbox({
        waiting: waiting.data?.items ?? [],
        followUps: followUps.data?.items ?? [],
        recent: recent.data?.items ?? [],
      }),
    [waiting.data, followUps.data, recent.data],
  );
  const ids = useMemo(() => everything.flatMap(({ requests }) => requests.map((request) => request.id)), [everything]);
  const isFetching = [waiting, followUps, recent].some((query) => query.isFetching);
  const { held, release } = useHeldRows(useLiveList(['inbox', organization], { isFetching }), ids);
  const groups = everything
    .map(({ title, requests }) => ({
      title,
      // One that is open stands in the list, e.g. by a link in a mail.
      requests: requests.filter((request) => !held.has(request.id) || request.id === id),
    }))
    .filter(({ requests }) => requests.length > 0);
  const all = groups.flatMap(({ requests }) => requests);
  const chosen = id ?? (isNarrow ? undefined : all[0]?.id);
  useWalk(
    all.map((request) => request.id),
    hasKeys ? chosen : undefined,
    onSelect,
  );
  return {
    ...{ waiting, groups, all, chosen, onSelect, hasKeys },
    newCount: held.size,
    onShowNew: release,
    open: all.find((request) => request.id === chosen),
  };
}

/** J and K go to the next request and the one before. */
function useWalk(ids: readonly string[], current: string | undefined, go: (id: string) => void): void {
  useEffect(() => {
    if (current === undefined) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const isPlain = !(event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented);
      if (!isPlain || isTyping(event.target) || !areLettersOn()) return;
      const step = { j: 1, k: -1 }[event.key];
      if (step === undefined) return;
      const to = ids[ids.indexOf(current) + step];
      if (to === undefined) return;
      event.preventDefault();
      go(to);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [ids, current, go]);
}
