import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { RawTarget } from './http1-client.ts';

/** An answer as it came over HTTP/2. */
export interface Http2Answer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Code of the reset that ended the stream; 0 when it ended well. */
  readonly resetCode: number;
}

/** Opens a session. */
export function openSession(target: RawTarget): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://127.0.0.1:${target.port}`, {
      ca: target.caPem,
      ...(target.serverName !== undefined && { servername: target.serverName }),
      ...(target.certificate && { cert: target.certificate.certificatePem, key: target.certificate.keyPem }),
    });
    session.once('error', reject);
    session.once('connect', () => {
      session.off('error', reject);
      session.on('error', () => {});
      resolve(session);
    });
  });
}

/** Waits for the end of a stream. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let rawHeaders: string[] = [];
    stream.on('response', (headers, _flags, raw?: string[]) => {
      status = headers[':status'] ?? 0;
      rawHeaders =
        raw ?? Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]));
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {});
    stream.on('close', () => {
      resolve({ status, rawHeaders, body: Buffer.concat(chunks).toString(), resetCode: stream.rstCode ?? 0 });
    });
  });
}

/** What came back for a head that was written as exact frames. */
export interface RawHttp2Outcome {
  /** Payloads of all DATA frames. */
  readonly data: string;
  /** Error code of RST_STREAM or GOAWAY; `undefined` when neither came. */
  readonly errorCode: number | undefined;
}

/** Types of frames (RFC 9113, section 6). */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
/** Flags of frames; an acknowledgement and the end of a stream are one bit on different frames. */
export const FLAG = { endStream: 0x1, endHeaders: 0x4, ack: 0x1 } as const;

/**
 * Sends one request head field by field, also fields that no client library lets through, and waits until the stream
 * or the connection is over.
 */
export function sendRawHead(target: RawTarget, fields: readonly string[]): Promise<RawHttp2Outcome> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls({
      host: '127.0.0.1',
      port: target.port,
      ca: target.caPem,
      ALPNProtocols: ['h2'],
    });
    let pending = Buffer.alloc(0);
    let data = '';
    const finish = (errorCode: number | undefined) => {
      socket.destroy();
      resolve({ data, errorCode });
    };
    socket.on('error', reject);
    socket.on('close', () => finish(undefined));
    socket.on('secureConnect', () => {
      const block = Buffer.concat(
        fields.flatMap((_, i) => (i % 2 === 0 ? [literal(fields[i] as string, fields[i + 1] as string)] : [])),
      );
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
      socket.write(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, block));
    });
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 9) {
        const length = pending.readUIntBE(0, 3);
        if (pending.length < 9 + length) return;
        const type = pending[3];
        const flags = pending[4] ?? 0;
        const stream = pending.readUInt32BE(5);
        const payload = pending.subarray(9, 9 + length);
        pending = pending.subarray(9 + length);
        if (type === FRAME.settings && (flags & FLAG.ack) === 0)
          socket.write(frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
        if (type === FRAME.data) data += payload.toString();
        if (type === FRAME.reset) return finish(payload.readUInt32BE(0));
        if (type === FRAME.goaway) return finish(payload.readUInt32BE(4));
        if (stream === 1 && (flags & FLAG.endStream) !== 0 && type !== FRAME.settings) return finish(undefined);
      }
    });
  });
}

/** One frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A literal field that is never indexed (RFC 7541 section 6.2.3), without Huffman coding. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x10]), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length: number[] = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  length.push(rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}
