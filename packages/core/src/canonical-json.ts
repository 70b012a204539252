/**
 * JSON in its one canonical form (RFC 8785): fields in the order of their names by UTF-16 code units, no white space, numbers
 * as ECMAScript writes them. What is `undefined` is left out, as `JSON.stringify` does; a `Date` counts as its ISO 8601 text.
 * @throws TypeError on what has no form in JSON: a number that is not finite, a bigint, a function, a broken surrogate pair
 */
export function canonicalJson(value: unknown): string {
  const text = write(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} has no form in JSON`);
  return text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const BEYOND_LATIN = /[\u0100-\uffff]/;
const PLAIN_NAME = /^\w+$/;

function write(value: unknown): string | undefined {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'boolean':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no form in JSON`);
      return JSON.stringify(value);
    case 'string':
      return writeText(value);
    case 'object':
      return writeObject(value);
    default:
      throw new TypeError(`a ${typeof value} has no form in JSON`);
  }
}

function writeText(text: string): string {
  // Most text is of names and addresses: the test of Unicode properties is several times as slow as writing it down.
  if (BEYOND_LATIN.test(text) && LONE_SURROGATE.test(text))
    throw new TypeError('text with half of a surrogate pair has no canonical form');
  return JSON.stringify(text);
}

function writeObject(value: object): string | undefined {
  if (Array.isArray(value)) return `[${value.map((item) => write(item) ?? 'null').join(',')}]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON());
  const fields = value as Readonly<Record<string, unknown>>;
  let written = '';
  // The default order of `sort` is that of UTF-16 code units.
  for (const name of Object.keys(fields).sort()) {
    const text = write(fields[name]);
    if (text === undefined) continue;
    const key = PLAIN_NAME.test(name) ? `"${name}":` : `${writeText(name)}:`;
    written += written === '' ? key + text : `,${key}${text}`;
  }
  return `{${written}}`;
}
