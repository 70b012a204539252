import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { awaitCondition } from '../support/index.ts';

/** An answer as it came over HTTP/1.1. */
export interface Http1Answer {
  readonly status: number;
  /** Names and values in the order of the wire. */
  readonly rawHeaders: readonly string[];
  /** Body, chunks put together; what came of it when it broke off. */
  readonly body: string;
  /** Whether the body came to its end. */
  readonly isComplete: boolean;
}

/** A connection on which a test writes exact bytes. */
export interface RawConnection {
  readonly socket: TLSSocket;
  /** Bytes of the server so far. */
  received(): Buffer;
  write(bytes: string | Buffer): void;
  /** Resolves once the bytes so far satisfy `is`. */
  until(what: string, is: (bytes: Buffer) => boolean): Promise<Buffer>;
  /** Resolves with the first whole answer, or with what came when the server hung up. */
  answer(): Promise<Http1Answer>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  /** Ends the connection with a TCP reset. */
  reset(): void;
}

/** Where a raw connection leads. */
export interface RawTarget {
  readonly port: number;
  readonly caPem: string;
  /** TLS server name. Default: none, as for an address. */
  readonly serverName?: string;
  /** Client certificate, for listeners that should not care. */
  readonly certificate?: { readonly certificatePem: string; readonly keyPem: string };
  /** TLS session to resume. */
  readonly session?: Buffer;
}

/** Connects by TLS, without ALPN as kubectl's upgrade connections do. */
export function connectRaw(target: RawTarget): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const tcp = connectTcp(target.port, '127.0.0.1');
    const socket = connect({
      socket: tcp,
      ca: target.caPem,
      ...(target.serverName !== undefined && { servername: target.serverName }),
      ...(target.session && { session: target.session }),
      ...(target.certificate && { cert: target.certificate.certificatePem, key: target.certificate.keyPem }),
    });
    const chunks: Buffer[] = [];
    let isClosed = false;
    const closed = new Promise<void>((done) => {
      socket.on('close', () => {
        isClosed = true;
        done();
      });
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject);
    socket.on('secureConnect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve({
        socket,
        closed,
        reset: () => void tcp.resetAndDestroy(),
        received: () => Buffer.concat(chunks),
        write: (bytes) => void socket.write(bytes, 'latin1'),
        until: (what, is) =>
          awaitCondition(
            () => {
              const bytes = Buffer.concat(chunks);
              return is(bytes) ? bytes : undefined;
            },
            { what, timeoutMs: 10_000, everyMs: 5 },
          ),
        answer: () =>
          awaitCondition(() => readAnswer(Buffer.concat(chunks), isClosed || socket.readableEnded), {
            what: 'the server answers or hangs up',
            timeoutMs: 15_000,
            everyMs: 2,
          }),
      });
    });
  });
}

/** Reads the first answer; `undefined` while it is not whole and may still become so. */
export function readAnswer(bytes: Buffer, hasEnded: boolean): Http1Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  const text = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
  if (end < 0) return hasEnded ? { status: 0, rawHeaders: [], body: text, isComplete: false } : undefined;
  const [statusLine = '', ...lines] = text.split('\r\n');
  const rawHeaders = lines.flatMap((line) => [
    line.slice(0, line.indexOf(':')),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  const header = (name: string) =>
    rawHeaders[rawHeaders.findIndex((one, i) => i % 2 === 0 && one.toLowerCase() === name) + 1];
  const has = (name: string) => rawHeaders.some((one, i) => i % 2 === 0 && one.toLowerCase() === name);
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  const done = (body: Buffer, isComplete: boolean) =>
    isComplete || hasEnded ? { status, rawHeaders, body: body.toString(), isComplete } : undefined;
  if (status === 101 || status === 204 || status === 304) return done(Buffer.alloc(0), true);
  if (has('content-length')) {
    const length = Number(header('content-length'));
    return done(rest.subarray(0, length), rest.length >= length);
  }
  if (has('transfer-encoding')) {
    const { body, isComplete } = joinChunks(rest);
    return done(body, isComplete);
  }
  return done(rest, hasEnded);
}

function joinChunks(bytes: Buffer): { body: Buffer; isComplete: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return { body: Buffer.concat(parts), isComplete: false };
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (length === 0)
      return {
        body: Buffer.concat(parts),
        isComplete: bytes.indexOf('\r\n\r\n', lineEnd - 1) >= 0 || bytes.length >= lineEnd + 4,
      };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
    if (at > bytes.length) return { body: Buffer.concat(parts), isComplete: false };
  }
}
