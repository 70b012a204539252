import type { TLSSocket } from 'node:tls';
import type { Clock, Logger } from '@sallyport/core';
import type { AccessReport, AccessState, HealthReport, Trust } from '../gen/sallyport/agent/v1/gateway.ts';
import type { Link } from '../link.ts';
import type { GatewayPeer } from './peer.ts';

/** What the gateway proves itself with, and whom it believes. All PEM. */
export interface GatewayCredentials {
  /** Certificate of the gateway, with its intermediates. */
  readonly certPem: string;
  readonly keyPem: string;
  /** CAs that issue agent certificates directly. */
  readonly clientCaPem: string;
}

/** A protocol that shares port, certificates and handshake with gRPC, told apart by ALPN (RFC 7301). */
export interface OtherProtocol {
  /** As in the handshake. */
  readonly name: string;
  /** Takes a connection whose handshake is over and ended with that name. It belongs to the protocol from here on. */
  accept(socket: TLSSocket): void;
  /** Believes other CAs from the next connection on. @throws TunnelError `ERR_TUNNEL_CERTIFICATE_MALFORMED` */
  updateCredentials(credentials: GatewayCredentials): void;
  /** Ends every connection now. Idempotent. */
  close(): void;
}

/** A certificate that was issued for a renewal. */
export interface RenewedCertificate {
  readonly certificatePem: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What a gateway of any link is made with, and what it asks of whoever runs it. */
export interface GatewayOptions {
  readonly credentials: GatewayCredentials;
  /** Takes a link whose peer holds a verified certificate. What the certificate may do is for the callee to decide. */
  readonly onConnect: (link: Link, peer: GatewayPeer) => void;
  /**
   * Issues a newer certificate for the peer: its identity comes from `peer` alone, of the CSR only the key counts.
   * A `CodedError` reaches the agent with its message, anything else as an internal error.
   */
  readonly onRenew: (csrPem: string, peer: GatewayPeer) => Promise<RenewedCertificate>;
  /** What agents are to trust, kept current. Absent: agents that ask are told that nothing of the kind is served. */
  readonly trust?: TrustSource;
  /** An agent says how it finds its API server, over the connection of the tunnel that runs on `link`. Default: not heard. */
  readonly onHealth?: (report: HealthReport, link: Link) => void;
  /**
   * An agent asks what it is to keep bound in its cluster, over the connection of the tunnel that runs on `link`. Absent: agents
   * that ask are told that nothing of the kind is served.
   */
  readonly onAccess?: (first: AccessReport, link: Link, watcher: AccessWatcher) => AccessListener;
  /** A peer was refused, in its TLS handshake or for its certificate; for audit and counters. */
  readonly onRefused?: (error: Error, address: string | undefined) => void;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** What agents are to trust, and when that changes. */
export interface TrustSource {
  current(): Trust;
  /** Calls `listener` after each change. Returns the way to stop. */
  onChange(listener: () => void): () => void;
}

/** An agent that waits for what it is to keep bound. */
export interface AccessWatcher {
  send(state: AccessState): void;
}

/** Hears what an {@link AccessWatcher} does. */
export interface AccessListener {
  report(report: AccessReport): void;
  /** The agent listens no more. Called once. */
  end(): void;
}

/** How an agent dials a gateway, over any link. */
export interface DialOptions {
  /** `host:port` of the server. IPv6 in brackets. */
  readonly address: string;
  /** Name in SNI, and the one the server's certificate is checked against. */
  readonly serverName: string;
  /** The only CAs believed; the machine's own are not. PEM. */
  readonly caPem: string;
  /** Certificate and key of the agent, PEM. */
  readonly certPem: string;
  readonly keyPem: string;
  /** Gives up dialling. Has no effect once dialled. */
  readonly signal?: AbortSignal;
  /** Longest time until the tunnel's call is accepted. Default 10,000. */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
}

/** How an agent finds its API server. */
export interface AgentHealth {
  /** Why it can't be used; empty while it can. */
  readonly apiServerFailure: string;
  /** Why nobody can act through the agent although it can be used; empty while they can. */
  readonly modeFailure: string;
}

/** A connection to a server's gateway. */
export interface GatewayConnection {
  readonly link: Link;
  /** Asks for a newer certificate. @throws TunnelError `ERR_TUNNEL_DIAL` with the server's reason */
  renewCertificate(csrPem: string): Promise<RenewedCertificate>;
  /**
   * Calls `listener` with what the server says is to be trusted, at once and after each change, as long as the connection
   * lives. `onEnd` is called when that ends earlier, for example because the server does not know this call.
   */
  watchTrust(listener: (trust: Trust) => void, onEnd: (error: Error) => void): void;
  /**
   * Says how the agent finds its API server.
   * @throws TunnelError `ERR_TUNNEL_CLOSED` when the report did not arrive
   */
  reportHealth(health: AgentHealth): Promise<void>;
  /**
   * Asks what is to be kept bound in the cluster: `listener` is called with it at once and after each change, as long as the
   * connection lives. `onEnd` is called when that ends earlier. Yields the way to report what came of it.
   */
  watchAccess(
    first: AccessReport,
    listener: (state: AccessState) => void,
    onEnd: (error: Error) => void,
  ): (report: AccessReport) => void;
  /** Ends link and connection. Idempotent. */
  close(): void;
}
