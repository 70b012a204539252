import type { AccessRequestResource } from '@sallyport/core/api';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { areLettersOn, isTyping } from '../../ui/letter-keys.ts';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { usePartsHost } from '../host.ts';
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
  const groups = groupInbox({
    waiting: waiting.data?.items ?? [],
    followUps: followUps.data?.items ?? [],
    recent: recent.data?.items ?? [],
  });
  const all = groups.flatMap(({ requests }) => requests);
  const chosen = id ?? (isNarrow ? undefined : all[0]?.id);
  useWalk(
    all.map((request) => request.id),
    hasKeys ? chosen : undefined,
    onSelect,
  );
  return { waiting, groups, all, chosen, open: all.find((request) => request.id === chosen), onSelect, hasKeys };
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
