import { FRAME_HEADER_BYTES } from './frame.ts';

/** One frame as values: what the vectors and the tests speak in. The sender never builds these for DATA. */
export interface Frame {
  readonly type: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** Writes a frame header at `offset` and returns the offset of the payload. PROTOCOL.md, section 2. */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  length: number,
  type: number,
  streamId: number,
): number {
  target[offset] = length >>> 16;
  target[offset + 1] = length >>> 8;
  target[offset + 2] = length;
  target[offset + 3] = type;
  return writeUint32(target, offset + 4, streamId);
}

/** Writes a big-endian 32-bit number and returns the offset behind it. */
export function writeUint32(target: Uint8Array, offset: number, value: number): number {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
  return offset + 4;
}

/** Bytes of one frame. */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + frame.payload.byteLength);
  const at = writeFrameHeader(bytes, 0, frame.payload.byteLength, frame.type, frame.streamId);
  bytes.set(frame.payload, at);
  return bytes;
}
