import { createServer as createHttp1Server, type IncomingMessage, type RequestListener } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type Clock, failureStatus, type Logger, silentLogger, sleep, systemClock } from '@sallyport/core';
import { createHttp2Guard } from '@sallyport/tunnel/node';
import type { AccessProxy } from '../access-proxy.ts';
import { ARRIVAL_LIMITS, type ArrivalLimits, createArrivals } from './arrivals.ts';
import { type CertificateHostTls, clientCertificateOf, createCertificateHost } from './certificate-host.ts';
import { MAX_CLIENT_HELLO_BYTES, peekClientHello } from './client-hello.ts';
import { createHttp1Hop } from './express-hop.ts';
import { hostName } from './http1-sink.ts';
import { breakOff, http2ProxyRequest, http2Sink, readHttp2Head } from './http2-sink.ts';
import type { Listener } from './listener.ts';
import { type ApplicationUpgrade, createNodeMount } from './mount.ts';
import { plainAddress } from './peer-address.ts';
import { isKubeRequest } from './routing.ts';

/** Options of {@link createFrontDoor}. */
export interface FrontDoorOptions {
  readonly listener: Listener;
  readonly proxy: AccessProxy;
  /** The REST application; HTTP/1.1 only, HTTP/2 requests reach it over a hop. */
  readonly application: RequestListener;
  /** Takes the WebSockets of the application. Default: there are none. */
  readonly applicationUpgrade?: ApplicationUpgrade;
  /** Certificate chain and key of the public host, PEM. */
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  /** TLS server names that lead elsewhere: the raw socket is handed over, its first bytes put back. */
  readonly raw: ReadonlyMap<string, (socket: Socket) => void>;
  /**
   * The TLS server name whose connections are asked for a client certificate, and our certificate under that name. Default:
   * client certificates are never asked for.
   */
  readonly certificates?: { readonly serverName: string; readonly tls: CertificateHostTls };
  /** Domain of per-cluster host names. Default: none. */
  readonly hostDomain?: string;
  /** Time for a peer to send the whole head of a request over HTTP/1.1, in milliseconds. Default 20,000; then it is cut off. */
  readonly headTimeoutMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Serves one port: HTTPS for people and kubectl, and raw TLS for agents, told apart by server name. */
export interface FrontDoor {
  /** Replaces the certificate; open connections live on. */
  updateTls(tls: FrontDoorOptions['tls']): void;
  /** Replaces the certificate of the host that asks for client certificates; open connections live on. */
  updateCertificateHost(tls: CertificateHostTls): void;
  /**
   * Ends every HTTP session, once what was said last has gone out or a moment has passed; the listener is its owner's to close.
   * Idempotent.
   */
  close(): Promise<void>;
}

/** How long a connection may take to end when the server stops, in milliseconds. */
const LINGER_MS = 500;
/** Time for a peer to send its whole ClientHello, and to complete the handshake after it. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Receive window of one HTTP/2 stream; at 64 KiB an upload over a 20 ms link crawls. */
const STREAM_WINDOW_BYTES = 4 * 1_048_576;
/** Receive window of one HTTP/2 connection: what one caller can make the server hold. */
const CONNECTION_WINDOW_BYTES = 16 * 1_048_576;
const MAX_CONCURRENT_STREAMS = 500;
const MAX_HEADER_BYTES = 512 * 1_024;

/**
 * Requests of HTTP/2 that are begun per turn of the event loop, connections taking turns. Each costs up to a millisecond, and one
 * read can hold a thousand.
 */
const REQUESTS_PER_TURN: ArrivalLimits = { perTurn: 32, maxWaitMs: 60_000 };

/** Opens a front door on a bound listener. */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const { listener, proxy, application, hostDomain, clock = systemClock, logger = silentLogger } = options;
  const { headTimeoutMs = 20_000 } = options;
  const hop = createHttp1Hop(application);
  const sessions = new Set<ServerHttp2Session>();
  const routing = { ...(hostDomain !== undefined && { hostDomain }) };
  const mount = createNodeMount({
    ...{ proxy, application, ...routing },
    ...(options.applicationUpgrade && { applicationUpgrade: options.applicationUpgrade }),
  });

