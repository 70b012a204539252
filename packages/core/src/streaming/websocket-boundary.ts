import { MAX_WEBSOCKET_HEADER_BYTES, webSocketHeaderBytes, webSocketPayloadLength } from './websocket-decoder.ts';
import { isControlOpcode } from './websocket-frame.ts';

/** A piece of a data frame's payload, as it passes. */
export type PayloadListener = (piece: Uint8Array, position: PayloadPosition) => void;

/** A data frame begins: `isMessageStart` unless it continues a message. */
export type DataFrameListener = (isMessageStart: boolean) => void;

/** Where a piece stands in its frame. */
export interface PayloadPosition {
  /** Offset of the piece in the frame's payload, in bytes. */
  readonly offset: number;
  /** The frame continues a message that an earlier frame began. */
  readonly continuation: boolean;
  /** Mask of the frame, when it has one; the piece is still masked. */
  readonly mask: Uint8Array | undefined;
}

/** Knows where the bytes of one direction stand, without keeping any payload. */
export interface WebSocketBoundaryTracker {
  /** Takes the next bytes of the direction. Never throws: bytes that are no frames leave `broken` true. */
  push(chunk: Uint8Array): void;
  /** Index in `chunk` of the first frame boundary at or after its start, were it pushed next; -1 when it has none. */
  boundaryIn(chunk: Uint8Array): number;
  /** No frame is half sent. */
  readonly atBoundary: boolean;
  /** A fragmented message has begun and not ended. */
  readonly insideMessage: boolean;
  /** Payload bytes that the current frame still lacks; 0 inside a header. */
  readonly remainingBytes: number;
  /** Bytes of an unfinished header, empty otherwise. */
  readonly partialHeader: Uint8Array;
  /** Whether a Close frame has passed. */
  readonly closed: boolean;
  /** A header declared an impossible length; nothing can be said any more. */
  readonly broken: boolean;
}

/**
 * Creates a tracker for one direction. `onPayload` sees the payload of data frames piece by piece (still masked) when it
 * is given; without it, payload is skipped by arithmetic alone. `onFrame` is told of frames without payload too.
 */
export function createWebSocketBoundaryTracker(
  onPayload?: PayloadListener,
  onFrame?: DataFrameListener,
): WebSocketBoundaryTracker {
  const header = new Uint8Array(MAX_WEBSOCKET_HEADER_BYTES);
  let headerLength = 0;
  let remaining = 0;
  let offset = 0;
  let insideMessage = false;
  let closed = false;
  let broken = false;
  let mask: Uint8Array | undefined;

  function beginFrame(): void {
    const first = header[0] as number;
    remaining = webSocketPayloadLength(header.subarray(0, headerLength));
    if (!Number.isFinite(remaining)) {
      broken = true;
      return;
    }
    mask = (header[1] as number) & 0x80 ? header.slice(headerLength - 4, headerLength) : undefined;
    offset = 0;
    if (!isControlOpcode(first & 0x0f)) {
      insideMessage = (first & 0x80) === 0;
      onFrame?.((first & 0x0f) !== 0);
    }
    if ((first & 0x0f) === 0x8) closed = true;
    if (remaining === 0) headerLength = 0;
  }

  const self: WebSocketBoundaryTracker = {
    get atBoundary() {
      return headerLength === 0 && !broken;
    },
    get insideMessage() {
      return insideMessage;
    },
    get remainingBytes() {
      return remaining;
    },
    get partialHeader() {
      return remaining > 0 ? header.subarray(0, 0) : header.slice(0, headerLength);
    },
    get closed() {
      return closed;
    },
    get broken() {
      return broken;
    },
    boundaryIn(chunk) {
      if (self.atBoundary) return 0;
      if (remaining > 0) return remaining <= chunk.length ? remaining : -1;
      // Inside a header: read on in a copy until its frame's end is known.
      const copy = header.slice();
      let length = headerLength;
      for (let at = 0; at < chunk.length; at++) {
        copy[length++] = chunk[at] as number;
        if (length < 2 || length < webSocketHeaderBytes(copy[1] as number)) continue;
        const end = at + 1 + webSocketPayloadLength(copy.subarray(0, length));
        return end <= chunk.length ? end : -1;
      }
      return -1;
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length && !broken) {
        if (remaining === 0) {
          header[headerLength++] = chunk[at++] as number;
          if (headerLength >= 2 && headerLength >= webSocketHeaderBytes(header[1] as number)) beginFrame();
          continue;
        }
        const take = Math.min(remaining, chunk.length - at);
        const opcode = (header[0] as number) & 0x0f;
        if (onPayload && !isControlOpcode(opcode)) {
          onPayload(chunk.subarray(at, at + take), { offset, continuation: opcode === 0, mask });
        }
        at += take;
        offset += take;
        remaining -= take;
        if (remaining === 0) headerLength = 0;
      }
    },
  };
  return self;
}
