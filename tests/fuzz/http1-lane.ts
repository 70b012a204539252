import { connect, type TLSSocket } from 'node:tls';
import type { RawTarget } from '../security/http1-client.ts';

/** How one request ended, as its sender saw it. `status` is 0 when the server hung up on it. */
export interface LaneAnswer {
  readonly status: number;
  /** It took longer than any answer may. */
  readonly isLate?: boolean;
}

/** A connection that is used for one request after the other, and opened anew when the server closes it. */
export interface Lane<Request> {
  send(request: Request): Promise<readonly LaneAnswer[]>;
  close(): void;
}

/** Exact bytes, and what is due for them. */
export interface Http1Bytes {
  readonly bytes: Buffer;
  /** One for each answer that is due, in order: whether it answers a HEAD and so has no body. */
  readonly isHead: readonly boolean[];
  /** Ends our direction behind the bytes, since the server may wait for more of them. */
  readonly endsAfter?: boolean;
  /** Uses the connection for nothing else. */
  readonly isLast?: boolean;
}

/** No answer of a double takes this long. */
export const LATE_MS = 60_000;

/** Opens a lane over HTTP/1.1. */
export function createHttp1Lane(target: RawTarget): Lane<Http1Bytes> {
  let socket: TLSSocket | undefined;

  async function connected(): Promise<TLSSocket> {
    if (socket !== undefined && !socket.destroyed && socket.writable && !socket.readableEnded) return socket;
    socket?.destroy();
    const opened = connect({ host: '127.0.0.1', port: target.port, ca: target.caPem });
    await new Promise<void>((resolve, reject) => {
      opened.once('secureConnect', resolve);
      opened.once('error', reject);
    });
    opened.on('error', () => {});
    socket = opened;
    return opened;
  }

  return {
    async send({ bytes, isHead, endsAfter = false, isLast = false }) {
      const over = await connected();
      const answers: LaneAnswer[] = [];
      let pending: Buffer = Buffer.alloc(0);
      await new Promise<void>((resolve) => {
        const finish = () => {
          clearTimeout(late);
          over.off('data', onData);
          over.off('close', finish);
          over.off('end', finish);
          resolve();
        };
        const late = setTimeout(() => {
          answers.push({ status: 0, isLate: true });
          finish();
        }, LATE_MS);
        const onData = (chunk: Buffer) => {
          pending = Buffer.concat([pending, chunk]);
          for (;;) {
            const answer = cutAnswer(pending, isHead[answers.length] ?? false);
            if (answer === undefined) return;
            pending = pending.subarray(answer.size);
            if (answer.status >= 200 || answer.status === 101) answers.push({ status: answer.status });
            if (answers.length === isHead.length || answer.status === 101) return finish();
          }
        };
        over.on('data', onData);
        over.on('close', finish);
        over.on('end', finish);
        over.write(bytes);
        if (endsAfter) over.end();
      });
      if (isLast || endsAfter || answers.length < isHead.length || answers.some(({ status }) => status === 101)) {
        over.destroy();
      }
      return answers;
    },
    close: () => socket?.destroy(),
  };
}

/** The first answer in `bytes` and its size; `undefined` while it is not whole. */
function cutAnswer(bytes: Buffer, isHead: boolean): { status: number; size: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.split(' ')[1]);
  const begin = end + 4;
  if (isHead || status < 200 || status === 204 || status === 304) return { status, size: begin };
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) {
    const size = begin + Number(length);
    return bytes.length < size ? undefined : { status, size };
  }
  if (!/^transfer-encoding: *chunked/im.test(head)) return undefined;
  for (let at = begin; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (size === 0) {
      const last = bytes.indexOf('\r\n\r\n', lineEnd);
      return last < 0 ? undefined : { status, size: last + 4 };
    }
    at = lineEnd + 2 + size + 2;
    if (at > bytes.length) return undefined;
  }
}
