import { createByteQueue } from './byte-queue.ts';
import {
  applyMask,
  isControlOpcode,
  MAX_CONTROL_PAYLOAD_BYTES,
  type WebSocketFrame,
  webSocketError,
  webSocketOpcode,
} from './websocket-frame.ts';

/** Limits and expectations of {@link createWebSocketDecoder}. */
export interface WebSocketDecoderOptions {
  /**
   * Largest payload of one frame, in bytes. A larger declared length is refused when the header is read, before any
   * payload is kept. Defaults to 4 MiB; kube-apiserver and kubectl send at most 32 KiB.
   */
  readonly maxPayloadBytes?: number;
  /** Refuse frames that are masked (`false`) or not masked (`true`). Absent: take both. */
  readonly masked?: boolean;
}

/** Incremental decoder of RFC 6455 frames. After it has thrown, it must not be used again. */
export interface WebSocketDecoder {
  /**
   * Takes the next bytes, split anywhere, and returns the frames they complete.
   * @throws CoreError `ERR_WEBSOCKET_PROTOCOL`
   */
  push(chunk: Uint8Array): WebSocketFrame[];
  /** Whether no frame is half read. */
  readonly atBoundary: boolean;
}

interface Header {
  readonly opcode: WebSocketFrame['opcode'];
  readonly fin: boolean;
  readonly mask: Uint8Array | undefined;
  readonly length: number;
}

/** Largest frame header: two bytes, a 64-bit length and the mask. */
export const MAX_WEBSOCKET_HEADER_BYTES = 14;

/** Length of the header that these first two bytes begin. */
export function webSocketHeaderBytes(second: number): number {
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}

/** Declared payload length of a complete header, in bytes. Above 2^53 it is `Infinity`. */
export function webSocketPayloadLength(header: Uint8Array): number {
  const short = (header[1] as number) & 0x7f;
  if (short < 126) return short;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (short === 126) return view.getUint16(2);
  const length = view.getBigUint64(2);
  return length > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(length);
}

function readHeader(bytes: Uint8Array, limit: number, wantMasked: boolean | undefined): Header {
  const first = bytes[0] as number;
  const second = bytes[1] as number;
  if ((first & 0x70) !== 0) throw webSocketError('frame uses reserved bits without a negotiated extension');
  const opcode = webSocketOpcode(first & 0x0f);
  if (opcode === undefined) throw webSocketError(`frame has the reserved opcode ${first & 0x0f}`);
  const fin = (first & 0x80) !== 0;
  const length = webSocketPayloadLength(bytes);
  if (isControlOpcode(first & 0x0f)) {
    if (!fin) throw webSocketError('control frame is fragmented');
    if (length > MAX_CONTROL_PAYLOAD_BYTES) {
      throw webSocketError(`control frame payload is ${length} bytes, limit is ${MAX_CONTROL_PAYLOAD_BYTES}`);
    }
  }
  if (length > limit) throw webSocketError(`frame payload is ${length} bytes, limit is ${limit}`);
  const masked = (second & 0x80) !== 0;
  if (wantMasked !== undefined && masked !== wantMasked) {
    throw webSocketError(masked ? 'frame of a server is masked' : 'frame of a client is not masked');
  }
  return { opcode, fin, length, mask: masked ? new Uint8Array(bytes.subarray(bytes.length - 4)) : undefined };
}

/** Creates a decoder for one direction of a WebSocket connection. */
export function createWebSocketDecoder(options: WebSocketDecoderOptions = {}): WebSocketDecoder {
  const limit = options.maxPayloadBytes ?? 4 * 1_024 * 1_024;
  const headerBuffer = new Uint8Array(MAX_WEBSOCKET_HEADER_BYTES);
  let headerLength = 0;
  let header: Header | undefined;
  let insideMessage = false;
  const payload = createByteQueue();

  function finish(done: Header): WebSocketFrame {
    const bytes = payload.take();
    if (done.mask) applyMask(bytes, done.mask, 0);
    header = undefined;
    headerLength = 0;
    if (done.opcode === 'continuation') {
      insideMessage = !done.fin;
    } else if (done.opcode === 'text' || done.opcode === 'binary') {
      insideMessage = !done.fin;
    }
    return { opcode: done.opcode, fin: done.fin, masked: done.mask !== undefined, payload: bytes };
  }

  function checkOrder(next: Header): void {
    if (next.opcode === 'continuation' && !insideMessage) {
      throw webSocketError('continuation frame without a message to continue');
    }
    if ((next.opcode === 'text' || next.opcode === 'binary') && insideMessage) {
      throw webSocketError('new message begins before the last one has ended');
    }
  }

  return {
    get atBoundary() {
      return header === undefined && headerLength === 0;
    },
    push(chunk) {
      const frames: WebSocketFrame[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (header === undefined) {
          headerBuffer[headerLength++] = chunk[at++] as number;
          if (headerLength < 2 || headerLength < webSocketHeaderBytes(headerBuffer[1] as number)) continue;
          header = readHeader(headerBuffer.subarray(0, headerLength), limit, options.masked);
          checkOrder(header);
        }
        const take = Math.min(header.length - payload.length, chunk.length - at);
        payload.append(chunk.subarray(at, at + take));
        at += take;
        if (payload.length === header.length) frames.push(finish(header));
      }
      return frames;
    },
  };
}
