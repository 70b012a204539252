/** What the first bytes of a connection turn out to be. */
export type ClientHelloResult =
  /** More bytes are needed. */
  | { readonly kind: 'incomplete' }
  /** Not a TLS handshake; `looksLikeHttp` when it starts with an HTTP method. */
  | { readonly kind: 'notTls'; readonly looksLikeHttp: boolean }
  /** Longer than the limit, or malformed. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'hello'; readonly serverName: string | undefined };

/** Longest ClientHello that is put together, in bytes. Real ones are 0.3–2 KiB. */
export const MAX_CLIENT_HELLO_BYTES = 16_384;

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 0x01;
const SERVER_NAME_EXTENSION = 0;
const HTTP_METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PRI) /;

/**
 * Reads the server name (SNI, RFC 6066 section 3) out of the first bytes of a TLS connection, which may stop anywhere
 * and may spread the ClientHello over several records (RFC 8446 section 5.1). Pure; consumes nothing.
 */
export function peekClientHello(bytes: Buffer): ClientHelloResult {
  if (bytes.length === 0) return { kind: 'incomplete' };
  if (bytes[0] !== HANDSHAKE) {
    if (bytes.length < 8 && HTTP_METHOD_STARTS.some((method) => method.startsWith(bytes.toString('latin1')))) {
      return { kind: 'incomplete' };
    }
    return { kind: 'notTls', looksLikeHttp: HTTP_METHOD.test(bytes.toString('latin1', 0, 8)) };
  }
  const handshake = joinRecords(bytes);
  if (handshake === undefined) return { kind: 'malformed' };
  if (handshake.length < 4) return tooLong(bytes);
  if (handshake[0] !== CLIENT_HELLO) return { kind: 'malformed' };
  const end = 4 + handshake.readUIntBE(1, 3);
  if (end > MAX_CLIENT_HELLO_BYTES) return { kind: 'malformed' };
  if (handshake.length < end) return tooLong(bytes);
  try {
    return { kind: 'hello', serverName: readServerName(handshake.subarray(4, end)) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'malformed' };
    throw error;
  }
}

const HTTP_METHOD_STARTS = [
  'GET ',
  'HEAD ',
  'POST ',
  'PUT ',
  'PATCH ',
  'DELETE ',
  'OPTIONS ',
  'CONNECT ',
  'TRACE ',
  'PRI ',
];

function tooLong(bytes: Buffer): ClientHelloResult {
  return bytes.length > MAX_CLIENT_HELLO_BYTES ? { kind: 'malformed' } : { kind: 'incomplete' };
}

/** Payloads of the handshake records so far; `undefined` when a record of another type stands among them. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset + 5 <= bytes.length) {
    if (bytes[offset] !== HANDSHAKE) return parts.length > 0 ? Buffer.concat(parts) : undefined;
    const length = bytes.readUInt16BE(offset + 3);
    if (length === 0 || length > MAX_CLIENT_HELLO_BYTES + 2_048) return undefined;
    parts.push(bytes.subarray(offset + 5, Math.min(offset + 5 + length, bytes.length)));
    offset += 5 + length;
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

/** Reads past the end throw RangeError: the lengths inside contradict each other. */
function readServerName(hello: Buffer): string | undefined {
  let offset = 2 + 32; // legacy_version, random
  offset += 1 + hello.readUInt8(offset); // legacy_session_id
  offset += 2 + hello.readUInt16BE(offset); // cipher_suites
  offset += 1 + hello.readUInt8(offset); // legacy_compression_methods
  if (offset === hello.length) return undefined;
  const end = offset + 2 + hello.readUInt16BE(offset);
  offset += 2;
  if (end > hello.length) throw new RangeError('extensions run past the end');
  while (offset < end) {
    const type = hello.readUInt16BE(offset);
    const length = hello.readUInt16BE(offset + 2);
    offset += 4;
    if (offset + length > end) throw new RangeError('extension runs past the end');
    if (type === SERVER_NAME_EXTENSION) {
      const nameLength = hello.readUInt16BE(offset + 3);
      if (hello.readUInt8(offset + 2) !== 0 || 5 + nameLength > length)
        throw new RangeError('server name runs past the end');
      return hello.toString('latin1', offset + 5, offset + 5 + nameLength).toLowerCase();
    }
    offset += length;
  }
  return undefined;
}
