import type { RawHeaders } from '@sallyport/core';
import { TunnelError } from '../errors.ts';
import type { RequestHead, ResponseHead } from './exchange.ts';

/**
 * What may stand in any string of a head: field content of RFC 9110, section 5.5. Control characters would end a line
 * of the HTTP/1.1 request that the agent writes, and characters above U+00FF would lose bits and become others.
 */
const FIELD_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

const FLAG_UPGRADE = 1;
/** Strings of an OPEN head in front of the headers: method, target, capability, decision id. */
const REQUEST_STRINGS = 4;

/** Encodes a request head. PROTOCOL.md, section 9.1. @throws TunnelError `ERR_TUNNEL_PROTOCOL` for text no head can carry */
export function encodeRequestHead(head: RequestHead): Buffer {
  const { method, target, capability, decisionId, headers } = head;
  return encodeStrings(head.upgrade ? FLAG_UPGRADE : 0, [method, target, capability, decisionId, ...headers]);
}

/** Decodes a request head. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function decodeRequestHead(payload: Uint8Array): RequestHead {
  const { lead, strings } = decodeStrings(payload);
  const [method, target, capability, decisionId] = strings;
  if (method === undefined || target === undefined || capability === undefined || decisionId === undefined) {
    throw malformed(`request head has ${strings.length} strings, at least ${REQUEST_STRINGS} are needed`);
  }
  const headers = strings.slice(REQUEST_STRINGS);
  assertPairs(headers);
  return { method, target, headers, upgrade: (lead & FLAG_UPGRADE) !== 0, capability, decisionId };
}

/** Encodes a response head. PROTOCOL.md, section 9.2. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function encodeResponseHead(head: ResponseHead): Buffer {
  return encodeStrings(head.status, head.headers);
}

/** Decodes a response head. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function decodeResponseHead(payload: Uint8Array): ResponseHead {
  const { lead: status, strings: headers } = decodeStrings(payload);
  if (status < 100 || status > 599) throw malformed(`response status is ${status}, must be from 100 to 599`);
  assertPairs(headers);
  return { status, headers };
}

const NO_TRAILERS = Buffer.alloc(0);
const NO_HEADERS: RawHeaders = [];

/** Encodes trailers; none are no bytes. PROTOCOL.md, section 9.3. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function encodeTrailers(trailers: RawHeaders | undefined): Buffer {
  return trailers === undefined || trailers.length === 0 ? NO_TRAILERS : encodeStrings(0, trailers);
}

/** Decodes trailers. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function decodeTrailers(payload: Uint8Array): RawHeaders {
  if (payload.byteLength === 0) return NO_HEADERS;
  const { strings } = decodeStrings(payload);
  assertPairs(strings);
  return strings;
}

/**
 * Number, count, lengths, then the text of all strings in one piece. The lengths stand apart so that text is written,
 * read and checked in one native call each, however many headers there are.
 */
function encodeStrings(lead: number, strings: readonly string[]): Buffer {
  const text = strings.join('');
  if (!FIELD_TEXT.test(text)) throw malformed('head holds a control character, or one above U+00FF');
  let bytes = varintBytes(lead) + varintBytes(strings.length) + text.length;
  for (const string of strings) bytes += varintBytes(string.length);
  const payload = Buffer.allocUnsafe(bytes);
  let at = writeVarint(payload, 0, lead);
  at = writeVarint(payload, at, strings.length);
  for (const string of strings) at = writeVarint(payload, at, string.length);
  payload.write(text, at, 'latin1');
  return payload;
}

function decodeStrings(payload: Uint8Array): { readonly lead: number; readonly strings: string[] } {
  const reader: VarintReader = { bytes: payload, at: 0 };
  const lead = readVarint(reader);
  const count = readVarint(reader);
  // Each string costs at least its own length byte: a count beyond that is refused before anything is allocated.
  if (count > payload.byteLength - reader.at)
    throw malformed(`head declares ${count} strings in ${payload.byteLength} bytes`);
  const lengths: number[] = [];
  let total = 0;
  for (let i = 0; i < count; i += 1) {
    const length = readVarint(reader);
    lengths.push(length);
    total += length;
  }
  if (total !== payload.byteLength - reader.at) {
    throw malformed(`head declares ${total} bytes of text and holds ${payload.byteLength - reader.at}`);
  }
  const text = Buffer.from(payload.buffer, payload.byteOffset + reader.at, total).toString('latin1');
  if (!FIELD_TEXT.test(text)) throw malformed('head holds a control character');
  const strings: string[] = [];
  let at = 0;
  for (const length of lengths) {
    strings.push(text.slice(at, at + length));
    at += length;
  }
  return { lead, strings };
}

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}

/** LEB128, at most four bytes: 2^28 is above any frame. */
function writeVarint(target: Buffer, offset: number, value: number): number {
  let rest = value;
  let at = offset;
  while (rest >= 0x80) {
    target[at] = (rest & 0x7f) | 0x80;
    at += 1;
    rest >>>= 7;
  }
  target[at] = rest;
  return at + 1;
}

interface VarintReader {
  readonly bytes: Uint8Array;
  at: number;
}

function readVarint(reader: VarintReader): number {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = reader.bytes[reader.at];
    if (byte === undefined) throw malformed('head ends inside a number');
    reader.at += 1;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw malformed('head holds a number of more than four bytes');
}

function assertPairs(headers: readonly string[]): void {
  if (headers.length % 2 !== 0)
    throw malformed(`head holds ${headers.length} header strings, names and values must pair`);
}

function malformed(message: string): TunnelError {
  return new TunnelError({ code: 'ERR_TUNNEL_PROTOCOL', message });
}
