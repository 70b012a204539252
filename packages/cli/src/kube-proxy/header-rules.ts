import { firstHeader, type RawHeaders } from '@sallyport/core';
import { parseSubprotocols, withoutBearerSubprotocols } from '@sallyport/core/streaming';

/** Headers about one connection (RFC 9110, section 7.6.1); the next has its own. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What says who is asking, or through whom, or which page: none of it is the proxy's to pass on. */
const OF_THE_CALLER: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'forwarded',
  'host',
  'origin',
  'proxy-authorization',
  'referer',
  'sec-websocket-protocol',
]);

/**
 * The headers that go to the server with a request: those of the caller without its identity, then ours.
 * @param token credential of the person, in clear
 * @param upgrade protocol that the request asks to switch to
 */
export function serverHeaders(
  headers: RawHeaders,
  { host, token, upgrade }: { readonly host: string; readonly token: string; readonly upgrade?: string | undefined },
): string[] {
  const named = namedByConnection(headers);
  const kept = withoutHeaders(
    headers,
    (name) =>
      HOP_BY_HOP.has(name) ||
      OF_THE_CALLER.has(name) ||
      named.has(name) ||
      name.startsWith('x-forwarded-') ||
      name.startsWith('sec-fetch-') ||
      /^impersonate[-_]/.test(name),
  );
  const own = ['Host', host, 'Authorization', `Bearer ${token}`];
  // Node frames no body of a GET or DELETE by itself, and what is not framed is the next request to whoever reads it.
  const isChunked = firstHeader(headers, 'transfer-encoding') !== undefined;
  if (upgrade === undefined) return [...own, ...kept, ...(isChunked ? ['Transfer-Encoding', 'chunked'] : [])];
  const subprotocols = withoutBearerSubprotocols(parseSubprotocols(headers));
  return [
    ...own,
    ...kept,
    ...(subprotocols.length === 0 ? [] : ['Sec-WebSocket-Protocol', subprotocols.join(', ')]),
    ...['Connection', 'Upgrade', 'Upgrade', upgrade],
  ];
}

/** The headers of an answer that go to the caller. */
export function callerHeaders(headers: RawHeaders): string[] {
  const named = namedByConnection(headers);
  return withoutHeaders(headers, (name) => HOP_BY_HOP.has(name) || named.has(name) || name === 'set-cookie');
}

function withoutHeaders(headers: RawHeaders, isDropped: (name: string) => boolean): string[] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 && !isDropped(name.toLowerCase()) ? [name, headers[index + 1] ?? ''] : [],
  );
}

/** Headers that `Connection` names are of that connection too; it can't take away what frames or says what the body is. */
function namedByConnection(headers: RawHeaders): ReadonlySet<string> {
  const names = headers.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() === 'connection' ? (headers[index + 1] ?? '').split(',') : [],
  );
  const named = new Set(names.map((name) => name.trim().toLowerCase()));
  for (const kept of ['content-length', 'content-type', 'content-encoding']) named.delete(kept);
  return named;
}
