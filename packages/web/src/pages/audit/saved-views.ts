import { keep, kept } from '../../ui/kept.ts';
import { type AuditView, readAuditView, writeAuditView } from './filters.ts';

/** A view with a name, which is a tab of the explorer. */
export interface SavedView {
  readonly name: string;
  readonly view: AuditView;
}

const KEY = 'sallyport.audit.views';
const MAX_VIEWS = 20;
/** Longest name of a view, in characters. */
export const MAX_VIEW_NAME = 40;

const BUILT_IN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  All: {},
  'Refused today': { effect: 'deny', since: '24h' },
  'Break-glass': { code: 'access_request.broke_glass', since: '30d', rows: 'events' },
  'Reads of audit': { code: 'audit.read', since: '7d', rows: 'events' },
};

/** Views that everybody has. */
export const BUILT_IN_VIEWS: readonly SavedView[] = Object.entries(BUILT_IN).map(([name, query]) => ({
  name,
  view: readAuditView(query),
}));

/** Whom views are kept for: one browser may be used by several people, and one person in several organizations. */
const keyOf = (owner: string) => `${KEY}.${owner}`;

/** The views that were saved in this browser by `owner`. What can't be read is none. */
export function savedViews(owner: string): readonly SavedView[] {
  try {
    const stored: unknown = JSON.parse(kept(keyOf(owner)) ?? '[]');
    if (!Array.isArray(stored)) return [];
    return stored.slice(0, MAX_VIEWS).flatMap((each: { readonly name?: unknown; readonly query?: unknown } | null) => {
      const { name, query } = each ?? {};
      if (typeof name !== 'string' || typeof query !== 'object' || query === null) return [];
      return [{ name: name.slice(0, MAX_VIEW_NAME), view: readAuditView(query as Readonly<Record<string, unknown>>) }];
    });
  } catch {
    return [];
  }
}

/** Keeps a view in this browser under a name; one of that name is replaced, and the oldest gives way to the twenty-first. */
export function saveView(owner: string, { name, view }: SavedView): readonly SavedView[] {
  const others = savedViews(owner).filter((each) => each.name !== name);
  return store(owner, [...others, { name: name.slice(0, MAX_VIEW_NAME), view }].slice(-MAX_VIEWS));
}

/** Forgets a view of this browser. */
export function forgetView(owner: string, name: string): readonly SavedView[] {
  return store(
    owner,
    savedViews(owner).filter((each) => each.name !== name),
  );
}

function store(owner: string, views: readonly SavedView[]): readonly SavedView[] {
  keep(keyOf(owner), JSON.stringify(views.map(({ name, view }) => ({ name, query: writeAuditView(view) }))));
  return views;
}

/** Whether two views are the same. */
export function isSameView(one: AuditView, other: AuditView): boolean {
  return new URLSearchParams(writeAuditView(one)).toString() === new URLSearchParams(writeAuditView(other)).toString();
}
