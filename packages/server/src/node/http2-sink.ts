import type { ServerHttp2Stream } from 'node:http2';
import type { RawHeaders } from '@sallyport/core';
import type { ProxyRequest, ResponseSink } from '../proxy/request.ts';
import { clientCertificateOf } from './certificate-host.ts';
import { hostName } from './http1-sink.ts';
import { plainAddress } from './peer-address.ts';

/** The parts of an HTTP/2 request head: pseudo headers apart, the rest raw. */
export interface Http2Head {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: RawHeaders;
}

/** Takes raw HTTP/2 header fields apart. */
export function readHttp2Head(rawHeaders: RawHeaders): Http2Head {
  const pseudo: Record<string, string> = {};
  let first = 0;
  while (first < rawHeaders.length && (rawHeaders[first] as string).startsWith(':')) {
    pseudo[rawHeaders[first] as string] = rawHeaders[first + 1] as string;
    first += 2;
  }
  const headers = rawHeaders.slice(first);
  let authority = pseudo[':authority'];
  for (let i = 0; authority === undefined && i < headers.length; i += 2) {
    if (headers[i] === 'host') authority = headers[i + 1];
  }
  return { method: pseudo[':method'] ?? 'GET', path: pseudo[':path'] ?? '/', authority: authority ?? '', headers };
}

/** An HTTP/2 stream in the proxy's form. */
export function http2ProxyRequest(stream: ServerHttp2Stream, head: Http2Head, hasBody: boolean): ProxyRequest {
  const clientCertificate = clientCertificateOf(stream.session?.socket);
  return {
    method: head.method,
    target: head.path,
    headers: head.headers,
    host: hostName(head.authority),
    peerAddress: plainAddress(stream.session?.socket.remoteAddress),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(hasBody && { body: stream }),
  };
}

/** Writes an answer to an HTTP/2 stream. */
export function http2Sink(stream: ServerHttp2Stream): ResponseSink {
  let hasEnded = false;
  // Errors are always followed by `close`; without a listener they would end the process.
  stream.on('error', noop);
  return {
    head(status, headers) {
      // A stream that was reset is closed before it is destroyed, and to respond on it throws.
      if (stream.destroyed || stream.closed || stream.headersSent) return;
      stream.respond(http2Headers(status, headers));
    },
    write(chunk, taken) {
      // An answer to HEAD, or one of 204 or 304, ends with its head.
      if (stream.destroyed || stream.closed || stream.writableEnded) return taken();
      stream.write(chunk, taken);
    },
    end() {
      hasEnded = true;
      stream.end();
    },
    abort() {
      hasEnded = true;
      breakOff(stream);
    },
    onGone(listener) {
      stream.on('close', () => {
        if (!hasEnded) listener();
      });
      if (stream.destroyed) listener();
    },
  };
}

/** Resets a stream. `close(code)` would end its writing side first, which a caller that has all bytes takes for the end. */
export function breakOff(stream: ServerHttp2Stream): void {
  stream.destroy(new Error('the answer broke off'));
}

function http2Headers(status: number, headers: RawHeaders): Record<string, string | string[] | number> {
  const fields: Record<string, string | string[] | number> = { ':status': status };
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    const before = fields[name];
    fields[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [String(before)]), value];
  }
  return fields;
}

function noop(): void {}
