import { parseDuration } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { paths } from '../../app/paths.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { NewRows } from '../../ui/new-rows.tsx';
import { Time } from '../../ui/time.tsx';
import { AccessPhrase } from '../access-sentence.tsx';
import { gateOfRequest, stateWords } from '../request-words.ts';
import type { Inbox } from './use-inbox.ts';

/** Requests under their headings: what waits for the reader first. */
export function InboxList({
  inbox,
}: {
  readonly inbox: Pick<Inbox, 'groups' | 'chosen' | 'onSelect' | 'newCount' | 'onShowNew'>;
}) {
  const { groups, chosen, onSelect, newCount, onShowNew } = inbox;
  return (
    <nav
      aria-label="Requests"
      className="w-[308px] shrink-0 overflow-y-auto border-r border-line bg-well max-md:w-full max-md:border-r-0 max-md:bg-surface"
    >
      <NewRows count={newCount} onShow={onShowNew} hasHead />
      {groups.length === 0 && <Empty title="Nothing waits for you">Requests that you may review come here.</Empty>}
      {groups.map(({ title, requests }) => (
        <section key={title} aria-label={title}>
          <h2 className="flex h-[30px] items-center gap-2 border-b border-line px-4 text-head text-ink-3">
            {title} <span className="tabular-nums">{requests.length}</span>
          </h2>
          <ul>
            {requests.map((request) => (
              <InboxRow key={request.id} request={request} isOpen={request.id === chosen} onSelect={onSelect} />
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function InboxRow({
  request,
  isOpen,
  onSelect,
}: {
  readonly request: AccessRequestResource;
  readonly isOpen: boolean;
  readonly onSelect: (id: string) => void;
}) {
  return (
    <li>
      <Link
        href={paths.inbox(request.id)}
        onClick={(event) => {
          // Another tab of the browser gets the address; here the request only takes the place of the one before.
          if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          onSelect(request.id);
        }}
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
