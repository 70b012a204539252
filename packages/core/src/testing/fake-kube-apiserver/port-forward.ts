import { duplexPair } from 'node:stream';
import { spdyHeader } from '../../streaming/spdy-header-block.ts';
import { type ByteReader, createBytePipe } from './byte-pipe.ts';
import type { PortHandler } from './process.ts';
import type { SpdyConnection, SpdyStream } from './spdy-connection.ts';
import type { ServerWebSocket } from './upgrade-transport.ts';

/** Finds what serves a port. The string says why nothing does. */
export type FindPort = (port: number) => PortHandler | string;

interface Ends {
  readonly input: ByteReader;
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/**
 * Connects a forwarded stream to a port's handler; resolves when the handler's direction has ended. The client's own is
 * not waited for: kubectl before 1.21 closes it only once the error stream has ended, which follows this.
 */
async function connect(handler: PortHandler, stream: Ends): Promise<void> {
  const [near, far] = duplexPair();
  near.on('error', () => near.destroy());
  handler(far);
  void (async () => {
    for (let chunk = await stream.input.read(); chunk !== undefined; chunk = await stream.input.read()) {
      if (near.writable && !near.write(chunk))
        await new Promise((resolve) => near.once('drain', resolve).once('close', resolve));
    }
    near.end();
  })();
  try {
    for await (const chunk of near as AsyncIterable<Buffer>) await stream.write(chunk);
  } catch {
    // The handler cut the connection; the client sees its end.
  }
  await stream.end();
}

/** Serves port-forward over SPDY, plain or inside WebSocket: an error and a data stream for each connection. */
export async function servePortForward(connection: SpdyConnection, find: FindPort): Promise<void> {
  const waiting = new Map<string, SpdyStream>();
  await connection.run((stream) => {
    const id = spdyHeader(stream.headers, 'requestid') ?? spdyHeader(stream.headers, 'port') ?? '';
    const other = waiting.get(id);
    if (!other) {
      waiting.set(id, stream);
      return;
    }
    waiting.delete(id);
    const isError = spdyHeader(stream.headers, 'streamtype') === 'error';
    const [error, data] = isError ? [stream, other] : [other, stream];
    void forward(error, data, find);
  });
}

async function forward(error: SpdyStream, data: SpdyStream, find: FindPort): Promise<void> {
  const handler = find(Number(spdyHeader(data.headers, 'port')));
  if (typeof handler === 'string') {
    await error.write(Buffer.from(handler));
    await data.end();
  } else {
    await connect(handler, data);
  }
  await error.end();
}

/** Serves port-forward over WebSocket channels (v4): two channels for each port of the query. */
export async function servePortForwardChannels(
  socket: ServerWebSocket,
  ports: readonly number[],
  find: FindPort,
): Promise<void> {
  const inputs = ports.map(() => createBytePipe());
  const send = (channel: number, payload: Uint8Array): Promise<void> =>
    socket.send('binary', Buffer.concat([Buffer.from([channel]), payload]));
  for (const [i, port] of ports.entries()) {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    await send(i * 2, number);
    await send(i * 2 + 1, number);
  }
  const done = ports.map(async (port, i) => {
    const handler = find(port);
    if (typeof handler === 'string') return send(i * 2 + 1, Buffer.from(handler));
    const input = inputs[i] ?? createBytePipe();
    return connect(handler, { input, write: (bytes) => send(i * 2, bytes), end: () => Promise.resolve() });
  });
  for await (const message of socket.messages) {
    const channel = message[0] ?? 0;
    if (channel % 2 === 0) await inputs[channel / 2]?.write(message.subarray(1));
  }
  for (const input of inputs) input.close();
  await Promise.all(done);
}
