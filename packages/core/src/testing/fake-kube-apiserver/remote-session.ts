import {
  encodeChannelMessage,
  parseTerminalSize,
  REMOTE_COMMAND_CHANNEL,
  type RemoteCommandSubprotocol,
} from '../../streaming/remote-command.ts';
import { spdyHeader } from '../../streaming/spdy-header-block.ts';
import { encodeClosePayload } from '../../streaming/websocket-frame.ts';
import { type ByteReader, createBytePipe, EMPTY_READER, NULL_WRITER } from './byte-pipe.ts';
import type { SessionIo } from './container.ts';
import type { Json } from './objects.ts';
import { createTerminal, type ResizableTerminal } from './process.ts';
import { createBufferedReader } from './shell-io.ts';
import type { SpdyConnection, SpdyStream } from './spdy-connection.ts';
import type { ByteTransport, ServerWebSocket } from './upgrade-transport.ts';

/** Which streams a session has, from the query of exec and attach. */
export interface SessionStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Reads the streams of a query. A terminal has no separate stderr. */
export function parseSessionStreams(query: URLSearchParams): SessionStreams {
  const flag = (name: string): boolean => query.get(name) === 'true' || query.get(name) === '1';
  const tty = flag('tty');
  return { stdin: flag('stdin'), stdout: flag('stdout'), stderr: flag('stderr') && !tty, tty };
}

/** What runs in a session; resolves with the Status that ends it. */
export type RunSession = (io: SessionIo & { readonly resizable: ResizableTerminal | undefined }) => Promise<Json>;

/** Serves exec or attach over a WebSocket. */
export async function serveWebSocketSession(
  socket: ServerWebSocket,
  subprotocol: RemoteCommandSubprotocol,
  wanted: SessionStreams,
  run: RunSession,
): Promise<void> {
  const stdin = createBytePipe();
  const terminal = wanted.tty ? createTerminal() : undefined;
  const send = (channel: number, payload: Uint8Array): Promise<void> => {
    if (!subprotocol.base64) return socket.send('binary', encodeChannelMessage(channel, payload));
    return socket.send('text', Buffer.from(`${channel}${Buffer.from(payload).toString('base64')}`));
  };
  const writer = (channel: number) => ({ write: (bytes: Uint8Array) => send(channel, bytes) });
  if (!wanted.stdin) stdin.close();
  // kube-apiserver's first frame is an empty stdout message.
  await send(REMOTE_COMMAND_CHANNEL.stdout, new Uint8Array(0));

  async function read(): Promise<void> {
    for await (const message of socket.messages) {
      if (message.length === 0) continue;
      const channel = subprotocol.base64 ? (message[0] as number) - 0x30 : (message[0] as number);
      const payload = subprotocol.base64
        ? Buffer.from(Buffer.from(message.subarray(1)).toString('latin1'), 'base64')
        : message.subarray(1);
      if (channel === REMOTE_COMMAND_CHANNEL.stdin) await stdin.write(payload);
      else if (channel === REMOTE_COMMAND_CHANNEL.resize) {
        const size = parseTerminalSize(payload);
        if (size) terminal?.resize(size);
      } else if (channel === REMOTE_COMMAND_CHANNEL.close && subprotocol.halfClose && payload[0] === 0) stdin.close();
    }
    stdin.close();
  }

  void read();
  const status = await run({
    stdin,
    stdout: wanted.stdout ? writer(REMOTE_COMMAND_CHANNEL.stdout) : NULL_WRITER,
    stderr: wanted.stderr ? writer(REMOTE_COMMAND_CHANNEL.stderr) : NULL_WRITER,
    terminal,
    resizable: terminal,
    signal: socket.signal,
  });
  const text = status['status'] === 'Success' ? '' : String(status['message']);
  const ending = Buffer.from(subprotocol.statusObject ? JSON.stringify(status) : text);
  if (ending.length > 0) await send(REMOTE_COMMAND_CHANNEL.error, ending);
  await socket.send('close', encodeClosePayload({ code: 1_000, reason: '' }));
  socket.end();
}

/** Serves exec or attach over SPDY/3.1 (protocol v4). */
export async function serveSpdySession(
  connection: SpdyConnection,
  transport: ByteTransport,
  wanted: SessionStreams,
  run: RunSession,
): Promise<void> {
  const expected = 1 + Number(wanted.stdin) + Number(wanted.stdout) + Number(wanted.stderr) + Number(wanted.tty);
  const streams = new Map<string, SpdyStream>();
  const reading = new Promise<void>((resolve) => {
    const finished = connection.run((stream) => {
      streams.set(spdyHeader(stream.headers, 'streamtype') ?? '', stream);
      if (streams.size === expected) resolve();
    });
    void finished.then(resolve);
  });
  await reading;
  const error = streams.get('error');
  if (!error || streams.size < expected) return transport.end();
  const terminal = wanted.tty ? createTerminal() : undefined;
  const resize = streams.get('resize');
  if (terminal && resize) void followResize(resize.input, terminal);
  const status = await run({
    stdin: streams.get('stdin')?.input ?? EMPTY_READER,
    stdout: streams.get('stdout') ?? NULL_WRITER,
    stderr: streams.get('stderr') ?? NULL_WRITER,
    terminal,
    resizable: terminal,
    signal: transport.signal,
  });
  // The exit status comes last, after both outputs have ended.
  await streams.get('stdout')?.end();
  await streams.get('stderr')?.end();
  await error.write(Buffer.from(JSON.stringify(status)));
  await error.end();
  transport.end();
}

async function followResize(input: ByteReader, terminal: ResizableTerminal): Promise<void> {
  const lines = createBufferedReader(input);
  for (let line = await lines.readLine(); line !== undefined; line = await lines.readLine()) {
    const size = parseTerminalSize(Buffer.from(line));
    if (size) terminal.resize(size);
  }
}
