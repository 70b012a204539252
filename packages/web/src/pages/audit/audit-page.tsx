import { useInfiniteQuery } from '@tanstack/react-query';
import { Download, Radio, Rows3, Save } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressParts } from '../../app/use-address-parts.ts';
import { useGo } from '../../app/use-go.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { useLiveList } from '../../parts/use-live-list.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { areLettersOn, isTyping } from '../../ui/letter-keys.ts';
import { Notice } from '../../ui/notice.tsx';
import { ShowMore } from '../../ui/show-more.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useNow } from '../../ui/use-now.ts';
import { AuditTable } from './audit-table.tsx';
import { EventDrawer } from './event-drawer.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { AuditFilterBar } from './filter-bar.tsx';
import {
  type AuditView,
  auditCommandOf,
  DEFAULT_AUDIT_VIEW,
  isAboutCommands,
  readAuditView,
  writeAuditView,
} from './filters.ts';
import { rowsQuery } from './queries.ts';
import { RequestsChart } from './requests-chart.tsx';
import { type CommandRow, groupEvents } from './rows.ts';
import { SaveDialog } from './save-dialog.tsx';
import { BUILT_IN_VIEWS, isSameView, savedViews } from './saved-views.ts';
import { TimeMenu } from './time-menu.tsx';
import { type Tail, useTail } from './use-tail.ts';

/** What happened: calls of kubectl and single events, filtered by the address. */
export function AuditPage() {
  const source = useSignedIn();
  const { id } = useAddressParts();
  const [search] = useSearch();
  const go = useGo();
  const now = useNow();
  const view = useMemo(() => readAuditView(search), [search]);
  const [isLive, setLive] = useState(false);
  const [dialog, setDialog] = useState<'export' | 'save'>();
  const owner = `${source.organization}/${source.session.principal.userName}`;
  const [saved, setSaved] = useState(() => savedViews(owner));
  const isByServer = view.rows === 'commands' && !isLive && isAboutCommands(view);
  const options = rowsQuery(source, view, isByServer);
  const query = useInfiniteQuery(options);
  const live = useLiveList(options.queryKey, query);
  const tail = useTail(view, isLive);
  useLiveKey(() => setLive((before) => !before));

  const show = (next: AuditView) =>
    go(id === undefined ? paths.audit(writeAuditView(next)) : paths.auditEvent(id, writeAuditView(next)), 'replace');
  const open = (eventId: string) => go(paths.auditEvent(eventId, search), id === undefined ? 'push' : 'replace');
  const rows = useMemo(
    () => rowsOf(query.data?.pages, tail, view.rows, isByServer),
    [query.data, tail, view.rows, isByServer],
  );

  return (
    <Page
      title="Audit"
      layout="fill"
      actions={
        <>
          <Button
            icon={<Radio size={14} strokeWidth={1.6} aria-hidden="true" />}
            keyCap="L"
            aria-pressed={isLive}
            aria-keyshortcuts="L"
            className={isLive ? 'border-accent-line bg-accent-tint text-accent' : ''}
            onClick={() => setLive(!isLive)}
          >
            Live
          </Button>
          <Button
            icon={<Rows3 size={14} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => show({ ...view, rows: view.rows === 'commands' ? 'events' : 'commands' })}
          >
            {view.rows === 'commands' ? 'Group: command' : 'Group: none'}
          </Button>
          <Button
            icon={<Download size={14} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => setDialog('export')}
          >
            Export
          </Button>
        </>
      }
      tabs={
        <Tabs
          label="Views"
          tabs={[...BUILT_IN_VIEWS, ...saved].map(({ name, view: each }) => ({
            label: name,
            href: paths.audit(writeAuditView(each)),
            isCurrent: isSameView(each, view),
          }))}
        />
      }
      filters={
        <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-b border-line px-6 py-2 max-md:px-4">
          <AuditFilterBar view={view} onChange={show} />
          <TimeMenu time={view.time} now={now} onChange={(time) => show({ ...view, time })} />
          <Button icon={<Save size={14} strokeWidth={1.6} aria-hidden="true" />} onClick={() => setDialog('save')}>
            Save
          </Button>
        </div>
      }
      drawer={id !== undefined && <EventDrawer key={id} id={id} onClose={() => go(paths.audit(search), 'replace')} />}
    >
      <RequestsChart view={view} onChange={show} />
      {isLive && <LiveLine tail={tail} />}
      <Answered query={query} label="Reading the audit log">
        {() =>
          rows.length === 0 ? (
            <Nothing view={view} onClear={() => show({ ...DEFAULT_AUDIT_VIEW, rows: view.rows })} />
          ) : (
            <AuditTable
              rows={rows}
              isFlat={view.rows === 'events'}
              openId={id}
              onOpen={open}
              now={now}
              live={live}
              isTail={isLive}
              foot={<ShowMore query={query} />}
            />
          )
        }
      </Answered>
      {dialog === 'export' && <ExportDialog view={view} onClose={() => setDialog(undefined)} />}
      {dialog === 'save' && (
        <SaveDialog
          owner={owner}
          view={view}
          saved={saved}
          onClose={(next) => {
            setDialog(undefined);
            if (next !== undefined) setSaved(next);
          }}
        />
      )}
    </Page>
  );
}

