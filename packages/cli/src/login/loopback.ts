import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK_REDIRECT_PATH as PATH } from '@sallyport/core/api';

/** A listener on loopback that waits for one answer of a browser. */
export interface LoopbackReceiver {
  /** `http://127.0.0.1:<port>/callback`, with a port chosen by the system. */
  readonly redirectUri: string;
  /** Resolves with the address the browser was sent to, once one with the right `state` arrives. */
  readonly answer: Promise<URL>;
  /** Stops listening. Idempotent. */
  close(): void;
}

const PAGE = (text: string) =>
  `<!doctype html><meta charset="utf-8"><title>Sallyport</title><style>body{font:16px system-ui;margin:20vh auto;max-width:28em;text-align:center}</style><p>${text}</p>`;

/**
 * Listens on 127.0.0.1 for the redirect that ends a login (RFC 8252, section 7.3). Only `GET` of one exact path under
 * the exact host with the right `state` counts; everything else is refused and the wait goes on, so that a page in the
 * same browser can neither end nor take over a login.
 */
export async function openLoopbackReceiver(state: string): Promise<LoopbackReceiver> {
  let settle: (url: URL) => void = () => {};
  const answer = new Promise<URL>((resolve) => {
    settle = resolve;
  });
  const server = createServer((request, response) => {
    const url = readRedirect(server, request);
    if (url === undefined) return reply(response, 404, 'There is nothing here.');
    if (url.searchParams.get('state') !== state) return reply(response, 400, 'This answer belongs to no login here.');
    const isRefused = url.searchParams.has('error');
    reply(
      response,
      isRefused ? 403 : 200,
      isRefused ? 'The login was refused. The terminal says why.' : 'You are logged in. You can close this window.',
    );
    settle(url);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  return {
    redirectUri: `http://${hostOf(server)}${PATH}`,
    answer,
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function hostOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function readRedirect(server: Server, request: IncomingMessage): URL | undefined {
  if (request.method !== 'GET' || !server.listening || request.headers.host !== hostOf(server)) return undefined;
  const base = `http://${hostOf(server)}`;
  if (!URL.canParse(request.url ?? '', base)) return undefined;
  const url = new URL(request.url ?? '', base);
  return url.origin === base && url.pathname === PATH ? url : undefined;
}

function reply(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      connection: 'close',
    })
    .end(PAGE(text));
}
