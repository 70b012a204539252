/**
 * The one place that reaches behind the public interface of grpc-js (pinned at 1.14.7). grpc-js raises HTTP/2 windows
 * for its client only: a server stays at 64 KiB per connection and stream, which caps a link of 20 ms at under 2 MB/s.
 */

import type { Http2Server, Http2Session, ServerHttp2Session, ServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls';
import type { ChannelCredentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { TunnelError } from '../errors.ts';
import type { OtherProtocol } from '../gateway/contracts.ts';
import { HTTP2_WINDOW_BYTES } from './service.ts';

/** Longest TLS handshake, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What happens below the calls. */
export interface SessionHooks {
  /** A connection begins; `socket` is the one it is made on. */
  onSession(session: ServerHttp2Session, socket: TLSSocket): void;
  onTlsError(error: Error, socket: TLSSocket): void;
  /** Takes the connections whose handshake ended with its name, in the place of HTTP/2. */
  readonly other?: OtherProtocol;
}

/**
 * Sets what the HTTP/2 server of a gRPC server is made with, and which other protocol is spoken beside it. Call it before
 * `createConnectionInjector`.
 */
export function configureServer(server: Server, otherProtocol?: string): void {
  const { commonServerOptions } = server as unknown as {
    commonServerOptions: ServerOptions & Pick<TlsOptions, 'handshakeTimeout' | 'ALPNCallback'>;
  };
  if (otherProtocol !== undefined) {
    const ours = [otherProtocol, 'h2'];
    commonServerOptions.ALPNCallback = ({ protocols }) => ours.find((name) => protocols.includes(name));
  }
  commonServerOptions.settings = { ...commonServerOptions.settings, initialWindowSize: HTTP2_WINDOW_BYTES };
  commonServerOptions.handshakeTimeout = HANDSHAKE_TIMEOUT_MS;
}

/** Watches the HTTP/2 servers of a gRPC server and raises the window of each connection. Call it after `createConnectionInjector`. */
export function hookSessions(server: Server, hooks: SessionHooks): void {
  const { http2Servers } = server as unknown as { http2Servers: ReadonlyMap<Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    // Sessions are made within this event, and show of their sockets only what can't end them.
    let arriving: TLSSocket;
    http2Server.prependListener('secureConnection', (socket: TLSSocket) => {
      arriving = socket;
    });
    http2Server.on('session', (session) => {
      session.setLocalWindowSize(HTTP2_WINDOW_BYTES);
      hooks.onSession(session, arriving);
    });
    http2Server.on('tlsClientError', hooks.onTlsError);
    const { other } = hooks;
    if (other === undefined) continue;
    const serveHttp2 = http2Server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
    http2Server.removeAllListeners('secureConnection');
    http2Server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol === other.name) return other.accept(socket);
      for (const serve of serveHttp2) serve.call(http2Server, socket);
    });
  }
}

/** Uses another certificate, key and client CA from the next handshake on; open connections live on. */
export function replaceSecureContext(credentials: ServerCredentials, context: SecureContextOptions): void {
  (
    credentials as unknown as { updateSecureContextOptions(options: SecureContextOptions): void }
  ).updateSecureContextOptions(context);
}

/** HTTP/2 session that a call came over. */
export function sessionOf(call: object): ServerHttp2Session {
  const { session } = (call as { call: { stream: { session?: ServerHttp2Session } } }).call.stream;
  if (session === undefined) throw new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: 'connection is gone' });
  return session;
}

/**
 * Compares the windows in force with {@link HTTP2_WINDOW_BYTES}, ours and the peer's. The peer's connection window may
 * stand lower by what is under way.
 * @throws TunnelError `ERR_TUNNEL_WINDOW_TOO_SMALL`
 */
export function assertWindows(session: Http2Session): void {
  const windows: readonly (readonly [name: string, bytes: number | undefined, atLeast: number])[] = [
    ['our connection window', session.state.effectiveLocalWindowSize, HTTP2_WINDOW_BYTES],
    ['our stream window', session.localSettings.initialWindowSize, HTTP2_WINDOW_BYTES],
    ["the peer's connection window", session.state.remoteWindowSize, HTTP2_WINDOW_BYTES / 2],
    ["the peer's stream window", session.remoteSettings.initialWindowSize, HTTP2_WINDOW_BYTES],
  ];
  for (const [name, bytes, atLeast] of windows) {
    if (bytes !== undefined && bytes >= atLeast) continue;
    throw new TunnelError({
      code: 'ERR_TUNNEL_WINDOW_TOO_SMALL',
      message: `${name} for HTTP/2 is ${bytes ?? 0} bytes, needed are ${atLeast}`,
    });
  }
}

/** Sockets of a client, which grpc-js itself leaves open when it is closed in the middle of a TLS handshake. */
export interface ClientSockets {
  /** Destroys the sockets there are, and those to come. Idempotent. */
  destroy(): void;
}

/** Follows the sockets that a client with these credentials dials. Call it before the client is made. */
export function followSockets(credentials: ChannelCredentials): ClientSockets {
  interface Connector {
    connect(socket: Socket): Promise<unknown>;
  }
  const inner = credentials as unknown as { _createSecureConnector(...parameters: unknown[]): Connector };
  const create = inner._createSecureConnector.bind(credentials);
  const sockets = new Set<Socket>();
  let isDestroyed = false;
  inner._createSecureConnector = (...parameters) => {
    const connector = create(...parameters);
    const connect = connector.connect.bind(connector);
    connector.connect = (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (isDestroyed) socket.destroy();
      return connect(socket);
    };
    return connector;
  };
  return {
    destroy() {
      isDestroyed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
