import { SPDY_CONTROL, SPDY_FLAG_FIN, type SpdyFrame, spdyError } from './spdy-frame.ts';
import type { HeaderBlockDecoder } from './spdy-header-block.ts';

/**
 * Reads the body of a control frame; `undefined` for a type that is not known, which the protocol says to ignore.
 * @throws CoreError `ERR_SPDY_PROTOCOL`
 */
export function parseSpdyControl(
  type: number,
  flags: number,
  body: Uint8Array,
  blocks: HeaderBlockDecoder,
): SpdyFrame | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fin = (flags & SPDY_FLAG_FIN) !== 0;
  const number = (offset: number): number => {
    if (offset + 4 > body.length) throw spdyError(`control frame of type ${type} has only ${body.length} bytes`);
    return view.getUint32(offset);
  };
  const id = (offset: number): number => number(offset) & 0x7fffffff;
  switch (type) {
    case SPDY_CONTROL.synStream: {
      const streamId = id(0);
      if (body.length < 10) throw spdyError(`SYN_STREAM has ${body.length} bytes, needs at least 10`);
      return {
        type: 'synStream',
        streamId,
        fin,
        unidirectional: (flags & 0x02) !== 0,
        priority: (body[8] as number) >> 5,
        headers: blocks.decode(body.subarray(10)),
      };
    }
    case SPDY_CONTROL.synReply:
      return { type: 'synReply', streamId: id(0), fin, headers: blocks.decode(body.subarray(4)) };
    case SPDY_CONTROL.headers:
      return { type: 'headers', streamId: id(0), fin, headers: blocks.decode(body.subarray(4)) };
    case SPDY_CONTROL.rstStream:
      return { type: 'rstStream', streamId: id(0), status: number(4) };
    case SPDY_CONTROL.settings:
      return { type: 'settings', payload: body };
    case SPDY_CONTROL.ping:
      return { type: 'ping', id: number(0) };
    case SPDY_CONTROL.goAway:
      return { type: 'goAway', lastStreamId: id(0), status: number(4) };
    case SPDY_CONTROL.windowUpdate:
      return { type: 'windowUpdate', streamId: id(0), delta: id(4) };
    default:
      return undefined;
  }
}
