import { TunnelError } from '../errors.ts';

/** Tag of field 1 with wire type 2, as `message Batch { bytes frames = 1; }` encodes it. PROTOCOL.md, section 10.2. */
const FRAMES_TAG = 0x0a;

/** Room for the tag and a length of up to four bytes (2^28). */
export const BATCH_HEADROOM_BYTES = 5;

/**
 * Makes a protobuf `Batch` of a buffer whose frames start behind {@link BATCH_HEADROOM_BYTES}: the header is written
 * right in front of them, and the view begins there. Nothing is copied.
 */
export function sealBatch(buffer: Uint8Array): Uint8Array {
  const length = buffer.byteLength - BATCH_HEADROOM_BYTES;
  const varintBytes = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
  const start = BATCH_HEADROOM_BYTES - varintBytes - 1;
  buffer[start] = FRAMES_TAG;
  let rest = length;
  for (let i = 1; i < varintBytes; i += 1) {
    buffer[start + i] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[BATCH_HEADROOM_BYTES - 1] = rest;
  return buffer.subarray(start);
}

/**
 * Frames of a protobuf `Batch`, as a view. An empty message is an empty batch; anything but field 1 alone is refused.
 * @throws TunnelError `ERR_TUNNEL_PROTOCOL`
 */
export function openBatch(message: Uint8Array): Uint8Array {
  if (message.byteLength === 0) return message;
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7, at += 1) {
    const byte = message[at];
    if (message[0] !== FRAMES_TAG || byte === undefined || shift > 21) throw malformed(message.byteLength);
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (length !== message.byteLength - at - 1) throw malformed(message.byteLength);
  return message.subarray(at + 1);
}

function malformed(bytes: number): TunnelError {
  return new TunnelError({
    code: 'ERR_TUNNEL_PROTOCOL',
    message: `message of ${bytes} bytes is no batch with exactly one field of frames`,
  });
}
