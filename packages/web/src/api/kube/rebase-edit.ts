/** An edit put onto a newer state. */
export interface Rebased {
  readonly value: unknown;
  /** Places that both changed, each in its own way, e.g. `spec.replicas`; the edit's own value stands there. */
  readonly clashes: readonly string[];
}

/**
 * Puts what an edit changed onto what others made of the same object meanwhile. Fields are merged one by one; lists and single
 * values are taken whole, from whoever changed them.
 */
export function rebaseEdit(before: unknown, edited: unknown, newest: unknown): Rebased {
  const clashes: string[] = [];
  return { value: merge(before, edited, newest, [], clashes), clashes };
}

/** What the API server counts by itself: a newer one is always the right one. */
const COUNTED = new Set(['metadata.resourceVersion', 'metadata.generation', 'metadata.managedFields', 'status']);

function merge(before: unknown, edited: unknown, newest: unknown, path: readonly string[], clashes: string[]): unknown {
  const place = path.join('.');
  if (COUNTED.has(place) || isSame(edited, before)) return newest;
  if (isSame(newest, before) || isSame(newest, edited)) return edited;
  if (!isFields(edited) || !isFields(newest)) {
    clashes.push(place);
    return edited;
  }
  const base = isFields(before) ? before : {};
  const merged = [...new Set([...Object.keys(newest), ...Object.keys(edited)])].map((name) => [
    name,
    merge(base[name], edited[name], newest[name], [...path, name], clashes),
  ]);
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => isSame(each, b[at]));
  if (!isFields(a) || !isFields(b)) return Object.is(a, b);
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isSame(a[name], b[name]));
}
