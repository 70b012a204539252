import type { Choice } from '../../packages/server/src/api/testing/choice.ts';

const NAMES = [
  'p1',
  'web',
  'shop',
  'default',
  'kube-system',
  'status',
  'finalize',
  'namespaces',
  'watch',
  'proxy',
  'api',
  'apis',
  'v1',
  'a.b',
  'a:b',
  'system:masters',
  '100%',
  'a+b',
  'a b',
  'é',
  'https:web:443',
  '%2e',
  '..',
  '.',
  'x/y',
  'p1;x',
  'A',
  '\u0000',
  'ﬁ',
  '😀',
];
const RESOURCES = [
  'pods',
  'secrets',
  'configmaps',
  'nodes',
  'namespaces',
  'services',
  'deployments',
  'serviceaccounts',
  'clusterroles',
  'widgets',
  'subjectaccessreviews',
  'Pods',
  'proxy',
  'watch',
];
const SUBRESOURCES = [
  '',
  '',
  '',
  'status',
  'scale',
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'token',
  'eviction',
  'finalize',
  'ephemeralcontainers',
  'invented',
];
const GROUPS = [
  '',
  '',
  '',
  'apps',
  'batch',
  'rbac.authorization.k8s.io',
  'authorization.k8s.io',
  'example.test',
  'namespaces',
];
const PLAIN_PATHS = [
  '/',
  '/version',
  '/healthz',
  '/livez/ping',
  '/openapi/v2',
  '/api',
  '/apis',
  '/api/v1',
  '/apis/apps',
  '/apis/apps/v1',
  '/metrics',
  '/logs/kubelet.log',
];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];
const ODD_METHODS = [
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'get',
  'Get',
  'PROPFIND',
  'M-SEARCH',
  'PURGE',
  '',
  'GET ',
  'LIST',
  'WATCH',
  'DELETECOLLECTION',
];

/** What is put anywhere into a target. */
const HOSTILE = [
  '/',
  '//',
  '/./',
  '/../',
  '/.',
  '/..',
  '\\',
  '%2f',
  '%2F',
  '%252f',
  '%25252f',
  '%5c',
  '%5C',
  '%255c',
  '%00',
  '%2e',
  '%2E%2e',
  '%252e%252e',
  '/%2e%2e/',
  '%c0%af',
  '%c0%ae%c0%ae',
  '%e0%80%af',
  '%ff',
  '%ed%a0%80',
  '%c3%a9',
  '%c2%80',
  '%',
  '%2',
  '%zz',
  '%u002f',
  ';',
  ';x=1',
  ';/',
  '#',
  '#x',
  '?',
  '&',
  '=',
  '+',
  '%2b',
  '%3f',
  '%23',
  '%3b',
  '%0a',
  '%0d%0a',
  '%09',
  '%20',
  ' ',
  '\t',
  '\r\n',
  '\u0000',
  'é',
  '*',
  '@',
  ':',
  '~',
  'http://evil.test',
  '//evil.test',
  '/api/v1/secrets',
  '/proxy/',
  '/watch/',
  '/namespaces/',
];

const FIELD_SELECTORS = [
  'metadata.name=p1',
  'metadata.name==p1',
  'metadata.name!=p1',
  'metadata.name=',
  'metadata.name=a,metadata.name=b',
  'metadata.name=b,metadata.name==a',
  'metadata.namespace=shop,metadata.name=p1',
  'metadata.name=p\\,1',
  'metadata.name=p\\',
  'metadata.name=p\\1',
  'metadata.name=a=b',
  ',,metadata.name=p1,',
  'metadata.name',
  'x=1,y',
  'metadata.name=a/b',
  'metadata.name=a%b',
  'metadata.name=..',
  'metadata\\.name=p1',
  ' metadata.name=p1',
  '=,metadata.name=p1',
  'spec.nodeName=n1',
  '\\,metadata.name=p1',
  'metadata.name=é',
];
const LABEL_WORDS = [
  'app',
  'app',
  'web',
  'x.test/app',
  'x/y/z',
  'in',
  'notin',
  '!',
  '=',
  '==',
  '!=',
  '<',
  '>',
  '(',
  ')',
  ',',
  ' ',
  '\t',
  '\v',
  '\n',
  '\u00a0',
  '\u0000',
  '5',
  '-5',
  '',
  'é',
  'App_1',
  '-a',
  'a-',
];
const NUMBERS = [
  '500',
  '0',
  '-1',
  '+5',
  '',
  'x',
  '1e3',
  ' 1',
  '9223372036854775807',
  '9223372036854775808',
  '1_000',
  '٣',
];
const WATCHES = ['1', 'true', 'false', '0', '', 'FALSE', 'False', 'no', 'f', '00', 'fal\u0073e', ' 0'];
const OTHER_KEYS = [
  'command',
  'stdin',
  'container',
  'follow',
  'continue',
  'resourceVersion',
  'allowWatchBookmarks',
  'Watch',
  'dryRun',
  'fieldselector',
];

