import { AUDIT_EVENT_CATEGORIES, AUDIT_EVENT_SEVERITIES, parseDuration } from '@sallyport/core';
import type { AuditCountField, AuditFilterInput } from '@sallyport/core/api';
import { shellWord } from '../../parts/shell-word.ts';

/** A filter that tokens can be made of. */
export interface AuditFilterField {
  /** Name in the API and in the address. */
  readonly name: Exclude<keyof AuditFilterInput, 'from' | 'to' | 'q'>;
  /** As in "cluster is prod-eu". */
  readonly label: string;
  /** Flag of `sallyport audit search`. */
  readonly flag: string;
  /** One of several values may hold. */
  readonly isMultiple?: true;
  /** All values there are. */
  readonly values?: readonly string[];
  /** Values are suggested with how often they occur. */
  readonly countedBy?: AuditCountField;
}

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const ENDS = ['completed', 'cancelled', 'reset', 'tunnelLost', 'accessEnded', 'refused', 'interrupted'];

/** Every filter of audit events but the time and the words, the usual ones first. */
export const AUDIT_FILTER_FIELDS: readonly AuditFilterField[] = [
  { name: 'user', label: 'user', flag: 'user', countedBy: 'user' },
  { name: 'cluster', label: 'cluster', flag: 'cluster', countedBy: 'cluster' },
  { name: 'namespace', label: 'namespace', flag: 'namespace', countedBy: 'namespace' },
  { name: 'verb', label: 'verb', flag: 'verb', isMultiple: true, values: VERBS },
  { name: 'resource', label: 'resource', flag: 'resource', countedBy: 'resource' },
  { name: 'name', label: 'name', flag: 'name' },
  { name: 'effect', label: 'decision', flag: 'effect', values: ['allow', 'deny'] },
  { name: 'code', label: 'event', flag: 'code', isMultiple: true, countedBy: 'code' },
  { name: 'category', label: 'category', flag: 'category', isMultiple: true, values: AUDIT_EVENT_CATEGORIES },
  { name: 'severity', label: 'severity', flag: 'severity', isMultiple: true, values: AUDIT_EVENT_SEVERITIES },
  { name: 'project', label: 'project', flag: 'project' },
  { name: 'group', label: 'group', flag: 'group' },
  { name: 'subresource', label: 'subresource', flag: 'subresource' },
  { name: 'apiGroup', label: 'API group', flag: 'api-group' },
  { name: 'ended', label: 'ending', flag: 'ended', isMultiple: true, values: ENDS },
  { name: 'status', label: 'status', flag: 'status', countedBy: 'status' },
  { name: 'errorCode', label: 'error', flag: 'error-code', countedBy: 'errorCode' },
  { name: 'sourceAddress', label: 'address', flag: 'address', countedBy: 'sourceAddress' },
  { name: 'grant', label: 'grant', flag: 'grant' },
  { name: 'accessRequest', label: 'access request', flag: 'access-request' },
  { name: 'recording', label: 'recording', flag: 'recording' },
  { name: 'principal', label: 'principal', flag: 'principal' },
  { name: 'loginSession', label: 'login session', flag: 'login-session' },
  { name: 'kubectlSession', label: 'kubectl session', flag: 'kubectl-session' },
  { name: 'request', label: 'request', flag: 'request' },
  { name: 'trace', label: 'trace', flag: 'trace' },
];

/** Which time is looked at: up to now, or between two instants (ISO 8601). */
export type AuditTime = { readonly since: string } | { readonly from: string; readonly to?: string };

/** What the explorer shows, as its address says it. */
export interface AuditView {
  /** Values by the name of the filter, in the order in which they were added; several are joined by commas. */
  readonly filters: Readonly<Partial<Record<AuditFilterField['name'], string>>>;
  /** Words to be looked for; empty when there are none. */
  readonly words: string;
  readonly time: AuditTime;
  /** Whether rows are calls of kubectl with their requests below, or single events. */
  readonly rows: 'commands' | 'events';
}

/** What is shown without a word about it. */
export const DEFAULT_AUDIT_VIEW: AuditView = { filters: {}, words: '', time: { since: '24h' }, rows: 'commands' };

