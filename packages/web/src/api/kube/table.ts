/** A Table of the API server (`meta.k8s.io/v1`). */
export interface KubeTable {
  readonly kind: 'Table';
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly columnDefinitions?: readonly KubeColumn[];
  readonly rows?: readonly KubeRow[] | null;
}

/** A column of a Table. */
export interface KubeColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  /** 0: always shown; more: only in wide output. */
  readonly priority?: number;
}

/** A row of a Table, with what of its object comes along. */
export interface KubeRow {
  readonly cells: readonly unknown[];
  readonly object: {
    readonly metadata: {
      readonly name: string;
      readonly namespace?: string;
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly creationTimestamp?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
  };
}

/** The columns and rows of a list as they are known now. */
export interface TableView {
  readonly columns: readonly KubeColumn[];
  readonly rows: readonly KubeRow[];
  /** From where a watch goes on. */
  readonly resourceVersion: string;
  /** Whether all pages of the list were read. */
  readonly isWhole: boolean;
}

/** Names a row among those of its list. */
export const rowKey = ({ object: { metadata } }: KubeRow): string =>
  metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`;

/** The view that a list answered with, behind those of the pages before. */
export function tableView({ columnDefinitions = [], rows, metadata }: KubeTable, before?: TableView): TableView {
  return {
    columns: before?.columns ?? columnDefinitions,
    rows: [...(before?.rows ?? []), ...(rows ?? [])],
    resourceVersion: metadata?.resourceVersion ?? '',
    isWhole: (metadata?.continue ?? '') === '',
  };
}

/** An event of a watch that was asked for Tables. */
export interface TableEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeTable;
}

/**
 * A view after events. Rows change in their place and new ones come last, so that nothing jumps. `undefined` when the list must
 * be read anew: the watch told of an error.
 */
export function applyEvents(view: TableView, events: readonly TableEvent[]): TableView | undefined {
  // By key, in the order of the rows: a busy cluster tells of hundreds of changes at once, in a list of thousands.
  const rows = new Map(view.rows.map((row) => [rowKey(row), row]));
  let { resourceVersion } = view;
  for (const { type, object } of events) {
    if (type === 'ERROR') return undefined;
    const row = object.rows?.[0];
    resourceVersion = row?.object.metadata.resourceVersion ?? object.metadata?.resourceVersion ?? resourceVersion;
    if (type === 'BOOKMARK' || row === undefined) continue;
    if (type === 'DELETED') rows.delete(rowKey(row));
    else rows.set(rowKey(row), row);
  }
  return { ...view, resourceVersion, rows: [...rows.values()] };
}

/** How a cell's state looks: quiet when well, in the colours of the gate when not. */
export type CellTone = 'open' | 'closing' | 'barred' | 'waiting' | 'plain';

const WELL = new Set(['Running', 'Active', 'Bound', 'Ready', 'True', 'Available', 'Established']);
const DONE = new Set(['Completed', 'Succeeded', 'Released', 'Complete']);
const COMING = /^(?:Pending|ContainerCreating|PodInitializing|Terminating|Init:|Unknown|NotReady,|Ready,)/;
const BROKEN = /Error|CrashLoop|BackOff|Failed|Evicted|OOMKilled|NotReady|Lost|Invalid|False|Unschedulable/;

/** Reads the word of a status column. Words that are not known are plain: a custom kind may mean anything. */
export function toneOf(column: string, value: unknown): CellTone {
  if (typeof value !== 'string' || !/^(?:status|phase|ready|state|health)$/i.test(column)) return 'plain';
  const share = /^(\d+)\/(\d+)$/.exec(value);
  if (share !== null) return Number(share[1]) < Number(share[2]) ? 'closing' : 'plain';
  if (WELL.has(value)) return 'open';
  if (DONE.has(value)) return 'waiting';
  if (COMING.test(value)) return 'closing';
  return BROKEN.test(value) ? 'barred' : 'plain';
}
