import { useMemo } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import { type KubeColumn, type KubeRow, rowKey, type TableView, toneOf } from '../../api/kube/table.ts';
import { describeServerProblem } from '../../api/server-problem.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { Denied } from '../../parts/denied.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Input } from '../../ui/field.tsx';
import { Gate } from '../../ui/gate.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { pluralOf } from './kinds-rail.tsx';
import { PodRowActions } from './pod-row-actions.tsx';
import { useBrowsed } from './use-kube.ts';
import { MAX_ROWS, useLiveTable } from './use-live-table.ts';

/** The objects of a kind in the columns that the cluster itself says. */
export function ObjectTable({
  kind,
  namespace,
}: {
  readonly kind: KubeKind;
  readonly kinds: readonly KubeKind[];
  readonly namespace: string | undefined;
}) {
  const { name: cluster, client } = useBrowsed();
  const { query, isLive } = useLiveTable(client, kind, namespace);
  const [{ q = '' }, setSearch] = useSearch();
  const refusal =
    query.data === undefined && query.error !== null ? describeServerProblem(query.error).code : undefined;
  const rows = useMemo(() => (query.data?.rows ?? []).filter((row) => matches(row, q)), [query.data, q]);
  return (
    <>
      <div className="flex min-h-11 shrink-0 items-center gap-3 border-b border-line px-6 py-2 max-md:px-4">
        <h2 className="text-body font-semibold">
          {pluralOf(kind)} <span className="font-normal text-ink-3 tabular-nums">{query.data?.rows.length}</span>
        </h2>
        <Input
          type="search"
          aria-label={`Filter ${pluralOf(kind)}`}
          placeholder="Filter"
          className="!w-52 max-md:!w-28"
          value={q}
          onChange={({ target }) => setSearch({ q: target.value })}
        />
        <span className="flex-1" />
        {query.data !== undefined && (
          <span role="status" className="flex items-center gap-1.5 text-second text-ink-2">
            <span className={cx('size-1.5 rounded-full', isLive ? 'bg-accent' : 'bg-line-3')} />
            {isLive ? 'Live' : 'Read every now and then'}
          </span>
        )}
      </div>
      {isDenied(refusal) ? (
        <Denied error={query.error} place={{ cluster, ...(namespace !== undefined && { namespace }) }} />
      ) : (
        <Answered query={query} label={`Reading ${pluralOf(kind)}`}>
          {(view) => (
            <Rows
              kind={kind}
              view={view}
              rows={rows}
              showsNamespace={kind.isNamespaced && namespace === undefined}
              q={q}
            />
          )}
        </Answered>
      )}
    </>
  );
}

const isDenied = (code: string | undefined) =>
  code === 'ERR_PROXY_DENIED' || code === 'KUBERNETES_FORBIDDEN' || code === 'ERR_PROXY_STEP_UP_REQUIRED';

function Rows({
  kind,
  view,
  rows,
  showsNamespace,
  q,
}: {
  readonly kind: KubeKind;
  readonly view: TableView;
  readonly rows: readonly KubeRow[];
  readonly showsNamespace: boolean;
  readonly q: string;
}) {
  const [{ name, in: place, ns }, setSearch] = useSearch();
  const columns = useMemo(() => columnsOf(view.columns, showsNamespace), [view.columns, showsNamespace]);
  if (view.rows.length === 0)
    return <Empty title={`No ${pluralOf(kind)} here`}>What is made here comes up by itself.</Empty>;
  if (rows.length === 0)
    return <Empty title={`No ${pluralOf(kind)} match “${q}”`}>Names, cells and labels are looked through.</Empty>;
  const open = rows.find(
    ({ object: { metadata } }) =>
      metadata.name === name && metadata.namespace === (kind.isNamespaced ? (place ?? ns) : undefined),
  );
  const isPod = kind.id === 'v1.pods';
  const status = view.columns.findIndex((column) => /^status$/i.test(column.name));
  return (
    <Table
      label={pluralOf(kind)}
      rows={rows}
      columns={columns}
      rowId={rowKey}
      isVirtual
      openId={open && rowKey(open)}
      onOpen={({ object: { metadata } }) =>
        setSearch(
          { name: metadata.name, in: metadata.namespace === ns ? undefined : metadata.namespace, tab: undefined },
          'push',
        )
      }
      {...(isPod &&
        // The open pod has them in its drawer, and the columns need the room.
        name === undefined && {
          actions: (row: KubeRow) => <PodRowActions metadata={row.object.metadata} />,
          actionsWidth: 132,
        })}
      narrow={(row) => ({
        title: <bdi className="font-mono text-mono">{row.object.metadata.name}</bdi>,
        end: status < 0 ? undefined : <Cell column={view.columns[status]} value={row.cells[status]} />,
        second: (
          <bdi>
            {showsNamespace && `${row.object.metadata.namespace} · `}
            {view.columns
              .flatMap(({ name: title, priority = 0 }, index) =>
                index === 0 || index === status || priority > 0 ? [] : [`${title} ${textOf(row.cells[index])}`],
              )
              .slice(0, 2)
              .join(' · ')}
          </bdi>
        ),
      })}
      foot={
        view.rows.length >= MAX_ROWS && (
          <p className="px-6 py-3 text-note text-ink-3">
            The first {MAX_ROWS.toLocaleString('en')} are shown. Choose a namespace to see others.
          </p>
        )
      }
    />
  );
}

