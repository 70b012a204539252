import { createSpdyDecoder } from '../../streaming/spdy-decoder.ts';
import { encodeSpdyData, encodeSpdyFrame, type SpdyFrame } from '../../streaming/spdy-frame.ts';
import { createHeaderBlockEncoder, type SpdyHeaders } from '../../streaming/spdy-header-block.ts';
import { type BytePipe, createBytePipe } from './byte-pipe.ts';
import type { ByteTransport } from './upgrade-transport.ts';

/** A stream that the client opened. */
export interface SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** What the client sends; ends when it half-closes. */
  readonly input: BytePipe;
  write(bytes: Uint8Array): Promise<void>;
  /** Half-closes our side, once. */
  end(): Promise<void>;
}

/** A SPDY connection in the server's role. */
export interface SpdyConnection {
  /** Reads frames until the connection ends. `onStream` is told of each stream after it was replied to. */
  run(onStream: (stream: SpdyStream) => void): Promise<void>;
}

/** Largest payload we put into one DATA frame. */
const MAX_DATA_BYTES = 32_768;

/** Creates the connection. */
export function createSpdyConnection(transport: ByteTransport): SpdyConnection {
  const blocks = createHeaderBlockEncoder();
  const streams = new Map<number, SpdyStream>();
  const send = (frame: SpdyFrame): Promise<void> => transport.write(encodeSpdyFrame(frame, blocks));

  function createStream(id: number, headers: SpdyHeaders): SpdyStream {
    let isEnded = false;
    return {
      id,
      headers,
      input: createBytePipe(),
      async write(bytes) {
        for (let from = 0; from < bytes.length && !isEnded; from += MAX_DATA_BYTES) {
          await transport.write(encodeSpdyData(id, bytes.subarray(from, from + MAX_DATA_BYTES)));
        }
      },
      end() {
        if (isEnded) return Promise.resolve();
        isEnded = true;
        return transport.write(encodeSpdyData(id, new Uint8Array(0), true));
      },
    };
  }

  async function handle(frame: SpdyFrame, onStream: (stream: SpdyStream) => void): Promise<void> {
    switch (frame.type) {
      case 'synStream': {
        const stream = createStream(frame.streamId, frame.headers);
        streams.set(stream.id, stream);
        await send({ type: 'synReply', streamId: stream.id, fin: false, headers: [] });
        if (frame.fin) stream.input.close();
        onStream(stream);
        return;
      }
      case 'data': {
        const stream = streams.get(frame.streamId);
        await stream?.input.write(frame.payload);
        if (frame.fin) stream?.input.close();
        return;
      }
      case 'rstStream':
        streams.get(frame.streamId)?.input.close();
        streams.delete(frame.streamId);
        return;
      case 'ping':
        if (frame.id % 2 === 1) await send(frame);
        return;
      default:
        return;
    }
  }

  return {
    async run(onStream) {
      const decoder = createSpdyDecoder();
      try {
        for await (const chunk of transport.chunks) {
          for (const frame of decoder.push(chunk)) await handle(frame, onStream);
        }
      } catch {
        // Bytes that are no SPDY: nothing can be answered any more.
        transport.end();
      }
      for (const stream of streams.values()) stream.input.close();
    },
  };
}
