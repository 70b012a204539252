import { useQueries } from '@tanstack/react-query';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Avatar } from '../../ui/avatar.tsx';
import { cx } from '../../ui/cx.ts';
import { Gate } from '../../ui/gate.tsx';
import type { LiveList } from '../../ui/held-rows.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { requestTarget, resultOf, resultWords } from './event-words.ts';
import { requestsQuery } from './queries.ts';
import { type CommandRow, OUTCOME_WORDS, type RequestRow } from './rows.ts';
import { secondTime } from './second-time.ts';

/** A line of the table: a call of kubectl, or a request below it. */
type Line = { readonly id: string; readonly rowId: string } & (
  | { readonly kind: 'command'; readonly row: CommandRow; readonly isOpen: boolean }
  | { readonly kind: 'request'; readonly request: RequestRow }
  | { readonly kind: 'waiting'; readonly text: string }
);

/** What {@link AuditTable} shows. */
export interface AuditTableProps {
  readonly rows: readonly CommandRow[];
  /** Each row is one event: nothing folds. */
  readonly isFlat: boolean;
  /** Id of the event that is open beside the table. */
  readonly openId: string | undefined;
  readonly onOpen: (eventId: string) => void;
  readonly now: Date;
  readonly foot: React.ReactNode;
  readonly live: LiveList;
  /** Rows come from a tail: they flow while nobody reads in the table. */
  readonly isTail: boolean;
}

/** Calls of kubectl with their requests folded below: Enter, → and ← open and fold; a request opens beside the table. */
export function AuditTable({ rows, isFlat, openId, onOpen, now, foot, live, isTail }: AuditTableProps) {
  const source = useSignedIn();
  const ownId = source.me?.principal.id;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [isScrolled, setScrolled] = useState(false);
  const isFlowing = isTail && openId === undefined && !isScrolled;
  const opened = rows.filter(({ id }) => open.has(id));
  const asked = useQueries({ queries: opened.map(({ command }) => requestsQuery(source, command)) });
  const known = new Map(opened.map((row, at) => [row.id, row.requests ?? asked[at]?.data] as const));

  const lines: readonly Line[] = rows.flatMap((row): readonly Line[] => {
    const { id: rowId } = row;
    const isOpen = open.has(rowId);
    const head: Line = { kind: 'command', id: rowId, rowId, row, isOpen };
    if (!isOpen || isFlat) return [head];
    const requests = known.get(rowId);
    const foot = (text: string): Line => ({ kind: 'waiting', id: `${rowId}/…`, rowId, text });
    if (requests === undefined) return [head, foot('Reading the requests')];
    const rest = row.requestCount - requests.length;
    return [
      head,
      ...requests.map((request): Line => ({ kind: 'request', id: request.event.id, rowId, request })),
      ...(rest > 0 ? [foot(`and ${rest} more`)] : []),
    ];
  });

  function toggle(id: string, isOpen: boolean) {
    const next = new Set(open);
    if (isOpen) next.add(id);
    else next.delete(id);
    setOpen(next);
  }

  function openLine(line: Line) {
    if (line.kind === 'request') return onOpen(line.request.event.id);
    if (line.kind === 'waiting') return;
    const only = line.row.requests?.length === 1 ? line.row.requests[0] : undefined;
    if (only !== undefined) onOpen(only.event.id);
    else toggle(line.row.id, !line.isOpen);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const id = event.target instanceof HTMLElement ? event.target.dataset['row'] : undefined;
    if (id === undefined || (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft')) return;
    const row = rows.find((each) => each.id === id);
    if (row === undefined) return;
    event.preventDefault();
    toggle(row.id, event.key === 'ArrowRight');
  }

  const columns = useMemo(() => columnsOf(now, ownId), [now, ownId]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows within.
    <div
      className="flex min-h-0 flex-1 flex-col"
      onKeyDown={onKeyDown}
      onScrollCapture={({ target }) => setScrolled(target instanceof Element && target.scrollTop > 0)}
    >
      <Table
        label={isFlat ? 'Audit events' : 'Calls of kubectl'}
        rows={lines}
        columns={columns}
        rowId={({ id }) => id}
        openId={openId}
        onOpen={openLine}
        isVirtual
        live={isFlowing ? { ...live, isActing: true } : live}
        wholeId={({ rowId }) => rowId}
        narrow={(line) => narrowOf(line, now, ownId)}
        foot={foot}
      />
    </div>
  );
}

function columnsOf(now: Date, ownId: string | undefined): readonly Column<Line>[] {
  return [
    {
      id: 'time',
      header: 'Time',
      width: 108,
      cell: (line) => {
        if (line.kind === 'waiting') return null;
        const text = line.kind === 'command' ? secondTime(line.row.at, now) : `+ ${line.request.offsetMs} ms`;
        return <span className="text-ink-2 tabular-nums">{text}</span>;
      },
    },
    {
      id: 'who',
      header: 'Who',
      width: 176,
      priority: 2,
      cell: (line) => line.kind === 'command' && <Who row={line.row} ownId={ownId} />,
    },
    { id: 'what', header: 'Command', min: 220, cell: (line) => <What line={line} /> },
    {
      id: 'cluster',
      header: 'Cluster',
      width: 120,
      priority: 3,
      cell: (line) => line.kind === 'command' && <bdi className="text-ink-2">{line.row.cluster}</bdi>,
    },
    {
      id: 'requests',
      header: 'Requests',
      width: 84,
      align: 'right',
      priority: 1,
      cell: (line) =>
        line.kind === 'command'
          ? line.row.outcome !== undefined && line.row.requestCount
          : line.kind === 'request' && durationOf(line.request),
    },
    { id: 'outcome', header: 'Outcome', width: 116, cell: (line) => <Outcome line={line} /> },
  ];
}

function Who({ row, ownId }: { readonly row: CommandRow; readonly ownId: string | undefined }) {
  const isOwn = row.principalId !== undefined && row.principalId === ownId;
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Avatar name={row.user} kind={row.user.startsWith('serviceaccount:') ? 'machine' : 'person'} />
      <bdi className="truncate">{isOwn ? 'You' : row.user}</bdi>
    </span>
  );
}

function What({ line }: { readonly line: Line }) {
  if (line.kind === 'waiting') return <span className="pl-[22px] text-ink-3">{line.text}</span>;
  if (line.kind === 'request') {
    const { event } = line.request;
    return (
      <code className="flex gap-4 pl-[22px] text-ink-2">
        <span className="w-14 shrink-0">{event.request?.method ?? event.code}</span>
        <bdi className="truncate">{requestTarget(event)}</bdi>
      </code>
    );
  }
  const { row, isOpen } = line;
  const Sign = isOpen ? ChevronDown : ChevronRight;
  const hasMore = row.command !== undefined || (row.requests?.length ?? 0) > 1;
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Sign
        size={14}
        strokeWidth={1.6}
        aria-label={isOpen ? 'open' : 'folded'}
        className={cx('shrink-0 text-ink-3', !hasMore && 'invisible')}
      />
      <code className="truncate font-medium text-ink">
        <bdi>{row.title}</bdi>
      </code>
    </span>
  );
}

