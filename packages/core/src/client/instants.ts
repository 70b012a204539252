/**
 * Where instants stand in an answer: `'d'` is one, an object names the properties that lead to one (`*` those of a record), a
 * list of one is a list of such.
 */
export type Instants = 'd' | readonly [Instants] | { readonly [property: string]: Instants };

/**
 * Turns the instants of an answer into dates, in a copy.
 * @throws TypeError where an instant is none
 */
export function readInstants(value: unknown, instants: Instants): unknown {
  if (value === undefined || value === null) return value;
  if (instants === 'd') {
    const date = new Date(String(value));
    if (Number.isNaN(date.getTime())) throw new TypeError('an instant can not be read');
    return date;
  }
  if (isList(instants)) {
    if (!Array.isArray(value)) throw new TypeError('a list is none');
    return value.map((item) => readInstants(item, instants[0]));
  }
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, inner]) => {
    const known = Object.hasOwn(instants, name) ? instants[name] : instants['*'];
    return [name, known === undefined ? inner : readInstants(inner, known)] as const;
  });
  return Object.fromEntries(entries);
}

const isList = (instants: Instants): instants is readonly [Instants] => Array.isArray(instants);