function rowsOf(
  pages: readonly { readonly rows: readonly CommandRow[]; readonly events: Tail['events'] }[] | undefined,
  tail: Tail,
  form: AuditView['rows'],
  isByServer: boolean,
): readonly CommandRow[] {
  if (isByServer) return pages?.flatMap(({ rows }) => rows) ?? [];
  const listed = pages?.flatMap(({ events }) => events) ?? [];
  const ids = new Set(listed.map(({ id }) => id));
  const all = [...tail.events.filter(({ id }) => !ids.has(id)), ...listed];
  if (form === 'commands') return groupEvents(all);
  return all.flatMap((event) => groupEvents([event]).map((row) => ({ ...row, id: event.id })));
}

function LiveLine({ tail }: { readonly tail: Tail }) {
  const { state, error, reason } = tail;
  if (state === 'ended') {
    return (
      <Notice kind="warn" role="status" className="mx-6 my-2 max-md:mx-4" title="The tail has ended.">
        {error === undefined ? reason : describeServerProblem(error).sentence}
      </Notice>
    );
  }
  const words = {
    off: '',
    opening: 'Opening the tail',
    live: 'Live',
    lost: 'The connection was lost; opening it again',
  };
  return (
    <p
      role="status"
      className="flex h-7 shrink-0 items-center border-b border-line bg-well px-6 text-second text-ink-2 max-md:px-4"
    >
      {words[state]}
      {tail.events.length > 0 && `, ${tail.events.length} new`}
    </p>
  );
}

function Nothing({ view, onClear }: { readonly view: AuditView; readonly onClear: () => void }) {
  const isFiltered = Object.keys(view.filters).length > 0 || view.words !== '';
  return (
    <Empty
      title={isFiltered ? 'No events with these filters' : 'No events in this time'}
      action={isFiltered && <Button onClick={onClear}>Clear the filters</Button>}
    >
      <p className="pb-2">
        {isFiltered
          ? 'Another time may have some.'
          : 'Requests to clusters, logins and changes are listed here as they happen.'}
      </p>
      <SameAs
        command={auditCommandOf(view, view.rows === 'commands' && isAboutCommands(view) ? 'commands' : 'search')}
      />
    </Empty>
  );
}

/** L switches the tail on and off. */
function useLiveKey(toggle: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isPlain = !(event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey);
      if (event.key !== 'l' || !isPlain || isTyping(event.target) || !areLettersOn()) return;
      event.preventDefault();
      toggle();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
}