  const http1 = createHttp1Server({
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: 0,
    headersTimeout: headTimeoutMs,
    connectionsCheckingInterval: headTimeoutMs / 4,
    keepAliveTimeout: 60_000,
  });
  // This server is handed its connections and never listens; but it is at that event that Node begins to look for late heads.
  http1.emit('listening');
  /** Requests of each connection that are not answered yet. */
  const unanswered = new WeakMap<Duplex, number>();
  http1.on('request', (request, response) => {
    const { socket } = request;
    unanswered.set(socket, (unanswered.get(socket) ?? 0) + 1);
    response.on('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    mount.request(request, response);
  });
  http1.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Behind a request that still waits for its answer, a switch would take the connection from under it.
    if ((unanswered.get(socket) ?? 0) > 0) return void socket.destroy();
    mount.upgrade(request, socket, head);
  });
  http1.on('connect', (_request, socket: Duplex) => socket.destroy());
  http1.on('clientError', (_error, socket: Duplex) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });

  const http2 = createHttp2Server({
    maxSessionMemory: 64,
    settings: {
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: MAX_CONCURRENT_STREAMS,
      maxHeaderListSize: MAX_HEADER_BYTES,
    },
  });
  const guard = createHttp2Guard({
    clock,
    onFlood: (flood, { socket }) =>
      logger.warn({ flood, address: plainAddress(socket?.remoteAddress) }, 'an HTTP/2 connection was closed'),
  });
  /** What sessions are told apart by. */
  const names = new WeakMap<object, string>();
  let sessionCount = 0;
  /** The socket of the session that is just being made. */
  let arriving: TLSSocket;
  http2.on('session', (session) => {
    sessions.add(session);
    names.set(session, String(sessionCount++));
    guard.watch(session, arriving);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on('close', () => sessions.delete(session));
    session.on('error', noop);
  });
  const requests = createArrivals(REQUESTS_PER_TURN, clock);
  http2.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]) => {
    // Errors are always followed by `close`; without a listener they would end the process.
    stream.on('error', noop);
    // Of requests that are reset in the breath that sent them, only the first few cost anything.
    const start = () => stream.destroyed || stream.closed || serveStream(stream, headers, flags, rawHeaders);
    requests.enter({ address: names.get(stream.session ?? stream) ?? '', start, drop: () => breakOff(stream) });
  });

  function serveStream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    rawHeaders: readonly string[],
  ): void {
    const head = readHttp2Head(rawHeaders);
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    const authorization = headers.authorization;
    const isCertificateHost = clientCertificateOf(stream.session?.socket) !== undefined;
    const route = { target: head.path, host: hostName(head.authority), authorization, isCertificateHost };
    if (isKubeRequest(route, routing)) {
      // node:http says so by itself; a caller that waits for it would otherwise wait for ever (RFC 9110, section 10.1.1).
      if (hasBody && headers.expect?.toLowerCase() === '100-continue') stream.additionalHeaders({ ':status': 100 });
      void proxy.handle(http2ProxyRequest(stream, head, hasBody), http2Sink(stream));
      return;
    }
    hop.handle(stream, {
      ...head,
      target: head.path,
      hasBody,
      peerAddress: plainAddress(stream.session?.socket.remoteAddress),
    });
  }

  const tls = createTlsServer(
    {
      cert: options.tls.certPem,
      key: options.tls.keyPem,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      allowHalfOpen: true,
    },
    serve,
  );
  tls.on('tlsClientError', noop);
  const { certificates } = options;
  const certificateHost =
    certificates &&
    createCertificateHost(certificates.tls, { handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS, onConnection: serve });

  function serve(socket: TLSSocket): void {
    socket.on('error', noop);
    // kubectl's upgrade connections offer no ALPN at all: that means HTTP/1.1.
    if (socket.alpnProtocol !== 'h2') return void http1.emit('connection', socket);
    // HTTP/2 has no half-open connections: a peer that is gone must not linger as a session.
    socket.allowHalfOpen = false;
    arriving = socket;
    http2.emit('connection', socket);
  }

  function serveHello(socket: Socket, serverName: string | undefined): void {
    const takeRaw = serverName === undefined ? undefined : options.raw.get(serverName);
    if (takeRaw !== undefined) {
      takeRaw(socket);
      return;
    }
    const host = serverName !== undefined && serverName === certificates?.serverName ? certificateHost?.server : tls;
    (host ?? tls).emit('connection', socket);
  }

  // Whoever only connects costs next to nothing; it is the answer to a ClientHello that does.
  const hellos = createArrivals(ARRIVAL_LIMITS, clock);
  listener.onConnection((socket) => {
    peek(socket, (serverName) => {
      hellos.enter({
        address: plainAddress(socket.remoteAddress),
        start: () => socket.destroyed || serveHello(socket, serverName),
        drop: () => socket.destroy(),
      });
    });
  });
  return {
    updateTls({ certPem, keyPem }) {
      tls.setSecureContext({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2' });
    },
    updateCertificateHost(renewed) {
      certificateHost?.updateTls(renewed);
    },
    async close() {
      guard.close();
      const ended = Promise.all([...sessions].map((session) => new Promise<void>((resolve) => session.close(resolve))));
      await Promise.race([ended, sleep(systemClock, LINGER_MS)]);
      for (const session of sessions) session.destroy();
      hop.close();
      http1.closeAllConnections();
      http1.close();
    },
  };
}

/** Collects the ClientHello, puts it back and says which server name it holds. */
function peek(socket: Socket, route: (serverName: string | undefined) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const deadline = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
  const onData = (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const result = peekClientHello(bytes);
    if (result.kind === 'incomplete' && bytes.length <= MAX_CLIENT_HELLO_BYTES) return;
    stop();
    if (result.kind === 'hello') {
      socket.pause();
      socket.unshift(bytes);
      route(result.serverName);
    } else if (result.kind === 'notTls' && result.looksLikeHttp) {
      socket.end(plainHttpAnswer());
    } else {
      socket.destroy();
    }
  };
  const onEnd = () => {
    stop();
    socket.destroy();
  };
  const stop = () => {
    clearTimeout(deadline);
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', stop);
  };
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', stop);
}

/** kubectl prints the message of a Status, whatever it asked for. */
function plainHttpAnswer(): string {
  const message =
    'this port speaks HTTPS, and the request came as plain HTTP: write https:// in the server URL [ERR_FRONT_PLAIN_HTTP]';
  const body = `${JSON.stringify(failureStatus('BadRequest', message))}\n`;
  return `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function noop(): void {}
