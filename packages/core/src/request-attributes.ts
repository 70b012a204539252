import {
  ambiguous,
  assertOpaqueRemainder,
  assertPlainSegment,
  decodeSegment,
  splitRequestTarget,
} from './request-target.ts';
import { readListOptions } from './selectors.ts';

/** What a request asks for, in the words of kube-apiserver's authorizers. */
export type RequestAttributes = ResourceAttributes | NonResourceAttributes;

/** A request about an API resource. Empty strings mean "none", as in kube-apiserver. */
export interface ResourceAttributes {
  readonly kind: 'resource';
  /**
   * get, list, watch, create, update, patch, delete or deletecollection; `proxy` for the legacy `/proxy/` prefix; `''`
   * for methods that stand for no verb (OPTIONS), which only a rule for all verbs covers.
   */
  readonly verb: string;
  /** `''` for the core group. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** Plural, for example `pods`. */
  readonly resource: string;
  /** For example `exec`, `log`, `status`; `''` for the resource itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** What stands after the subresource, decoded once and without the slash between, for example the path behind `proxy`. */
  readonly remainder: string;
  /** Path, still encoded, that the attributes were read from and that goes upstream byte for byte. */
  readonly path: string;
}

/** A request about a path that is no resource, for example `/version`. */
export interface NonResourceAttributes {
  readonly kind: 'nonResource';
  /** The lower-case HTTP method. */
  readonly verb: string;
  /** Holds no escapes, so that what is decided on and what goes upstream are one text. A trailing slash counts. */
  readonly path: string;
}

const METHOD = /^[A-Z]+(?:-[A-Z]+)*$/;
const VERB_OF_METHOD: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/**
 * Reads what a request asks for from its request line, exactly as kube-apiserver's `RequestInfoFactory` computes it
 * (kubernetes/kubernetes, `staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`): `testdata/` holds requests
 * with the answers of a real one.
 *
 * Nothing is rewritten. A target that two readers could read differently is refused; what passes must go upstream byte for
 * byte, `target` as it was given here, so that the decision and the forwarded request are about the same thing. (The query
 * is no attribute: it can hold what must not be kept, such as the command of an exec.)
 * Refused are: anything but the origin form, empty and dot segments, slashes, backslashes, control characters and escapes
 * in encoded form, raw semicolons, characters that need encoding, bytes that are not UTF-8, fragments, queries with a zero byte
 * or more than 10,000 parameters, and any escape in a path that is no resource. A single trailing slash passes. Each segment is decoded once.
 *
 * Behind a `proxy` subresource the path belongs to the program that is reached, so it may hold empty segments, encoded
 * slashes and semicolons; dot segments and backslashes are refused there too.
 *
 * @param method as on the wire, upper case
 * @param target raw path and query as on the wire, for example `/api/v1/pods?limit=500`; under a path prefix, what is
 * left when the prefix has been cut off
 * @throws CoreError `ERR_REQUEST_AMBIGUOUS`
 */
export function parseRequestAttributes(method: string, target: string): RequestAttributes {
  if (!METHOD.test(method)) throw ambiguous('comes with a method that is not in upper case');
  const { path, query } = splitRequestTarget(target);
  const raw = path.slice(1).split('/');
  if (raw.at(-1) === '') raw.pop();
  const decoded = raw.map(decodeSegment);

  const location = locateResource(decoded);
  if (location === undefined) {
    raw.forEach((segment, at) => {
      if (segment.includes('%')) throw ambiguous('has an escape in a path that is no resource');
      assertPlainSegment(segment, decoded[at] as string);
    });
    return { kind: 'nonResource', verb: method.toLowerCase(), path };
  }

  const { special, parts, restAt } = location;
  const isOpaque = special !== 'proxy' && parts[2] === 'proxy';
  const plainCount = isOpaque ? restAt : raw.length;
  for (let at = 0; at < plainCount; at++) assertPlainSegment(raw[at] as string, decoded[at] as string);
  // The trailing slash is the program's own behind `proxy`, and means nothing elsewhere.
  const remainder =
    decoded.slice(restAt).join('/') + (isOpaque && raw.length > restAt && path.endsWith('/') ? '/' : '');
  if (isOpaque) assertOpaqueRemainder(remainder);

  let verb = special ?? VERB_OF_METHOD.get(method) ?? '';
  let name = parts[1] ?? '';
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  if (name === '' && verb === 'get') {
    const options = readListOptions(readQuery(query));
    verb = options.isWatch ? 'watch' : 'list';
    name = options.name;
  }
  const { apiGroup, apiVersion, namespace } = location;
  const subresource = special === 'proxy' ? '' : (parts[2] ?? '');
  const resource = parts[0] as string;
  return {
    kind: 'resource',
    verb,
    apiGroup,
    apiVersion,
    resource,
    subresource,
    namespace,
    name,
    remainder,
    path,
  };
}

interface ResourceLocation {
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  /** The verb that a legacy prefix stands for, whatever the method. */
  readonly special: 'watch' | 'proxy' | undefined;
  /** Resource, name, subresource and what follows. */
  readonly parts: readonly string[];
  /** Index, among all segments, of the first one that is neither resource, name nor subresource. */
  readonly restAt: number;
}

function locateResource(segments: readonly string[]): ResourceLocation | undefined {
  const [prefix] = segments;
  if (prefix !== 'api' && prefix !== 'apis') return undefined;
  const versionAt = prefix === 'api' ? 1 : 2;
  if (segments.length < versionAt + 2) return undefined;
  const apiGroup = prefix === 'api' ? '' : (segments[1] as string);
  const apiVersion = segments[versionAt] as string;
  let at = versionAt + 1;

  const first = segments[at];
  const special = first === 'watch' || first === 'proxy' ? first : undefined;
  if (special !== undefined) at += 1;
  // kube-apiserver answers these 500 before it has attributes.
  if (at === segments.length) throw ambiguous(`ends after /${first}, where a resource is due`);

  let namespace = '';
  if (segments[at] === 'namespaces') {
    namespace = segments[at + 1] ?? '';
    const next = segments[at + 2];
    // Everything else behind a namespace is a resource in it; these two are subresources of the namespace itself.
    if (next !== undefined && next !== 'status' && next !== 'finalize') at += 2;
  }
  const restAt = Math.min(segments.length, at + (special === 'proxy' ? 2 : 3));
  return { apiGroup, apiVersion, namespace, special, parts: segments.slice(at), restAt };
}

/** First value of each key, decoded as a form (`+` is a space), as Go's `url.ParseQuery` does. */
function readQuery(query: string): Map<string, string> {
  const values = new Map<string, string>();
  if (query === '') return values;
  for (const pair of query.split('&')) {
    const cut = pair.indexOf('=');
    const key = decodeForm(cut === -1 ? pair : pair.slice(0, cut));
    if (!values.has(key)) values.set(key, decodeForm(cut === -1 ? '' : pair.slice(cut + 1)));
  }
  return values;
}

function decodeForm(text: string): string {
  return decodeSegment(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
