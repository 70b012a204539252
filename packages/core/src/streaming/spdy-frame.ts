import { CoreError } from '../errors.ts';
import type { HeaderBlockEncoder, SpdyHeaders } from './spdy-header-block.ts';

/** A frame of SPDY/3.1, header blocks already decompressed. */
export type SpdyFrame =
  | { readonly type: 'data'; readonly streamId: number; readonly fin: boolean; readonly payload: Uint8Array }
  | {
      readonly type: 'synStream';
      readonly streamId: number;
      readonly fin: boolean;
      readonly unidirectional: boolean;
      readonly priority: number;
      readonly headers: SpdyHeaders;
    }
  | { readonly type: 'synReply'; readonly streamId: number; readonly fin: boolean; readonly headers: SpdyHeaders }
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'settings'; readonly payload: Uint8Array }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamId: number; readonly status: number }
  | { readonly type: 'headers'; readonly streamId: number; readonly fin: boolean; readonly headers: SpdyHeaders }
  | { readonly type: 'windowUpdate'; readonly streamId: number; readonly delta: number };

/** Numbers of the control frames. */
export const SPDY_CONTROL = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Bytes in front of every frame's payload. */
export const SPDY_HEADER_BYTES = 8;

/** Flag of a frame that half-closes its stream. */
export const SPDY_FLAG_FIN = 0x01;

const FLAG_UNIDIRECTIONAL = 0x02;

/** An `ERR_SPDY_PROTOCOL` error. */
export function spdyError(message: string): CoreError {
  return new CoreError({ code: 'ERR_SPDY_PROTOCOL', message });
}

function control(type: number, flags: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(SPDY_HEADER_BYTES + body.length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, 0x8003);
  view.setUint16(2, type);
  view.setUint32(4, body.length);
  frame[4] = flags;
  frame.set(body, SPDY_HEADER_BYTES);
  return frame;
}

function numbers(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
  return bytes;
}

/** Encodes a DATA frame. */
export function encodeSpdyData(streamId: number, payload: Uint8Array, fin = false): Uint8Array {
  const frame = new Uint8Array(SPDY_HEADER_BYTES + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, streamId & 0x7fffffff);
  view.setUint32(4, payload.length);
  frame[4] = fin ? SPDY_FLAG_FIN : 0;
  frame.set(payload, SPDY_HEADER_BYTES);
  return frame;
}

/** Encodes one frame; `blocks` is the encoder of the connection's direction. */
export function encodeSpdyFrame(frame: SpdyFrame, blocks: HeaderBlockEncoder): Uint8Array {
  switch (frame.type) {
    case 'data':
      return encodeSpdyData(frame.streamId, frame.payload, frame.fin);
    case 'synStream': {
      const block = blocks.encode(frame.headers);
      const body = new Uint8Array(10 + block.length);
      body.set(numbers(frame.streamId, 0));
      body[8] = frame.priority << 5;
      body.set(block, 10);
      const flags = (frame.fin ? SPDY_FLAG_FIN : 0) | (frame.unidirectional ? FLAG_UNIDIRECTIONAL : 0);
      return control(SPDY_CONTROL.synStream, flags, body);
    }
    case 'synReply':
    case 'headers': {
      const block = blocks.encode(frame.headers);
      const body = new Uint8Array(4 + block.length);
      body.set(numbers(frame.streamId));
      body.set(block, 4);
      return control(SPDY_CONTROL[frame.type], frame.fin ? SPDY_FLAG_FIN : 0, body);
    }
    case 'rstStream':
      return control(SPDY_CONTROL.rstStream, 0, numbers(frame.streamId, frame.status));
    case 'settings':
      return control(SPDY_CONTROL.settings, 0, frame.payload);
    case 'ping':
      return control(SPDY_CONTROL.ping, 0, numbers(frame.id));
    case 'goAway':
      return control(SPDY_CONTROL.goAway, 0, numbers(frame.lastStreamId, frame.status));
    case 'windowUpdate':
      return control(SPDY_CONTROL.windowUpdate, 0, numbers(frame.streamId, frame.delta));
  }
}
