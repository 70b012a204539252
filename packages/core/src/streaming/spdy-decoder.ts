import { createByteQueue } from './byte-queue.ts';
import { parseSpdyControl } from './spdy-control.ts';
import { SPDY_FLAG_FIN, SPDY_HEADER_BYTES, type SpdyFrame, spdyError } from './spdy-frame.ts';
import { createHeaderBlockDecoder } from './spdy-header-block.ts';

/** Limits of {@link createSpdyDecoder}. */
export interface SpdyDecoderOptions {
  /** Largest payload of a DATA frame, in bytes. Defaults to 4 MiB; kubectl and kube-apiserver send at most 32 KiB. */
  readonly maxDataBytes?: number;
  /** Largest control frame, in bytes. Defaults to 64 KiB. */
  readonly maxControlBytes?: number;
  /** Largest header block once decompressed, in bytes. Defaults to 64 KiB. */
  readonly maxHeaderBytes?: number;
}

/** Incremental decoder of one direction of a SPDY/3.1 connection. After it has thrown, it must not be used again. */
export interface SpdyDecoder {
  /**
   * Takes the next bytes, split anywhere, and returns the frames they complete, in wire order. Control frames of
   * unknown type are left out.
   * @throws CoreError `ERR_SPDY_PROTOCOL`
   */
  push(chunk: Uint8Array): SpdyFrame[];
  /** Whether no frame is half read. */
  readonly atBoundary: boolean;
}

/** Creates a decoder. */
export function createSpdyDecoder(options: SpdyDecoderOptions = {}): SpdyDecoder {
  const maxData = options.maxDataBytes ?? 4 * 1_024 * 1_024;
  const maxControl = options.maxControlBytes ?? 65_536;
  const blocks = createHeaderBlockDecoder(
    options.maxHeaderBytes === undefined ? {} : { maxBlockBytes: options.maxHeaderBytes },
  );
  const header = new Uint8Array(SPDY_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const body = createByteQueue();
  let headerLength = 0;
  let length = 0;

  const isControl = (): boolean => ((header[0] as number) & 0x80) !== 0;

  function checkHeader(): void {
    length = view.getUint32(4) & 0xffffff;
    const limit = isControl() ? maxControl : maxData;
    if (length > limit) throw spdyError(`frame is ${length} bytes, limit is ${limit}`);
    const version = view.getUint16(0) & 0x7fff;
    if (isControl() && version !== 3) throw spdyError(`control frame has version ${version}, expected 3`);
  }

  function finish(): SpdyFrame | undefined {
    headerLength = 0;
    const payload = body.take();
    const flags = header[4] as number;
    if (isControl()) return parseSpdyControl(view.getUint16(2), flags, payload, blocks);
    return { type: 'data', streamId: view.getUint32(0), fin: (flags & SPDY_FLAG_FIN) !== 0, payload };
  }

  return {
    get atBoundary() {
      return headerLength === 0;
    },
    push(chunk) {
      const frames: SpdyFrame[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (headerLength < SPDY_HEADER_BYTES) {
          header[headerLength++] = chunk[at++] as number;
          if (headerLength < SPDY_HEADER_BYTES) continue;
          checkHeader();
        }
        const take = Math.min(length - body.length, chunk.length - at);
        body.append(chunk.subarray(at, at + take));
        at += take;
        if (body.length < length) continue;
        const frame = finish();
        if (frame) frames.push(frame);
      }
      return frames;
    },
  };
}
