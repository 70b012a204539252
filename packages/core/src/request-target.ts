import { CoreError } from './errors.ts';

/** A request target in origin form, cut at the first `?`. Both halves are exactly as they came. */
export interface RequestTarget {
  readonly path: string;
  /** Without the `?`; `''` when there is none. */
  readonly query: string;
}

/** The refusal of a request that two readers could read differently. */
export function ambiguous(what: string): CoreError {
  return new CoreError({
    code: 'ERR_REQUEST_AMBIGUOUS',
    message: `request target ${what}`,
    nextStep: 'Send the path in its plain form: no empty, dot or backslash segments and no encoded slashes.',
  });
}

// Visible ASCII; a raw `#` would be a fragment, which no client sends and readers cut at different places.
const VISIBLE = /^[\x21-\x7e]*$/;
// Until Go 1.17 kube-apiserver took `;` for `&`, later ones drop the pair.
const QUERY = /^(?:[^;%]|%[0-9A-Fa-f]{2})*$/;
// Since Go 1.24.12 and 1.25.6, kube-apiserver reads a query with more parameters as an empty one.
const MAX_PARAMETERS = 10_000;

/**
 * Cuts a target as it stands on the request line. Only the origin form is taken: absolute form, authority form and `*`
 * name their own host or no path at all.
 * @throws CoreError `ERR_REQUEST_AMBIGUOUS`
 */
export function splitRequestTarget(target: string): RequestTarget {
  if (!target.startsWith('/')) throw ambiguous('does not start with a slash');
  if (!VISIBLE.test(target)) throw ambiguous('holds a control character, a space or a byte outside ASCII');
  if (target.includes('#')) throw ambiguous('has a fragment');
  const cut = target.indexOf('?');
  const path = cut === -1 ? target : target.slice(0, cut);
  const query = cut === -1 ? '' : target.slice(cut + 1);
  if (!QUERY.test(query)) throw ambiguous('has a semicolon or a broken escape in its query');
  // To kube-apiserver's label selectors a zero byte is the end of the text.
  if (query.includes('%00')) throw ambiguous('has a zero byte in its query');
  // An `&` is counted whether or not it parts anything.
  const parameters = query.split('&').length;
  if (parameters > MAX_PARAMETERS) {
    throw ambiguous(`has ${parameters} parameters in its query, limit is ${MAX_PARAMETERS}`);
  }
  return { path, query };
}

/**
 * Decodes one path segment, once.
 * @throws CoreError `ERR_REQUEST_AMBIGUOUS` for broken escapes and for bytes that are not UTF-8 (overlong forms too)
 */
export function decodeSegment(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw ambiguous('has an escape that is broken or not UTF-8');
  }
}

// pchar of RFC 3986 without `;`: some servers cut a segment there.
const PLAIN_SEGMENT = /^[A-Za-z0-9._~!$&'()*+,=:@%-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Refuses a segment that attributes are read from unless every reader sees the same in it: nothing empty, no dot
 * segments, no slash, backslash or control character however encoded, and no escape that a second decode would find.
 * @throws CoreError `ERR_REQUEST_AMBIGUOUS`
 */
export function assertPlainSegment(raw: string, decoded: string): void {
  if (raw === '') throw ambiguous('has an empty segment');
  if (!PLAIN_SEGMENT.test(raw)) throw ambiguous('has a character in its path that must be encoded');
  if (decoded === '.' || decoded === '..') throw ambiguous('has a dot segment');
  if (decoded.includes('/') || decoded.includes('\\')) throw ambiguous('has an encoded slash or backslash');
  if (CONTROL.test(decoded)) throw ambiguous('has an encoded control character');
  if (/%[0-9A-Fa-f]{2}/.test(decoded)) throw ambiguous('has an escape that is encoded twice');
}

// `..;x` is a parent segment to servers that cut parameters first.
const DOT_SEGMENT = /(?:^|[/\\])\.\.?(?:;[^/\\]*)?(?:[/\\]|$)/;

/**
 * Checks the path behind a `proxy` subresource. It belongs to the program behind it, so empty segments, trailing and
 * encoded slashes and semicolons pass; only what could climb out of it, or is not text, is refused.
 * @throws CoreError `ERR_REQUEST_AMBIGUOUS`
 */
export function assertOpaqueRemainder(decoded: string): void {
  if (decoded.includes('\\')) throw ambiguous('has a backslash');
  if (CONTROL.test(decoded)) throw ambiguous('has an encoded control character');
  const again = decoded
    .replace(/%2[eE]/g, '.')
    .replace(/%2[fF]/g, '/')
    .replace(/%5[cC]/g, '\\');
  if (DOT_SEGMENT.test(decoded) || DOT_SEGMENT.test(again)) throw ambiguous('has a dot segment');
}
