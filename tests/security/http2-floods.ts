import { connect, type TLSSocket } from 'node:tls';
import { FLAG, FRAME, frame, literal } from './http2-client.ts';

/** Where a flood goes: a listener that speaks HTTP/2 over TLS. */
export interface FloodTarget {
  readonly port: number;
  readonly caPem: string;
  readonly serverName?: string;
  readonly certificate?: { readonly certificatePem: string; readonly keyPem: string };
  /** Our SETTINGS, and what follows them. Default: empty ones. */
  readonly greeting?: Buffer;
  /** Head of a request that the listener takes, without its end: names and values, pseudo headers first. */
  readonly head: readonly string[];
}

/** What a flood sends: once, and then over and over. */
export interface Flood {
  readonly name: string;
  /** Follows the greeting. */
  readonly opening?: (target: FloodTarget) => Buffer;
  /** The next piece; `round` counts from 0. `undefined`: nothing more, the peer waits. */
  readonly next: (target: FloodTarget, round: number) => Buffer | undefined;
  /** The peer takes nothing of what comes back. */
  readonly isDeaf?: boolean;
}

/** How a flood ended. */
export interface FloodOutcome {
  /** Bytes that were written until the server hung up. */
  readonly sentBytes: number;
  /** Whether the server spoke HTTP/2 before that; never known of a peer that reads nothing. */
  readonly wasAnswered: boolean;
  /** Error code of the GOAWAY that came first; `undefined` when none was read. */
  readonly goaway: number | undefined;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const CONTINUATION = 9;
const PRIORITY = 2;
const UNKNOWN = 0x5f;
const NOTHING = Buffer.alloc(0);
/** Size of one piece of a flood, in bytes, as it is written. */
const PIECE_BYTES = 16_384;
/** The setting of that name. */
export const INITIAL_WINDOW_SIZE = 4;

/** Each kind of flood of SEC-F01, and their relatives. */
export const FLOODS: readonly Flood[] = [
  {
    name: 'rapid reset',
    next: (target, round) =>
      times(100, (i) => {
        const stream = 2 * (100 * round + i) + 1;
        return Buffer.concat([head(target, stream, true), frame(FRAME.reset, 0, stream, uint32(8))]);
      }),
  },
  {
    name: 'CONTINUATION without end',
    opening: (target) => frame(FRAME.headers, 0, 1, block(target.head)),
    next: () => repeat(frame(CONTINUATION, 0, 1, literal('x-a', 'b'))),
  },
  {
    name: 'empty CONTINUATION',
    opening: (target) => frame(FRAME.headers, 0, 1, block(target.head)),
    next: () => repeat(frame(CONTINUATION, 0, 1, NOTHING)),
  },
  { name: 'SETTINGS', next: () => repeat(frame(FRAME.settings, 0, 0, NOTHING)) },
  {
    name: 'SETTINGS that move every window',
    opening: (target) => times(100, (i) => head(target, 2 * i + 1, false)),
    next: (_, round) => repeat(setting(INITIAL_WINDOW_SIZE, 65_535 + (round % 2))),
  },
  { name: 'PING', next: () => repeat(frame(FRAME.ping, 0, 0, Buffer.alloc(8))) },
  {
    name: 'PING of a peer that reads nothing',
    isDeaf: true,
    next: () => repeat(frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
  },
  { name: 'acknowledged PING', next: () => repeat(frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8))) },
  {
    name: 'empty DATA',
    opening: (target) => head(target, 1, false),
    next: () => repeat(frame(FRAME.data, 0, 1, NOTHING)),
  },
  {
    name: 'padding without DATA',
    opening: (target) => head(target, 1, false),
    next: () => repeat(frame(FRAME.data, 0x8, 1, Buffer.from([0]))),
  },
  {
    name: 'DATA of one byte',
    opening: (target) => head(target, 1, false),
    next: () => repeat(frame(FRAME.data, 0, 1, Buffer.from('x'))),
  },
  {
    name: 'WINDOW_UPDATE of one byte',
    opening: (target) => head(target, 1, false),
    next: () => repeat(frame(FRAME.windowUpdate, 0, 1, uint32(1))),
  },
  {
    name: 'PRIORITY',
    next: (_, round) =>
      times(1_000, (i) => frame(PRIORITY, 0, 2 * ((round * 1_000 + i) % 100_000) + 1, Buffer.from([0, 0, 0, 0, 15]))),
  },
  { name: 'frames of an unknown type', next: () => repeat(frame(UNKNOWN, 0, 0, NOTHING)) },
  {
    name: 'requests that the server resets',
    next: (_, round) => times(100, (i) => badHead(2 * (100 * round + i) + 1)),
  },
];

/** Sends a flood until the server closes the connection, or `isOver` says that it will not. */
export function flood(target: FloodTarget, what: Flood, isOver: (sentBytes: number) => boolean): Promise<FloodOutcome> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port: target.port,
      ca: target.caPem,
      ALPNProtocols: ['h2'],
      ...(target.serverName !== undefined && { servername: target.serverName }),
      ...(target.certificate && { cert: target.certificate.certificatePem, key: target.certificate.keyPem }),
    });
    let sentBytes = 0;
    let goaway: number | undefined;
    let isSecure = false;
    let wasAnswered = false;
    let pending: Buffer = NOTHING;
    const push = (round: number): void => {
      if (socket.destroyed) return;
      if (isOver(sentBytes)) {
        socket.destroy();
        reject(new Error(`${what.name}: the connection is open after ${sentBytes} bytes`));
        return;
      }
      const piece = what.next(target, round);
      if (piece === undefined) return;
      sentBytes += piece.length;
      socket.write(piece, () => setImmediate(push, round + 1));
    };
    socket.on('error', (error) => {
      if (!isSecure) reject(error);
    });
    socket.on('close', () => resolve({ sentBytes, wasAnswered, goaway }));
    socket.on('secureConnect', () => {
      isSecure = true;
      if (what.isDeaf) socket.pause();
      socket.write(Buffer.concat([PREFACE, target.greeting ?? frame(FRAME.settings, 0, 0, NOTHING)]));
      if (what.opening) socket.write(what.opening(target));
      push(0);
    });
    if (what.isDeaf) return;
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      while (pending.length >= 9) {
        const end = 9 + pending.readUIntBE(0, 3);
        if (pending.length < end) return;
        wasAnswered = true;
        if (pending[3] === FRAME.goaway) goaway ??= pending.readUInt32BE(13);
        pending = pending.subarray(end);
      }
    });
  });
}

function head(target: FloodTarget, stream: number, hasEnded: boolean): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders | (hasEnded ? FLAG.endStream : 0), stream, block(target.head));
}

/** A head whose pseudo header comes last: the server resets its stream. */
function badHead(stream: number): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, block(['x-a', 'b', ':method', 'GET']));
}

function block(fields: readonly string[]): Buffer {
  return Buffer.concat(fields.flatMap((name, i) => (i % 2 === 0 ? [literal(name, fields[i + 1] as string)] : [])));
}

function repeat(one: Buffer): Buffer {
  return times(Math.ceil(PIECE_BYTES / one.length), () => one);
}

function times(count: number, make: (i: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
}

/** One setting in a frame of its own. */
export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return frame(FRAME.settings, 0, 0, bytes);
}

/** A number as frames carry it. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
