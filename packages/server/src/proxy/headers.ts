import type { RawHeaders } from '@sallyport/core';
import { parseSubprotocols, withoutBearerSubprotocols } from '@sallyport/core/streaming';

/**
 * Request headers that may go upstream. Everything else is dropped: credentials, cookies, forwarding headers, identity
 * of any kind and, with `Connection`, the way to name a header for removal on a later hop.
 */
const REQUEST_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'kubectl-command',
  'kubectl-session',
  'origin',
  'range',
  'traceparent',
  'tracestate',
  'user-agent',
]);

/** Headers of a protocol switch, kept only on a request that was recognised as one. */
const UPGRADE_HEADERS = new Set(['sec-websocket-key', 'sec-websocket-version', 'x-stream-protocol-version']);

/** Response headers that must not reach the downstream: connection-specific ones and those that act on our origin. */
const DROPPED_RESPONSE_HEADERS = new Set([
  'connection',
  'content-security-policy',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'public-key-pins',
  'set-cookie',
  'strict-transport-security',
  'te',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  'x-content-type-options',
]);

/** Whether a header tries to say who the request acts as. Matches the prefix, and the underscore form of it. */
export function isImpersonationHeader(name: string): boolean {
  return /^impersonate[-_]/i.test(name);
}

/** Headers that ask for an answer in parts, in another form or not at all, and so go nowhere when it has to be read. */
const FORM_HEADERS = new Set(['accept', 'accept-encoding', 'if-modified-since', 'if-none-match', 'range']);

/**
 * The headers that go into OPEN: those of the allow-list, in order, with repeats; identity is the agent's to add. With
 * `readableAccept`, the answer is asked for whole, in that form and unencoded, so that the proxy can read it. `traceparent` stands in for the client's.
 */
export function upstreamRequestHeaders(
  headers: RawHeaders,
  upgrade: Upgrade | undefined,
  readableAccept?: string,
  traceparent?: string,
): string[] {
  const kept: string[] = readableAccept === undefined ? [] : ['Accept', readableAccept, 'Accept-Encoding', 'identity'];
  if (traceparent !== undefined) kept.push('traceparent', traceparent);
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    const lower = name.toLowerCase();
    if (readableAccept !== undefined && FORM_HEADERS.has(lower)) continue;
    if (traceparent !== undefined && lower === 'traceparent') continue;
    if (REQUEST_HEADERS.has(lower)) {
      kept.push(name, value);
    } else if (upgrade !== undefined && UPGRADE_HEADERS.has(lower)) {
      kept.push(name, value);
    }
  }
  if (upgrade === undefined) return kept;
  const subprotocols = withoutBearerSubprotocols(parseSubprotocols(headers));
  if (subprotocols.length > 0) kept.push('Sec-WebSocket-Protocol', subprotocols.join(', '));
  kept.push('Connection', 'Upgrade', 'Upgrade', upgrade);
  return kept;
}

/** The headers of an upstream answer that go downstream. */
export function downstreamResponseHeaders(headers: RawHeaders): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const lower = (headers[i] as string).toLowerCase();
    if (DROPPED_RESPONSE_HEADERS.has(lower) || lower.startsWith('access-control-')) continue;
    kept.push(headers[i] as string, headers[i + 1] as string);
  }
  // What a pod serves through `proxy` must stay inert in a browser that is signed in here.
  kept.push('X-Content-Type-Options', 'nosniff', 'Content-Security-Policy', 'sandbox');
  return kept;
}

/** Protocols that a request may switch to. */
export type Upgrade = 'SPDY/3.1' | 'websocket';

/** Reads the `Upgrade` header: one known protocol, or `refused` for anything else (`h2c`, lists, repeats). */
export function readUpgrade(headers: RawHeaders): Upgrade | 'refused' | undefined {
  let found: Upgrade | 'refused' | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() !== 'upgrade') continue;
    if (found !== undefined) return 'refused';
    const value = (headers[i + 1] as string).trim().toLowerCase();
    found = value === 'spdy/3.1' ? 'SPDY/3.1' : value === 'websocket' ? 'websocket' : 'refused';
  }
  return found;
}