/** The server's columns, those of the first priority, with widths for what is usual. */
function columnsOf(columns: readonly KubeColumn[], showsNamespace: boolean): readonly Column<KubeRow>[] {
  const own = columns.flatMap((column, index): Column<KubeRow>[] => {
    if ((column.priority ?? 0) > 0) return [];
    const isName = column.format === 'name' || /^name$/i.test(column.name);
    const isAge = /^(?:age|created at|last seen)$/i.test(column.name);
    const isNumber = column.type === 'integer' || column.type === 'number';
    return [
      {
        id: `${index}`,
        header: column.name,
        ...(isName ? { min: 180 } : { width: widthOf(column, isAge, isNumber) }),
        ...(!isName && { priority: index }),
        ...((isAge || isNumber) && { align: 'right' as const }),
        sortBy: (row) =>
          isAge ? -Date.parse(row.object.metadata.creationTimestamp ?? '') || undefined : sortValue(row.cells[index]),
        cell: (row) =>
          isName ? (
            <bdi className="font-mono text-mono">{textOf(row.cells[index])}</bdi>
          ) : (
            <Cell column={column} value={row.cells[index]} />
          ),
      },
    ];
  });
  if (!showsNamespace) return own;
  const namespace: Column<KubeRow> = {
    id: 'namespace',
    header: 'Namespace',
    width: 130,
    priority: 1,
    sortBy: ({ object }) => object.metadata.namespace,
    cell: ({ object }) => <bdi>{object.metadata.namespace}</bdi>,
  };
  return [...own.slice(0, 1), namespace, ...own.slice(1)];
}

const SHORT = /^(?:ready|type|data|roles?)$/i;

function widthOf({ name }: KubeColumn, isAge: boolean, isNumber: boolean): number {
  if (isAge || SHORT.test(name)) return 72;
  if (isNumber) return 92;
  return /^(?:status|restarts)$/i.test(name) ? 156 : 140;
}

function Cell({ column, value }: { readonly column: KubeColumn | undefined; readonly value: unknown }) {
  const tone = toneOf(column?.name ?? '', value);
  const text = textOf(value);
  const isShare = /^\d+\/\d+$/.test(text);
  return (
    <span
      title={text}
      className={cx(
        tone === 'barred' && 'text-danger',
        tone === 'closing' && 'text-warn',
        tone === 'closing' && isShare && 'font-semibold',
        tone === 'waiting' && 'text-ink-3',
      )}
    >
      {tone !== 'plain' && !isShare && <Gate state={tone} className="mr-2 align-[-1px]" />}
      <bdi>{text}</bdi>
    </span>
  );
}

/** A cell as text. Whatever a cluster says is data: it is never read as anything else. */
function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '' || value === '<none>') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function sortValue(value: unknown): string | number | undefined {
  return typeof value === 'number' ? value : typeof value === 'string' ? value : undefined;
}

function matches({ cells, object: { metadata } }: KubeRow, text: string): boolean {
  if (text === '') return true;
  const labels = Object.entries(metadata.labels ?? {}).map((pair) => pair.join('='));
  const all = [...cells, metadata.namespace, ...labels].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
