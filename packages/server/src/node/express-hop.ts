import { Agent, createServer, request as http1Request, type RequestListener, type Server } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { pipeline } from 'node:stream';
import type { RawHeaders } from '@sallyport/core';
import { breakOff } from './http2-sink.ts';
import { connectInProcess } from './in-process.ts';

/**
 * Carries HTTP/2 requests to an application that only knows HTTP/1.1 (express throws on HTTP/2 requests), in process,
 * over a pair of streams. The peer's address travels as a property of the inner socket, never as a header.
 */
export interface Http1Hop {
  handle(stream: ServerHttp2Stream, request: HopRequest): void;
  close(): void;
}

/** What of the HTTP/2 request the hop needs. */
export interface HopRequest {
  readonly method: string;
  readonly target: string;
  readonly authority: string;
  readonly headers: RawHeaders;
  readonly hasBody: boolean;
  readonly peerAddress: string;
}

const CONNECTION_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  // Trailers are not carried, and node:http throws on the announcement of one beside a length.
  'trailer',
  'host',
]);

/** Makes a hop to `application`. */
export function createHttp1Hop(application: RequestListener): Http1Hop {
  const inner: Server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, application);
  return {
    handle(stream, request) {
      const agent = new Agent({ keepAlive: false });
      agent.createConnection = () => connectInProcess(inner, request.peerAddress);
      const headers: string[] = ['Host', request.authority];
      for (let i = 0; i < request.headers.length; i += 2) {
        if (CONNECTION_HEADERS.has((request.headers[i] as string).toLowerCase())) continue;
        headers.push(request.headers[i] as string, request.headers[i + 1] as string);
      }
      const hasLength = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
      if (request.hasBody && !hasLength) headers.push('Transfer-Encoding', 'chunked');
      const outgoing = attempt(() =>
        http1Request({ agent, method: request.method, path: request.target, headers: headers as never }),
      );
      if (outgoing === undefined) return stream.respond({ ':status': 400 }, { endStream: true });
      outgoing.on('response', (response) => {
        // A stream that was reset is closed before it is destroyed, and to respond on it throws.
        if (stream.destroyed || stream.closed) return void response.destroy();
        stream.respond({ ':status': response.statusCode ?? 500, ...http2Headers(response.headers) });
        // A body that breaks off must not look complete.
        pipeline(response, stream, (error) => {
          if (error) breakOff(stream);
        });
      });
      outgoing.on('error', () => breakOff(stream));
      stream.on('close', () => outgoing.destroy());
      if (!request.hasBody) return void outgoing.end();
      // Not by a pipeline, which would break the answer off when the application answers before the body's end.
      outgoing.on('close', () => stream.resume());
      stream.pipe(outgoing);
    },
    close() {
      inner.closeAllConnections();
    },
  };
}

/** What `make` makes; nothing where it throws, as node:http does on what HTTP/1.1 can't say. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function http2Headers(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !CONNECTION_HEADERS.has(name)) kept[name] = value;
  }
  return kept;
}
