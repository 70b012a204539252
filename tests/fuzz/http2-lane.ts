import { connect, type TLSSocket } from 'node:tls';
import type { RawTarget } from '../security/http1-client.ts';
import { FLAG, FRAME, frame, literal } from '../security/http2-client.ts';
import { LATE_MS, type Lane } from './http1-lane.ts';

/** A head, field by field, and a body. */
export interface Http2Fields {
  readonly fields: readonly string[];
  readonly body?: Buffer;
}

/** Window that no session of a lane uses up. */
const WINDOW_BYTES = 2 ** 30;

/**
 * Opens a lane over HTTP/2, by frames of its own so that any field can be sent. Heads of answers are not decoded: an answer
 * that came counts as 200, a reset or a connection that was closed as 0.
 */
export function createHttp2Lane(target: RawTarget): Lane<Http2Fields> {
  let socket: TLSSocket | undefined;
  let nextStream = 1;
  let onEnd: (stream: number, status: number) => void = () => {};

  async function connected(): Promise<TLSSocket> {
    if (socket !== undefined && !socket.destroyed && socket.writable) return socket;
    const opened = connect({ host: '127.0.0.1', port: target.port, ca: target.caPem, ALPNProtocols: ['h2'] });
    await new Promise<void>((resolve, reject) => {
      opened.once('secureConnect', resolve);
      opened.once('error', reject);
    });
    const window = Buffer.alloc(6);
    window.writeUInt16BE(4);
    window.writeUInt32BE(WINDOW_BYTES, 2);
    const more = Buffer.alloc(4);
    more.writeUInt32BE(WINDOW_BYTES);
    opened.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    opened.write(frame(FRAME.settings, 0, 0, window));
    opened.write(frame(FRAME.windowUpdate, 0, 0, more));
    opened.on('error', () => {});
    opened.on('close', () => onEnd(0, 0));
    let pending: Buffer = Buffer.alloc(0);
    opened.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const size = pending.length < 9 ? Number.POSITIVE_INFINITY : 9 + pending.readUIntBE(0, 3);
        if (pending.length < size) return;
        take(opened, pending[3] ?? 0, pending[4] ?? 0, pending.readUInt32BE(5), pending.subarray(9, size));
        pending = pending.subarray(size);
      }
    });
    socket = opened;
    nextStream = 1;
    return opened;
  }

  function take(over: TLSSocket, type: number, flags: number, stream: number, payload: Buffer): void {
    const isAck = (flags & FLAG.ack) !== 0;
    if (type === FRAME.settings && !isAck) over.write(frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
    if (type === FRAME.ping && !isAck) over.write(frame(FRAME.ping, FLAG.ack, 0, payload));
    if (type === FRAME.reset) onEnd(stream, 0);
    if (type === FRAME.goaway) over.destroy();
    if ((type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0) onEnd(stream, 200);
  }

  return {
    async send({ fields, body }) {
      const over = await connected();
      const stream = nextStream;
      nextStream += 2;
      const block = Buffer.concat(
        fields.flatMap((name, i) => (i % 2 === 0 ? [literal(name, fields[i + 1] as string)] : [])),
      );
      const status = await new Promise<number | undefined>((resolve) => {
        const late = setTimeout(() => resolve(undefined), LATE_MS);
        onEnd = (ended, result) => {
          if (ended !== stream && ended !== 0) return;
          clearTimeout(late);
          resolve(result);
        };
        const end = body === undefined ? FLAG.endStream : 0;
        over.write(frame(FRAME.headers, FLAG.endHeaders | end, stream, block));
        if (body !== undefined) over.write(frame(FRAME.data, FLAG.endStream, stream, body));
      });
      return [status === undefined ? { status: 0, isLate: true } : { status }];
    },
    close: () => socket?.destroy(),
  };
}
