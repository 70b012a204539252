import type { Shape } from './describe-contract.ts';

/**
 * Turns the instants of an answer into dates, in place.
 * @throws TypeError where an instant is none
 */
export function revive(value: unknown, shape: Shape): unknown {
  if (value === undefined || value === null) return value;
  if (shape === 'd') {
    const date = new Date(String(value));
    if (Number.isNaN(date.getTime())) throw new TypeError('an instant can’t be read');
    return date;
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) throw new TypeError('a list is none');
    return value.map((item) => revive(item, shape[0]));
  }
  if (typeof value !== 'object') return value;
  const all = shape['*'];
  const entries = Object.entries(value).map(([name, inner]) => {
    const known = Object.hasOwn(shape, name) ? shape[name] : all;
    return [name, known === undefined ? inner : revive(inner, known)] as const;
  });
  return Object.fromEntries(entries);
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);
