import { createByteQueue } from './byte-queue.ts';
import { SPDY_FLAG_FIN, SPDY_HEADER_BYTES } from './spdy-frame.ts';

/** Largest control frame that is kept to be read; larger ones break the tracker. */
const MAX_CONTROL_BYTES = 65_536;

/** What a tracker tells of the frames that pass. */
export interface SpdyFrameListener {
  /** A DATA frame's header has passed. */
  onData?(streamId: number, fin: boolean): void;
  /** A piece of a DATA frame's payload passes. */
  onPayload?(streamId: number, piece: Uint8Array): void;
  /** So many bytes of a DATA frame's payload were passed unseen. */
  onSkipped?(streamId: number, byteCount: number): void;
  /** The payload of a DATA frame that ends its stream has passed. */
  onFin?(streamId: number): void;
  /** A control frame has passed whole. */
  onControl?(type: number, flags: number, body: Uint8Array): void;
}

/** Knows where the bytes of one direction of a SPDY connection stand, without keeping any DATA payload. */
export interface SpdyBoundaryTracker {
  /** Takes the next bytes. Never throws: bytes that are no SPDY leave `broken` true. */
  push(chunk: Uint8Array): void;
  /** Passes `count` bytes of DATA payload unseen; at most {@link skippableBytes}. */
  skip(count: number): void;
  /** Index in `chunk` of the first boundary at or after its start, were it pushed next; -1 when it has none. */
  boundaryIn(chunk: Uint8Array): number;
  readonly atBoundary: boolean;
  /** Bytes of DATA payload that follow next. */
  readonly skippableBytes: number;
  /** The frame under way, when any: its header as far as known and what its body lacks. */
  readonly current: { readonly header: Uint8Array; readonly remainingBytes: number } | undefined;
  readonly broken: boolean;
}

function bodyLength(header: Uint8Array): number {
  return ((header[5] as number) << 16) | ((header[6] as number) << 8) | (header[7] as number);
}

/** Creates a tracker for one direction. */
export function createSpdyBoundaryTracker(listener: SpdyFrameListener = {}): SpdyBoundaryTracker {
  const header = new Uint8Array(SPDY_HEADER_BYTES);
  const body = createByteQueue();
  let headerLength = 0;
  let remaining = 0;
  let broken = false;

  const isControl = (): boolean => ((header[0] as number) & 0x80) !== 0;
  const dataStreamId = (): number => new DataView(header.buffer).getUint32(0);

  function beginFrame(): void {
    remaining = bodyLength(header);
    if (isControl()) {
      broken = ((header[0] as number) & 0x7f) !== 0 || header[1] !== 3 || remaining > MAX_CONTROL_BYTES;
    } else {
      listener.onData?.(dataStreamId(), ((header[4] as number) & SPDY_FLAG_FIN) !== 0);
    }
    if (remaining === 0 && !broken) endFrame();
  }

  function endFrame(): void {
    headerLength = 0;
    if (!isControl()) {
      if (((header[4] as number) & SPDY_FLAG_FIN) !== 0) listener.onFin?.(dataStreamId());
      return;
    }
    const type = ((header[2] as number) << 8) | (header[3] as number);
    try {
      listener.onControl?.(type, header[4] as number, body.take());
    } catch {
      // A listener that can't read a control frame has lost the direction's compression state: nothing later is known.
      broken = true;
    }
  }

  const self: SpdyBoundaryTracker = {
    get atBoundary() {
      return headerLength === 0 && !broken;
    },
    get broken() {
      return broken;
    },
    get skippableBytes() {
      return headerLength === SPDY_HEADER_BYTES && !isControl() ? remaining : 0;
    },
    get current() {
      if (headerLength === 0) return undefined;
      return { header: header.slice(0, headerLength), remainingBytes: remaining };
    },
    skip(count) {
      remaining -= count;
      listener.onSkipped?.(dataStreamId(), count);
      if (remaining === 0) endFrame();
    },
    boundaryIn(chunk) {
      if (self.atBoundary) return 0;
      if (headerLength === SPDY_HEADER_BYTES) return remaining <= chunk.length ? remaining : -1;
      const missing = SPDY_HEADER_BYTES - headerLength;
      if (chunk.length < missing) return -1;
      const whole = header.slice();
      whole.set(chunk.subarray(0, missing), headerLength);
      const end = missing + bodyLength(whole);
      return end <= chunk.length ? end : -1;
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length && !broken) {
        if (headerLength < SPDY_HEADER_BYTES) {
          header[headerLength++] = chunk[at++] as number;
          if (headerLength === SPDY_HEADER_BYTES) beginFrame();
          continue;
        }
        const take = Math.min(remaining, chunk.length - at);
        const piece = chunk.subarray(at, at + take);
        if (isControl()) body.append(piece);
        else listener.onPayload?.(dataStreamId(), piece);
        at += take;
        remaining -= take;
        if (remaining === 0) endFrame();
      }
    },
  };
  return self;
}