function Outcome({ line }: { readonly line: Line }) {
  if (line.kind === 'waiting') return null;
  const words =
    line.kind === 'request'
      ? resultWords(line.request.event)
      : line.row.outcome === undefined
        ? ''
        : OUTCOME_WORDS[line.row.outcome];
  const isRefused =
    line.kind === 'request' ? resultOf(line.request.event) === 'refused' : line.row.outcome === 'denied';
  if (isRefused) {
    return (
      <span className="inline-flex items-center gap-1.5 text-danger">
        <Gate state="barred" /> {words}
      </span>
    );
  }
  const isOdd = line.kind === 'command' && ['failed', 'interrupted'].includes(line.row.outcome ?? '');
  return <span className={isOdd ? 'text-warn' : 'text-ink-2'}>{words}</span>;
}

function durationOf({ event }: RequestRow) {
  return event.outcome === undefined ? null : `${Math.round(event.outcome.durationMs)} ms`;
}

function narrowOf(line: Line, now: Date, ownId: string | undefined) {
  if (line.kind === 'waiting') return { title: <span className="text-ink-3">{line.text}</span> };
  const second =
    line.kind === 'command' ? (
      <>
        <bdi>{line.row.principalId === ownId ? 'You' : line.row.user}</bdi>
        {line.row.cluster !== undefined && (
          <>
            {' on '}
            <bdi>{line.row.cluster}</bdi>
          </>
        )}
      </>
    ) : (
      <Outcome line={line} />
    );
  return {
    title: <What line={line} />,
    end: line.kind === 'command' ? secondTime(line.row.at, now) : `+ ${line.request.offsetMs} ms`,
    second: (
      <span className="flex justify-between gap-3 pl-[22px]">
        <span className="truncate">{second}</span>
        {line.kind === 'command' && <Outcome line={line} />}
      </span>
    ),
  };
}
