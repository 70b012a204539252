import { CoreError } from '../errors.ts';

/** Frame types of RFC 6455, section 5.2. */
export type WebSocketOpcode = 'continuation' | 'text' | 'binary' | 'close' | 'ping' | 'pong';

/** One frame, unmasked. */
export interface WebSocketFrame {
  readonly opcode: WebSocketOpcode;
  /** Last frame of its message. Control frames are always final. */
  readonly fin: boolean;
  /** Whether the frame came masked, as every frame of a client must. */
  readonly masked: boolean;
  readonly payload: Uint8Array;
}

/** What {@link encodeWebSocketFrame} takes besides type and payload. */
export interface WebSocketEncodeOptions {
  /** Default true. */
  readonly fin?: boolean;
  /** Four random bytes, for frames of a client. Absent: not masked. */
  readonly mask?: Uint8Array;
}

/** Largest payload of a control frame, in bytes (RFC 6455, section 5.5). */
export const MAX_CONTROL_PAYLOAD_BYTES = 125;

const NUMBER_OF_OPCODE: Readonly<Record<WebSocketOpcode, number>> = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
};

const OPCODE_OF_NUMBER = new Map<number, WebSocketOpcode>(
  Object.entries(NUMBER_OF_OPCODE).map(([name, number]) => [number, name as WebSocketOpcode]),
);

/** The frame type of an opcode nibble; `undefined` for reserved ones. */
export function webSocketOpcode(nibble: number): WebSocketOpcode | undefined {
  return OPCODE_OF_NUMBER.get(nibble);
}

/** Whether frames of this opcode nibble are control frames, which may stand between the fragments of a message. */
export function isControlOpcode(nibble: number): boolean {
  return (nibble & 0x8) !== 0;
}

/** Encodes one frame with the shortest length form. Does not split large payloads. */
export function encodeWebSocketFrame(
  opcode: WebSocketOpcode,
  payload: Uint8Array,
  options: WebSocketEncodeOptions = {},
): Uint8Array {
  const { fin = true, mask } = options;
  const length = payload.length;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const headerBytes = 2 + lengthBytes + (mask ? 4 : 0);
  const frame = new Uint8Array(headerBytes + length);
  const view = new DataView(frame.buffer);
  frame[0] = (fin ? 0x80 : 0) | NUMBER_OF_OPCODE[opcode];
  frame[1] = (mask ? 0x80 : 0) | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  frame.set(payload, headerBytes);
  if (mask) {
    frame.set(mask.subarray(0, 4), headerBytes - 4);
    applyMask(frame.subarray(headerBytes), mask, 0);
  }
  return frame;
}

/** XORs `bytes` in place with the mask, as if they began at `offset` of the payload (RFC 6455, section 5.3). */
export function applyMask(bytes: Uint8Array, mask: Uint8Array, offset: number): void {
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (bytes[i] as number) ^ (mask[(offset + i) & 3] as number);
  }
}

/** What a close frame says. */
export interface WebSocketClose {
  /** Status code of RFC 6455, section 7.4; 1005 when the frame gave none. */
  readonly code: number;
  readonly reason: string;
}

/** Encodes the payload of a close frame. A reason above 123 bytes is cut at a character. */
export function encodeClosePayload(close: WebSocketClose): Uint8Array {
  let text = Buffer.from(close.reason, 'utf8');
  if (text.length > MAX_CONTROL_PAYLOAD_BYTES - 2) {
    let end = MAX_CONTROL_PAYLOAD_BYTES - 2;
    while (end > 0 && ((text[end] as number) & 0xc0) === 0x80) end--;
    text = text.subarray(0, end);
  }
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, close.code);
  payload.set(text, 2);
  return payload;
}

/**
 * Reads the payload of a close frame.
 * @throws CoreError `ERR_WEBSOCKET_PROTOCOL` when it is a single byte
 */
export function parseClosePayload(payload: Uint8Array): WebSocketClose {
  if (payload.length === 0) return { code: 1005, reason: '' };
  if (payload.length === 1) throw webSocketError('close frame has 1 byte, needs none or at least 2');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return { code: view.getUint16(0), reason: Buffer.from(payload.subarray(2)).toString('utf8') };
}

/** An `ERR_WEBSOCKET_PROTOCOL` error. */
export function webSocketError(message: string): CoreError {
  return new CoreError({ code: 'ERR_WEBSOCKET_PROTOCOL', message });
}
