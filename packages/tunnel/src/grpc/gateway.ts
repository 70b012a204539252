import type { ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { isCodedError, silentLogger, systemClock } from '@sallyport/core';
import { TunnelError } from '../errors.ts';
import type { AccessListener, GatewayCredentials, GatewayOptions, OtherProtocol } from '../gateway/contracts.ts';
import { type GatewayPeer, readPeerCertificate } from '../gateway/peer.ts';
import { parseCertificates } from '../gateway/pem.ts';
import { refusalText } from '../gateway/refusal.ts';
import type {
  AccessReport,
  AccessState,
  HealthReport,
  HealthReportAck,
  RenewRequest,
  RenewResponse,
  Trust,
  WatchTrustRequest,
} from '../gen/sallyport/agent/v1/gateway.ts';
import type { Link } from '../link.ts';
import { createHttp2Guard, cutSession } from '../node/http2-guard.ts';
import { createCallLink } from './call-link.ts';
import { assertWindows, configureServer, hookSessions, replaceSecureContext, sessionOf } from './grpc-internals.ts';
import { agentGatewayService, MAX_MESSAGE_BYTES } from './service.ts';

/** Options of {@link createGrpcGateway}. */
export interface GrpcGatewayOptions extends GatewayOptions {
  /** Connections that open no tunnel are closed after this time. Default 15,000 ms. */
  readonly connectDeadlineMs?: number;
  /**
   * A protocol that is served on the same port, to whoever asks for it in the TLS handshake. It gets the credentials that this
   * gateway gets, and ends with it. Default: gRPC alone.
   */
  readonly other?: OtherProtocol;
}

/** Where agents arrive. Has no port of its own: it is handed sockets. */
export interface GrpcGateway {
  /** Takes a raw socket on which a TLS ClientHello is about to be read. The gateway owns it from here on. */
  injectConnection(socket: Duplex): void;
  /** Uses other credentials from the next handshake on. @throws TunnelError `ERR_TUNNEL_CERTIFICATE_MALFORMED` */
  updateCredentials(credentials: GatewayCredentials): void;
  /** Ends every connection now; drain the tunnels first. Idempotent. */
  close(): void;
}

/** Time a peer gets to read the end of its call before its connection is cut, in milliseconds. */
const LINGER_MS = 2_000;

/**
 * An agent's connection carries the traffic of a whole cluster, in batches that may be small: a frame head for each. It has a handful
 * of streams, and PINGs of the tunnel that end it before a stall of this length does.
 */
const AGENT_CONNECTION_LIMITS = {
  overheadBurstBytes: 2 * 1024 * 1024,
  overheadBytesPerSecond: 256 * 1024,
  resetBurst: 50,
  resetsPerSecond: 5,
  maxStalledStreams: 0,
};

/**
 * Makes the gRPC gateway of a server: mutual TLS, one tunnel per connection, HTTP/2 windows of 32 MiB asserted for each.
 * @throws TunnelError `ERR_TUNNEL_CERTIFICATE_MALFORMED`
 */
export function createGrpcGateway(options: GrpcGatewayOptions): GrpcGateway {
  const {
    onConnect,
    onRenew,
    onRefused,
    connectDeadlineMs = 15_000,
    clock = systemClock,
    logger = silentLogger,
  } = options;
  let authorities = parseCertificates(options.credentials.clientCaPem, 'client CA');
  const { certPem, keyPem, clientCaPem } = options.credentials;
  const credentials = ServerCredentials.createSsl(
    Buffer.from(clientCaPem),
    [{ cert_chain: Buffer.from(certPem), private_key: Buffer.from(keyPem) }],
    true,
  );
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_concurrent_streams': 8,
    'grpc.enable_channelz': 0,
  });
  /** The link of each connection that carries a tunnel. */
  const connected = new WeakMap<object, Link>();
  const sockets = new WeakMap<object, Duplex>();
  const cut = (session: ServerHttp2Session) => {
    const socket = sockets.get(session);
    if (socket !== undefined) cutSession(session, socket, clock);
  };

  function admit(
    call:
      | ServerDuplexStream<Uint8Array, Uint8Array>
      | ServerDuplexStream<AccessReport, AccessState>
      | ServerUnaryCall<RenewRequest, RenewResponse>
      | ServerUnaryCall<HealthReport, HealthReportAck>
      | ServerWritableStream<WatchTrustRequest, Trust>,
  ): GatewayPeer {
    const raw = call.getAuthContext().sslPeerCertificate?.raw;
    if (raw === undefined) throw new TunnelError({ code: 'ERR_TUNNEL_PEER_REFUSED', message: 'no client certificate' });
    const certificate = readPeerCertificate(raw, authorities, new Date(clock.now()));
    const peer = call.getPeer();
    const colon = peer.lastIndexOf(':');
    return { address: peer.slice(0, colon), port: Number(peer.slice(colon + 1)), certificate };
  }

  function refuse(error: unknown, address: string | undefined): ReturnType<typeof toStatus> {
    onRefused?.(error as Error, address);
    logger.warn({ err: error, address }, 'agent gateway refused a call');
    return toStatus(error);
  }

  server.addService(agentGatewayService, {
    connect(call: ServerDuplexStream<Uint8Array, Uint8Array>) {
      const { link, finish } = createCallLink(call, (reason) => {
        if (reason === undefined) call.end();
        else call.emit('error', toStatus(reason));
        clock.setTimeout(() => session && cut(session), LINGER_MS);
      });
      // A cancelled call of a Node client half-closes first, so this is also how a broken-off tunnel may end. The tunnel
      // does not mind: streams that are open then are lost either way.
      call.on('end', () => link.close());
      call.on('cancelled', () =>
        finish(new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: 'connection was lost' })),
      );
      call.on('error', (error) => finish(error));
      let session: ReturnType<typeof sessionOf> | undefined;
      try {
        const peer = admit(call);
        session = sessionOf(call);
        assertWindows(session);
        if (connected.has(session)) {
          throw new TunnelError({
            code: 'ERR_TUNNEL_PEER_REFUSED',
            message: 'the connection carries a tunnel already',
          });
        }
        connected.set(session, link);
        call.sendMetadata(new Metadata());
        onConnect(link, peer);
      } catch (error) {
        call.emit('error', refuse(error, call.getPeer()));
      }
    },
    renewCertificate(call: ServerUnaryCall<RenewRequest, RenewResponse>, callback: sendUnaryData<RenewResponse>) {
      let peer: GatewayPeer;
      try {
        peer = admit(call);
      } catch (error) {
        callback(refuse(error, call.getPeer()));
        return;
      }
      onRenew(call.request.csrPem, peer).then(
        ({ certificatePem, notBefore, notAfter }) =>
          callback(null, { certificatePem, notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() }),
        (error: unknown) => callback(refuse(error, call.getPeer())),
      );
    },
    watchTrust(call: ServerWritableStream<WatchTrustRequest, Trust>) {
      const { trust } = options;
      if (trust === undefined) {
        call.emit('error', { code: status.UNIMPLEMENTED, details: 'trust is not served here' });
        return;
      }
      try {
        admit(call);
      } catch (error) {
        call.emit('error', refuse(error, call.getPeer()));
        return;
      }
      const stop = trust.onChange(() => call.write(trust.current()));
      call.on('cancelled', stop);
      call.on('error', stop);
      call.write(trust.current());
    },
    reportHealth(call: ServerUnaryCall<HealthReport, HealthReportAck>, callback: sendUnaryData<HealthReportAck>) {
      let link: Link | undefined;
      try {
        admit(call);
        link = connected.get(sessionOf(call));
      } catch (error) {
        callback(refuse(error, call.getPeer()));
        return;
      }
      if (link !== undefined) options.onHealth?.(call.request, link);
      callback(null, {});
    },
    watchAccess(call: ServerDuplexStream<AccessReport, AccessState>) {
      const { onAccess } = options;
      let link: Link | undefined;
      try {
        admit(call);
        link = connected.get(sessionOf(call));
      } catch (error) {
        call.emit('error', refuse(error, call.getPeer()));
        return;
      }
      if (onAccess === undefined || link === undefined) {
        call.emit('error', { code: status.UNIMPLEMENTED, details: 'access is not served here' });
        return;
      }
      const tunnel = link;
      let listener: AccessListener | undefined;
      const finish = () => {
        listener?.end();
        listener = undefined;
      };
      call.on('data', (report: AccessReport) => {
        if (listener === undefined) listener = onAccess(report, tunnel, { send: (state) => call.write(state) });
        else listener.report(report);
      });
      call.once('end', () => {
        finish();
        call.end();
      });
      call.on('cancelled', finish);
      call.on('error', finish);
    },
  });

  configureServer(server, options.other?.name);
  const injector = server.createConnectionInjector(credentials);
  const guard = createHttp2Guard({
    limits: AGENT_CONNECTION_LIMITS,
    clock,
    onFlood(flood, { socket }) {
      const error = new TunnelError({
        code: 'ERR_TUNNEL_PEER_REFUSED',
        message: `the connection was flooded (${flood}) and closed`,
      });
      onRefused?.(error, socket?.remoteAddress);
      logger.warn({ flood, address: socket?.remoteAddress }, 'connection of an agent was closed');
    },
  });
  hookSessions(server, {
    onSession(session, socket) {
      sockets.set(session, socket);
      guard.watch(session, socket);
      const timer = clock.setTimeout(() => {
        if (!connected.has(session)) cut(session);
      }, connectDeadlineMs);
      session.once('close', () => timer.cancel());
    },
    onTlsError(error, socket) {
      onRefused?.(error, socket.remoteAddress);
      logger.warn({ err: error, address: socket.remoteAddress }, 'TLS handshake of an agent failed');
    },
    ...(options.other && { other: options.other }),
  });

  return {
    injectConnection: (socket) => injector.injectConnection(socket),
    updateCredentials(next) {
      authorities = parseCertificates(next.clientCaPem, 'client CA');
      options.other?.updateCredentials(next);
      replaceSecureContext(credentials, { ca: next.clientCaPem, cert: next.certPem, key: next.keyPem });
    },
    close() {
      guard.close();
      options.other?.close();
      injector.destroy();
      server.forceShutdown();
    },
  };
}

function toStatus(error: unknown): { readonly code: status; readonly details: string } {
  const details = refusalText(error);
  if (!isCodedError(error)) return { code: status.INTERNAL, details };
  switch (error.code) {
    case 'ERR_TUNNEL_PEER_REFUSED':
      return { code: status.UNAUTHENTICATED, details };
    case 'ERR_TUNNEL_WINDOW_TOO_SMALL':
      return { code: status.FAILED_PRECONDITION, details };
    case 'ERR_TUNNEL_CLOSED':
      return { code: status.UNAVAILABLE, details };
    default:
      return { code: status.ABORTED, details };
  }
}
