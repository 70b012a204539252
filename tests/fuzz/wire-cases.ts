import type { Choice } from '../../packages/server/src/api/testing/choice.ts';
import { PREFIX, type Protocol } from '../security/harness.ts';
import { pad, randomHandshake, randomHeaders } from './heads.ts';
import type { Http1Bytes } from './http1-lane.ts';
import type { Http2Fields } from './http2-lane.ts';
import { type RequestLine, randomRequestLine } from './targets.ts';

/** Who sends: people of three roles, somebody with a forged credential, and somebody without. */
export const SENDERS = ['admin', 'admin', 'admin', 'developer', 'viewer', 'forged', 'nobody'] as const;
export type Sender = (typeof SENDERS)[number];

/** One request of the fuzzer. */
export interface WireCase extends RequestLine {
  /** Trace id: what it is found by upstream and in the audit log. */
  readonly id: string;
  readonly sender: Sender;
  /** Before `target`; empty where only the credential says which cluster is meant. */
  readonly prefix: string;
  readonly headers: readonly string[];
  readonly body: BodyForm | undefined;
  readonly asksForUpgrade: boolean;
}

/** A body and what is said of it. */
export type BodyForm = 'sized' | 'chunked' | 'short' | 'long' | 'both' | 'twoLengths' | 'oddChunks' | 'oddCoding';

const BODY = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p1"}}';
const BODIES: readonly BodyForm[] = [
  'sized',
  'sized',
  'chunked',
  'short',
  'long',
  'both',
  'twoLengths',
  'oddChunks',
  'oddCoding',
];
const STREAMS = ['exec', 'attach', 'portforward', 'log', 'proxy', 'status'];

/** A random request; half of those that ask for another protocol are about a stream that may switch. */
export function randomWireCase(choice: Choice, index: number): WireCase {
  const asksForUpgrade = choice.index(6) === 0;
  let line = randomRequestLine(choice);
  if (asksForUpgrade && choice.index(2) === 0) {
    const target = `/api/v1/namespaces/shop/pods/p1/${choice.of(STREAMS)}?command=sh&stdin=true`;
    line = { method: choice.of(['GET', 'POST']), target };
  }
  const headers = [...(asksForUpgrade ? randomHandshake(choice) : []), ...randomHeaders(choice)];
  if (headers.length > 0 && choice.index(15) === 0) headers[0] = pad(headers[0] ?? '', choice);
  const hasBody = !asksForUpgrade && (['POST', 'PUT', 'PATCH'].includes(line.method) || choice.index(25) === 0);
  return {
    ...line,
    id: `f022${index.toString(16).padStart(28, '0')}`,
    sender: choice.of(SENDERS),
    prefix: choice.index(12) === 0 ? '' : PREFIX,
    headers,
    body: hasBody ? choice.of(BODIES) : undefined,
    asksForUpgrade,
  };
}

function credential(token: string | undefined): string[] {
  return token === undefined ? [] : ['Authorization', `Bearer ${token}`];
}

/** A case as bytes of HTTP/1.1. With `next`, a second case comes right behind it, before any answer. */
export function asHttp1(one: WireCase, token: string | undefined, next?: Http1Bytes): Http1Bytes {
  const lines = [
    'Host',
    '127.0.0.1',
    ...credential(token),
    'traceparent',
    `00-${one.id}-00f067aa0ba902b7-01`,
    ...one.headers,
  ];
  let body = '';
  const say = (name: string, value: string) => lines.push(name, value);
  const chunks = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  if (one.body !== undefined) {
    body = BODY;
    say('Content-Type', 'application/json');
  }
  if (one.body === 'sized') say('Content-Length', String(BODY.length));
  if (one.body === 'short') say('Content-Length', String(BODY.length - 9));
  if (one.body === 'long') say('Content-Length', String(BODY.length + 9));
  if (one.body === 'twoLengths') lines.push('Content-Length', String(BODY.length), 'Content-Length', '3');
  if (one.body === 'both') say('Content-Length', '3');
  if (one.body === 'chunked' || one.body === 'both') say('Transfer-Encoding', 'chunked');
  if (one.body === 'oddCoding') say('Transfer-Encoding', 'xchunked, chunked ,identity');
  if (one.body === 'oddChunks') say('Transfer-Encoding', 'chunked');
  if (one.body === 'chunked' || one.body === 'both') body = chunks;
  if (one.body === 'oddChunks')
    body = chunks.replace('\r\n', ';ext=\r\n').replace('0\r\n\r\n', '0\r\nImpersonate-User: evil\r\n\r\n');
  let head = `${one.method} ${one.prefix}${one.target} HTTP/1.1\r\n`;
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i]}: ${lines[i + 1]}\r\n`;
  const isPlain = one.body === undefined || one.body === 'sized' || one.body === 'chunked';
  const bytes = Buffer.from(`${head}\r\n${body}`, 'latin1');
  const isHead = [one.method === 'HEAD', ...(next?.isHead ?? [])];
  return {
    bytes: next === undefined ? bytes : Buffer.concat([bytes, next.bytes]),
    isHead,
    endsAfter: !isPlain,
    isLast: !isPlain || one.asksForUpgrade || next !== undefined,
  };
}

/** A case as fields of HTTP/2. Most names are in lower case, as they must be. */
export function asHttp2(one: WireCase, token: string | undefined, choice: Choice): Http2Fields {
  const fields = [
    ':method',
    one.method,
    ':scheme',
    'https',
    ':authority',
    '127.0.0.1',
    ':path',
    one.prefix + one.target,
  ];
  if (one.asksForUpgrade && choice.index(2) === 0)
    fields.push(':protocol', choice.of(['websocket', 'SPDY/3.1', 'connect-udp']));
  fields.push(...credential(token).map((text, i) => (i === 0 ? text.toLowerCase() : text)));
  fields.push('traceparent', `00-${one.id}-00f067aa0ba902b7-01`);
  const keepsCase = choice.index(20) === 0;
  for (let i = 0; i < one.headers.length; i += 2) {
    const name = one.headers[i] as string;
    // These alone make every request malformed, and nothing else of it would be looked at.
    if (/^(connection|upgrade|keep-alive|proxy-connection|te)$/i.test(name) && choice.index(4) > 0) continue;
    fields.push(keepsCase ? name : name.toLowerCase(), one.headers[i + 1] as string);
  }
  if (one.body === undefined) return { fields };
  fields.push('content-type', 'application/json');
  if (one.body === 'short') fields.push('content-length', String(BODY.length - 9));
  if (one.body === 'long') fields.push('content-length', String(BODY.length + 9));
  if (one.body === 'sized') fields.push('content-length', String(BODY.length));
  if (one.body === 'oddCoding') fields.push('transfer-encoding', 'chunked');
  return { fields, body: Buffer.from(BODY) };
}

/** A case in a line, for a failure. */
export function describeCase(one: WireCase, protocol: Protocol): string {
  return `${protocol} ${JSON.stringify(one).slice(0, 900)}`;
}