const MAX_VALUE_CHARACTERS = 1_024;
const MAX_WORDS_CHARACTERS = 256;

/** Reads an address. What is none of ours is passed over, and so is what no filter takes: it comes from whoever made the link. */
export function readAuditView(search: Readonly<Record<string, unknown>>): AuditView {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, MAX_VALUE_CHARACTERS) : '';
  };
  const filters = AUDIT_FILTER_FIELDS.flatMap((field) => {
    const value = text(field.name).trim();
    return value === '' || !isTaken(field, value) ? [] : [[field.name, value] as const];
  });
  return {
    filters: Object.fromEntries(filters),
    words: text('q').trim().slice(0, MAX_WORDS_CHARACTERS),
    time: readTime(text('since'), text('from'), text('to')),
    rows: text('rows') === 'events' ? 'events' : 'commands',
  };
}

/** Whether a filter takes a value. */
export function isTaken({ name, values }: AuditFilterField, value: string): boolean {
  if (name === 'status') return /^[1-5]\d\d$/.test(value);
  return values === undefined || value.split(',').every((each) => values.includes(each.trim()));
}

function readTime(since: string, from: string, to: string): AuditTime {
  if (isInstant(from)) return { from, ...(isInstant(to) && { to }) };
  return isDuration(since) ? { since } : DEFAULT_AUDIT_VIEW.time;
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(text) && Number.isFinite(Date.parse(text));
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) > 0;
  } catch {
    return false;
  }
}

/** The query of an address; what is as it is anyway stays out of it. */
export function writeAuditView({ filters, words, time, rows }: AuditView): Readonly<Record<string, string>> {
  const isUsual = 'since' in time && 'since' in DEFAULT_AUDIT_VIEW.time && time.since === DEFAULT_AUDIT_VIEW.time.since;
  return {
    ...filters,
    ...(words !== '' && { q: words }),
    ...(!isUsual && time),
    ...(rows !== DEFAULT_AUDIT_VIEW.rows && { rows }),
  };
}

/** The filters of a view as the API takes them, as of `now` (milliseconds since the epoch). */
export function auditQueryOf({ filters, words, time }: AuditView, now: number): AuditFilterInput {
  const { from, to } = timeRangeOf(time, now);
  return {
    ...(filters as AuditFilterInput),
    from: from.toISOString(),
    ...('to' in time && time.to !== undefined && { to: to.toISOString() }),
    ...(words !== '' && { q: words }),
  };
}

/** The instants that a time means, as of `now` (milliseconds since the epoch). */
export function timeRangeOf(time: AuditTime, now: number): { readonly from: Date; readonly to: Date } {
  if ('since' in time) return { from: new Date(now - parseDuration(time.since)), to: new Date(now) };
  return { from: new Date(time.from), to: time.to === undefined ? new Date(now) : new Date(time.to) };
}

/** Filters that calls of kubectl are listed by; with others, events are listed and put together here. */
const COMMAND_FILTERS: readonly string[] = [
  'principal',
  'user',
  'cluster',
  'project',
  'kubectlSession',
  'loginSession',
] satisfies readonly AuditFilterField['name'][];

/** Whether the server itself can put together the calls of kubectl that a view asks for. */
export function isAboutCommands({ filters, words }: AuditView): boolean {
  return words === '' && Object.keys(filters).every((name) => COMMAND_FILTERS.includes(name));
}

/** The same search for a terminal; `command` is `search`, `export`, `stats`, `commands` or `tail`. */
export function auditCommandOf(
  { filters, words, time }: AuditView,
  command: 'search' | 'export' | 'stats' | 'commands' | 'tail',
): string {
  const flags = AUDIT_FILTER_FIELDS.flatMap(({ name, flag }) => {
    const value = filters[name];
    return value === undefined ? [] : [`--${flag} ${shellWord(value)}`];
  });
  const times =
    command === 'tail'
      ? []
      : 'since' in time
        ? [`--since ${time.since}`]
        : [`--since ${time.from}`, ...(time.to === undefined ? [] : [`--until ${time.to}`])];
  return ['sallyport audit', command, ...times, ...flags, ...(words === '' ? [] : ['--', shellWord(words)])].join(' ');
}
