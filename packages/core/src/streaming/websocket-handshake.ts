import { createHash } from 'node:crypto';
import { allHeaders, type RawHeaders } from '../raw-headers.ts';

const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLIENT_KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Prefix of the subprotocol that carries a bearer token, which must never travel on. */
export const BEARER_SUBPROTOCOL_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/** Value of `Sec-WebSocket-Accept` for a client's key (RFC 6455, section 4.2.2). */
export function webSocketAccept(key: string): string {
  return createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
}

/** Whether `key` is the base64 form of 16 bytes, as `Sec-WebSocket-Key` must be. */
export function isWebSocketKey(key: string): boolean {
  return CLIENT_KEY.test(key);
}

/** Subprotocols a client offers, in its order: lines and comma lists alike (RFC 6455, section 11.3.4). */
export function parseSubprotocols(headers: RawHeaders): string[] {
  return allHeaders(headers, 'sec-websocket-protocol')
    .flatMap((line) => line.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Subprotocols without those that carry a bearer token. */
export function withoutBearerSubprotocols(offered: readonly string[]): string[] {
  return offered.filter((name) => !name.toLowerCase().startsWith(BEARER_SUBPROTOCOL_PREFIX));
}
