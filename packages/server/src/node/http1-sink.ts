import type { IncomingMessage, ServerResponse } from 'node:http';
import { firstHeader, type RawHeaders } from '@sallyport/core';
import type { ProxyRequest, ResponseSink } from '../proxy/request.ts';
import { clientCertificateOf } from './certificate-host.ts';
import { plainAddress } from './peer-address.ts';

/** A `node:http` request in the proxy's form. */
export function http1ProxyRequest(request: IncomingMessage): ProxyRequest {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const clientCertificate = clientCertificateOf(request.socket);
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: request.rawHeaders,
    host: hostName(request.headers.host),
    peerAddress: plainAddress(request.socket.remoteAddress),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(hasBody && { body: request }),
  };
}

/** A `Host` or `:authority` value without its port, lower case. */
export function hostName(authority: string | undefined): string {
  return (authority ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** Writes an answer to a `node:http` response. */
export function http1Sink(response: ServerResponse): ResponseSink {
  return {
    head(status, headers) {
      response.writeHead(status, headers as string[]);
      // Node keeps the head back until there is a body: a watch may have none for long. What has a length has it at once.
      if (firstHeader(headers, 'content-length') === undefined) response.flushHeaders();
    },
    write(chunk, taken) {
      response.write(chunk, taken);
    },
    end(trailers) {
      if (trailers.length > 0) response.addTrailers(pairs(trailers));
      response.end();
    },
    abort() {
      // Without the last chunk, or short of Content-Length: the answer can't look complete.
      response.destroy();
    },
    onGone(listener) {
      response.on('close', () => {
        if (!response.writableFinished) listener();
      });
      if (response.destroyed) listener();
    },
  };
}

function pairs(headers: RawHeaders): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) list.push([headers[i] as string, headers[i + 1] as string]);
  return list;
}
