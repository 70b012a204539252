import { StatusError } from './status-error.ts';

/**
 * What a request is about, in the API server's own words. Written apart from the product's parser of request
 * attributes on purpose: the fake is the second witness of what that parser decides.
 */
export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Decoded segments after the subresource, for proxies. */
  readonly parts: readonly string[];
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Path (still encoded) and query of a request line's target, which may be anything a client sends. */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const at = target.indexOf('?');
  return {
    path: at === -1 ? target : target.slice(0, at),
    query: new URLSearchParams(at === -1 ? '' : target.slice(at + 1)),
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new StatusError('BadRequest', `invalid URL escape in ${JSON.stringify(path)}`);
  }
}

/** Reads method, path and query as kube-apiserver's RequestInfoFactory does. @throws StatusError 400 for broken escapes */
export function parseRequestInfo(method: string, target: string): RequestInfo {
  const { path: encodedPath, query } = splitTarget(target);
  const path = decodePath(encodedPath);
  const nonResource: RequestInfo = {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
  };
  let parts = path.split('/').filter((part) => part !== '');
  let group = '';
  if (parts[0] === 'api' && parts.length >= 3) {
    parts = parts.slice(1);
  } else if (parts[0] === 'apis' && parts.length >= 4) {
    group = parts[1] as string;
    parts = parts.slice(2);
  } else {
    return nonResource;
  }
  const version = parts[0] as string;
  parts = parts.slice(1);
  let verb = VERBS[method] ?? '';
  if (parts[0] === 'watch' || parts[0] === 'proxy') {
    verb = parts[0];
    parts = parts.slice(1);
    if (parts.length === 0) return nonResource;
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts[1] !== undefined) {
    namespace = parts[1];
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] as string)) parts = parts.slice(2);
  }
  const [resource = '', pathName = '', subresource = '', ...rest] = parts;
  let name = pathName;
  if (name === '' && (verb === 'get' || verb === 'watch')) {
    const watch = query.get('watch');
    const isWatch = verb === 'watch' || (watch !== null && watch !== '0' && watch.toLowerCase() !== 'false');
    verb = isWatch ? 'watch' : 'list';
    const byName = /(?:^|,)metadata\.name==?([^,]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '');
    name = byName?.[1] ?? '';
  } else if (name === '' && verb === 'delete') {
    verb = 'deletecollection';
  }
  return { isResource: true, path, verb, group, version, namespace, resource, subresource, name, parts: rest };
}
