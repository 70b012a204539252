import type { TunnelError } from '../errors.ts';
import type { StreamHandler, Tunnel, TunnelStream } from '../tunnel.ts';

/** What came back on a stream, once it is over. */
export interface StreamOutcome {
  readonly head: string | undefined;
  readonly body: Buffer;
  readonly trailers: string | undefined;
  readonly error: TunnelError | undefined;
}

/** A stream that a test opened. */
export interface OpenedStream {
  readonly stream: TunnelStream;
  readonly outcome: Promise<StreamOutcome>;
  /** Resolves with the next `onDrain`. */
  drained(): Promise<void>;
  /** Bytes delivered so far. */
  readonly receivedBytes: number;
}

/** Opens a stream and collects what comes back. `isStalled` takes the bytes without ever giving credit back. */
export function openStream(tunnel: Tunnel, header = '', options: { readonly isStalled?: boolean } = {}): OpenedStream {
  let head: string | undefined;
  const chunks: Uint8Array[] = [];
  const waiting: (() => void)[] = [];
  let receivedBytes = 0;
  let settle: (outcome: StreamOutcome) => void;
  const outcome = new Promise<StreamOutcome>((resolve) => {
    settle = resolve;
  });
  const stream = tunnel.open(Buffer.from(header), {
    onHead(payload) {
      head = Buffer.from(payload).toString();
    },
    onData(chunk) {
      chunks.push(chunk);
      receivedBytes += chunk.byteLength;
      if (!options.isStalled) stream.consumed(chunk.byteLength);
    },
    onEnd: (trailers) =>
      settle({ head, body: Buffer.concat(chunks), trailers: Buffer.from(trailers).toString(), error: undefined }),
    onReset: (error) => settle({ head, body: Buffer.concat(chunks), trailers: undefined, error }),
    onDrain() {
      for (const resolve of waiting.splice(0)) resolve();
    },
  });
  return {
    stream,
    outcome,
    drained: () => new Promise((resolve) => waiting.push(resolve)),
    get receivedBytes() {
      return receivedBytes;
    },
  };
}

/** Answers each stream with its header as head and its body as body. Honours backpressure by holding credit back. */
export function echo(header: Uint8Array, stream: TunnelStream): StreamHandler {
  let owed = 0;
  let isBlocked = false;
  stream.sendHead(header);
  return {
    onData(chunk) {
      isBlocked = !stream.write(chunk);
      if (isBlocked) owed += chunk.byteLength;
      else stream.consumed(chunk.byteLength);
    },
    onDrain() {
      isBlocked = false;
      stream.consumed(owed);
      owed = 0;
    },
    onEnd: (trailers) => stream.end(trailers),
    onReset() {},
  };
}

/** Writes `bytes` in one piece after another, waiting whenever it is asked to. */
export async function writeAll(opened: OpenedStream, bytes: Uint8Array, chunkBytes = 64 * 1024): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    if (!opened.stream.write(bytes.subarray(at, at + chunkBytes))) await opened.drained();
  }
}
