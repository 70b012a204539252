import { TunnelError } from './errors.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';
import { maxPayloadBytes, type TunnelLimits } from './limits.ts';

/**
 * Takes one frame. The payload is a view of the chunk where the frame lay in one chunk. `false` stops the decoder:
 * nothing more of the chunk is looked at.
 */
export type FrameSink = (type: number, streamId: number, payload: Uint8Array) => boolean;

/** Cuts a stream of bytes, split anywhere, into frames. */
export interface FrameDecoder {
  /**
   * Feeds bytes; `false` when the sink stopped it.
   * @throws TunnelError `ERR_TUNNEL_FRAME_TOO_LARGE` from the header alone, before any payload is kept
   */
  push(chunk: Uint8Array): boolean;
  /** Bytes held of a frame that is not complete. */
  readonly pendingBytes: number;
}

/** Reads a big-endian 32-bit number. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  );
}

/** Smallest buffer for a frame that comes in pieces; it doubles, so that a declared length alone reserves nothing. */
const FIRST_PARTIAL_BYTES = 1024;

/** Makes a decoder. Pure: no timers, no I/O; all state is the frame that is not complete. */
export function createFrameDecoder(
  limits: Pick<TunnelLimits, 'maxDataBytes' | 'maxControlBytes'>,
  sink: FrameSink,
): FrameDecoder {
  let partial: Uint8Array = new Uint8Array(0);
  let held = 0;

  /** Length of the whole frame whose header stands at `offset`. */
  function frameBytes(bytes: Uint8Array, offset: number): number {
    const length =
      ((bytes[offset] as number) << 16) | ((bytes[offset + 1] as number) << 8) | (bytes[offset + 2] as number);
    const type = bytes[offset + 3] as number;
    const limit = maxPayloadBytes(type, limits);
    if (length > limit) {
      throw new TunnelError({
        code: 'ERR_TUNNEL_FRAME_TOO_LARGE',
        message: `frame payload of type ${type} is ${length} bytes, limit is ${limit}`,
      });
    }
    return FRAME_HEADER_BYTES + length;
  }

  function emit(bytes: Uint8Array, offset: number, end: number): boolean {
    return sink(
      bytes[offset + 3] as number,
      readUint32(bytes, offset + 4),
      bytes.subarray(offset + FRAME_HEADER_BYTES, end),
    );
  }

  /** Moves bytes of `chunk` into the partial frame until it holds `wanted`; returns the bytes taken. */
  function fill(chunk: Uint8Array, offset: number, wanted: number): number {
    const take = Math.min(wanted - held, chunk.byteLength - offset);
    if (held + take > partial.byteLength) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(wanted, Math.max(FIRST_PARTIAL_BYTES, partial.byteLength * 2, held + take)),
      );
      grown.set(partial.subarray(0, held));
      partial = grown;
    }
    partial.set(chunk.subarray(offset, offset + take), held);
    held += take;
    return take;
  }

  return {
    get pendingBytes() {
      return held;
    },
    push(chunk) {
      let offset = 0;
      if (held > 0) {
        if (held < FRAME_HEADER_BYTES) {
          offset += fill(chunk, offset, FRAME_HEADER_BYTES);
          if (held < FRAME_HEADER_BYTES) return true;
        }
        const wanted = frameBytes(partial, 0);
        offset += fill(chunk, offset, wanted);
        if (held < wanted) return true;
        // The payload outlives this call, so the next partial frame needs a buffer of its own.
        const whole = partial;
        partial = new Uint8Array(0);
        held = 0;
        if (!emit(whole, 0, wanted)) return false;
      }
      while (chunk.byteLength - offset >= FRAME_HEADER_BYTES) {
        const end = offset + frameBytes(chunk, offset);
        if (end > chunk.byteLength) break;
        if (!emit(chunk, offset, end)) return false;
        offset = end;
      }
      const rest = chunk.byteLength - offset;
      if (rest > 0) fill(chunk, offset, rest >= FRAME_HEADER_BYTES ? frameBytes(chunk, offset) : FRAME_HEADER_BYTES);
      return true;
    },
  };
}