/** A request line. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
}

/**
 * A random request line: half of them legal targets of Kubernetes in some encoding, the others such targets with up to three
 * hostile changes.
 */
export function randomRequestLine(choice: Choice): RequestLine {
  let target = legalTarget(choice);
  if (choice.index(2) === 0) {
    for (let count = 1 + choice.index(3); count > 0; count -= 1) target = mutate(target, choice);
  }
  return { method: choice.of(choice.index(12) === 0 ? ODD_METHODS : METHODS), target };
}

function legalTarget(choice: Choice): string {
  const query = choice.index(3) === 0 ? '' : `?${randomQuery(choice)}`;
  if (choice.index(15) === 0) return choice.of(PLAIN_PATHS) + query;
  const group = choice.of(GROUPS);
  const segments = group === '' ? ['api', 'v1'] : ['apis', group, choice.of(['v1', 'v1beta1'])];
  const legacy = choice.index(12);
  if (legacy === 0) segments.push('watch');
  if (legacy === 1) segments.push('proxy');
  if (choice.index(3) > 0) segments.push('namespaces', choice.of(NAMES));
  segments.push(choice.of(RESOURCES));
  if (choice.index(3) > 0) segments.push(choice.of(NAMES), choice.of(SUBRESOURCES));
  while (segments.at(-1) === '') segments.pop();
  if (segments.at(-1) === 'proxy' || choice.index(25) === 0) {
    for (let count = choice.index(4); count > 0; count -= 1) segments.push(choice.of(NAMES));
  }
  const path = segments.map((segment) => encode(segment, choice)).join('/');
  return `/${path}${choice.index(20) === 0 ? '/' : ''}${query}`;
}

/** As legal clients do it, mostly. */
function encode(text: string, choice: Choice): string {
  const how = choice.index(40);
  if (how === 0) return everyByte(text, choice);
  if (how === 1) return encodeURIComponent(everyByte(text, choice));
  if (how === 2) return text;
  if (how === 3) return encodeURIComponent(encodeURIComponent(text));
  return encodeURIComponent(text);
}

function everyByte(text: string, choice: Choice): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const code = byte.toString(16).padStart(2, '0');
      return `%${choice.index(2) === 0 ? code : code.toUpperCase()}`;
    })
    .join('');
}

function randomQuery(choice: Choice): string {
  const pairs: string[] = [];
  for (let count = 1 + choice.index(4); count > 0; count -= 1) pairs.push(randomPair(choice));
  // More parameters than Go reads.
  if (choice.index(2_000) === 0) pairs.push('&'.repeat(choice.of([9_990, 10_001])));
  return pairs.join('&');
}

function randomPair(choice: Choice): string {
  const pair = (key: string, value: string) => {
    const written = choice.index(15) === 0 ? everyByte(key, choice) : key;
    if (choice.index(25) === 0) return written;
    return `${written}=${choice.index(6) === 0 ? everyByte(value, choice) : encodeURIComponent(value).replaceAll('%20', '+')}`;
  };
  switch (choice.index(7)) {
    case 0:
      return pair('watch', choice.of(WATCHES));
    case 1:
      return pair(choice.of(['limit', 'timeoutSeconds']), choice.of(NUMBERS));
    case 2:
    case 3:
      return pair('fieldSelector', choice.of(FIELD_SELECTORS));
    case 4:
      return pair('labelSelector', randomLabelSelector(choice));
    case 5:
      return choice.of(['', '=', '=x', '&', 'a=b=c']);
    default:
      return pair(choice.of(OTHER_KEYS), choice.of(NAMES));
  }
}

function randomLabelSelector(choice: Choice): string {
  const shape = choice.index(6);
  if (shape === 0) return 'app=web';
  if (shape === 1) return `app in (${choice.of(['', 'a', 'a,b', ',', ',a', 'a,', ',,', ',,,a', 'a b', '(a)'])})`;
  let text = '';
  for (let count = choice.index(7); count > 0; count -= 1) text += choice.of(LABEL_WORDS);
  return text;
}

function mutate(target: string, choice: Choice): string {
  const at = choice.index(target.length + 1);
  switch (choice.index(9)) {
    case 0:
      return target.slice(0, at) + target.slice(at + 1);
    case 1:
      return target.toUpperCase();
    case 2: {
      // One of the slashes, written otherwise.
      const slash = target.indexOf('/', choice.index(Math.max(1, target.length)));
      return slash < 0 ? target : target.slice(0, slash) + choice.of(HOSTILE) + target.slice(slash + 1);
    }
    case 3: {
      const char = target[at];
      return char === undefined ? target : target.slice(0, at) + everyByte(char, choice) + target.slice(at + 1);
    }
    case 4:
      return target.slice(0, at) + String.fromCharCode(choice.index(256)) + target.slice(at);
    case 5:
      return target.slice(0, at) + target.slice(choice.index(target.length + 1));
    case 6:
      return choice.of(['https://evil.test', '', 'evil.test:443', '*', '//evil.test', '/api/..', '/.']) + target;
    default:
      return target.slice(0, at) + choice.of(HOSTILE) + target.slice(at);
  }
}
