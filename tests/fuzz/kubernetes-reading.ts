import { bytesOf, parseForm, percentDecode } from './go-url.ts';
import { readOptions } from './kubernetes-list-options.ts';

/** What kube-apiserver asks its authorizers about. Text is one character for each byte. */
export interface KubernetesReading {
  readonly isResource: boolean;
  readonly verb: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** The decoded path behind resource, name and subresource, without the slash between. */
  readonly rest: string;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * A second reading of a request line, to hold the product's own against: kube-apiserver's `RequestInfoFactory`
 * (kubernetes/kubernetes, `staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`), step by step, on a path that is
 * decoded as a whole as Go's `net/url` does. Shares no code with the parser of the product. `undefined`: kube-apiserver
 * answers with an error before it has attributes.
 */
export function readAsKubernetes(method: string, target: string): KubernetesReading | undefined {
  const cut = target.indexOf('?');
  const path = percentDecode(cut < 0 ? target : target.slice(0, cut), 'path');
  if (path === undefined) return undefined;
  return readDecoded(method, path, cut < 0 ? '' : target.slice(cut + 1));
}

/**
 * The same for a reader that decodes what is already decoded once more and then takes dot segments and empty segments out
 * (Go's `path.Clean`), as web servers and middleware do.
 */
export function readAsCarelessServer(method: string, target: string): KubernetesReading | undefined {
  const cut = target.indexOf('?');
  const path = percentDecode(cut < 0 ? target : target.slice(0, cut), 'path');
  if (path === undefined) return undefined;
  const again = path.replace(/%[0-9a-fA-F]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  return readDecoded(method, cleanPath(again.replaceAll('\\', '/')), cut < 0 ? '' : target.slice(cut + 1));
}

function readDecoded(method: string, path: string, query: string): KubernetesReading | undefined {
  const trimmed = path.replace(/^\/+/, '').replace(/\/+$/, '');
  let parts = trimmed === '' ? [] : trimmed.split('/');
  const all = parts.length;
  const none: KubernetesReading = {
    isResource: false,
    verb: method.toLowerCase(),
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: '',
  };
  if (parts.length < 3) return none;
  const prefix = parts[0];
  if (prefix !== 'api' && prefix !== 'apis') return none;
  parts = parts.slice(1);
  let apiGroup = '';
  if (prefix === 'apis') {
    if (parts.length < 3) return none;
    apiGroup = parts[0] ?? '';
    parts = parts.slice(1);
  }
  const apiVersion = parts[0] ?? '';
  parts = parts.slice(1);

  let verb = VERBS[method] ?? '';
  if (parts[0] === 'proxy' || parts[0] === 'watch') {
    if (parts.length < 2) return undefined;
    verb = parts[0];
    parts = parts.slice(1);
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? '';
    if (parts.length > 2 && parts[2] !== 'status' && parts[2] !== 'finalize') parts = parts.slice(2);
  }
  const hasSubresource = verb !== 'proxy';
  const resource = parts[0] ?? '';
  let name = parts[1] ?? '';
  const subresource = hasSubresource ? (parts[2] ?? '') : '';
  const rest = behind(path, all - parts.length + (hasSubresource ? 3 : 2));

  if (name === '' && verb === 'get') {
    const options = readOptions(parseForm(query));
    verb = options.watch ? 'watch' : 'list';
    if (options.name !== '' && options.name !== '.' && options.name !== '..' && !/[/%]/.test(options.name)) {
      name = options.name;
    }
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  return { isResource: true, verb, apiGroup, apiVersion, namespace, resource, subresource, name, rest };
}

/** What stands behind the first `count` segments of a path. */
function behind(path: string, count: number): string {
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    at = path.indexOf('/', at + 1);
    if (at < 0) return '';
  }
  return path.slice(at + 1);
}

/** Go's `path.Clean` for a rooted path. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') kept.pop();
    else kept.push(part);
  }
  return `/${kept.join('/')}`;
}

/** Whether the product's text is the very bytes of the reading. */
export function isSameText(own: string, read: string): boolean {
  return own === read || bytesOf(own) === read;
}
