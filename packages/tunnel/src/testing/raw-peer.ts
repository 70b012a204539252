import { createFrameDecoder } from '../decode.ts';
import { encodeFrame, type Frame, writeUint32 } from '../encode.ts';
import { FrameType, PROTOCOL_VERSION } from '../frame.ts';
import { DEFAULT_TUNNEL_LIMITS } from '../limits.ts';
import type { Link } from '../link.ts';

/** One end of a link that speaks frames by hand: for hostile and for foreign peers. */
export interface RawPeer {
  /** Frames that came, in order. */
  readonly frames: readonly Frame[];
  /** Sends frames as one batch, however wrong they are. Resolves once the link took it. */
  send(...frames: readonly Frame[]): Promise<void>;
  /** Sends bytes as one batch. */
  sendBytes(bytes: Uint8Array): Promise<void>;
  /** Resolves with the first frame of `type` that came, or comes. */
  next(type: number): Promise<Frame>;
  /** Resolves once the link has ended. */
  readonly closed: Promise<Error | undefined>;
}

/** Speaks frames by hand on `link`. Sends nothing by itself, no HELLO either. */
export function createRawPeer(link: Link): RawPeer {
  const frames: Frame[] = [];
  const waiting: { readonly type: number; readonly resolve: (frame: Frame) => void }[] = [];
  const decoder = createFrameDecoder(DEFAULT_TUNNEL_LIMITS, (type, streamId, payload) => {
    const frame = { type, streamId, payload };
    frames.push(frame);
    for (const waiter of waiting.filter((entry) => entry.type === type)) {
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.resolve(frame);
    }
    return true;
  });
  link.onBatch((batch) => void decoder.push(batch));
  const closed = new Promise<Error | undefined>((resolve) => link.onClose(resolve));
  const sendBytes = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      const headroom = link.headroomBytes ?? 0;
      const batch = new Uint8Array(headroom + bytes.byteLength);
      batch.set(bytes, headroom);
      link.send(batch, () => resolve());
    });
  return {
    frames,
    closed,
    sendBytes,
    send: (...list) => sendBytes(Buffer.concat(list.map(encodeFrame))),
    next: (type) =>
      new Promise((resolve) => {
        const frame = frames.find((entry) => entry.type === type);
        if (frame === undefined) waiting.push({ type, resolve });
        else resolve(frame);
      }),
  };
}

/** A frame from its parts; `value` is the 32-bit number that some types begin with. */
export function frame(type: number, streamId: number, payload: Uint8Array = new Uint8Array(0), value?: number): Frame {
  if (value === undefined) return { type, streamId, payload };
  const bytes = new Uint8Array(4 + payload.byteLength);
  writeUint32(bytes, 0, value);
  bytes.set(payload, 4);
  return { type, streamId, payload: bytes };
}

/** The HELLO every tunnel begins with. */
export function helloFrame(version: number = PROTOCOL_VERSION): Frame {
  return frame(FrameType.HELLO, 0, new Uint8Array(0), version);
}
