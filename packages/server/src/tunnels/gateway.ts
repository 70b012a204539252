import { X509Certificate } from 'node:crypto';
import type { AuditEvent, AuditPipeline } from '@sallyport/audit';
import type { Clock, Logger, ReplicaId } from '@sallyport/core';
import { createTunnel, type Link, type Tunnel } from '@sallyport/tunnel';
import {
  createGrpcGateway,
  decodeHello,
  encodeHelloAck,
  type GatewayCredentials,
  type GatewayPeer,
  type GrpcGateway,
  type TrustSource,
} from '@sallyport/tunnel/grpc';
import { ServerError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import { type AgentIdentity, readAgentIdentity } from '../pki/index.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import { systemEvent } from '../system-event.ts';
import type { Enrolment } from './enrolment.ts';
import type { TunnelRegistry } from './registry.ts';

/** Options of {@link createAgentGateway}. */
export interface AgentGatewayOptions {
  readonly tls: GatewayCredentials;
  readonly enrolment: Enrolment;
  readonly registry: TunnelRegistry;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  /** What agents are to trust. */
  readonly trust: TrustSource;
  readonly replicaId: ReplicaId;
  readonly serverVersion: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where agents' tunnels arrive. */
export interface AgentGateway {
  /** Takes a raw TCP socket whose TLS handshake has not begun. */
  readonly injectConnection: GrpcGateway['injectConnection'];
  readonly updateTls: GrpcGateway['updateCredentials'];
  /** Ends every tunnel and connection. Idempotent. */
  close(): void;
}

/** Makes a gateway: mTLS by the agent CA, cluster identity from the certificate on every RPC. */
export function createAgentGateway(options: AgentGatewayOptions): AgentGateway {
  const { registry, snapshots, audit, clock, logger } = options;
  const tunnels = new Map<Tunnel, AgentIdentity>();

  function record(
    code: AuditEvent['code'],
    severity: AuditEvent['severity'],
    facts: Partial<AuditEvent>,
  ): Promise<void> {
    return audit
      .record(systemEvent(options, code, { severity, ...facts }), 'prompt')
      .catch((error: unknown) => logger.warn({ err: error, code }, 'audit event lost'));
  }

  /** Who dialled, if the server still knows it: a certificate without a live record is a revoked one. */
  function identify(peer: GatewayPeer): AgentIdentity {
    const identity = readAgentIdentity(peer.certificate, new Date(clock.now()));
    if (isLive(identity, snapshots.current())) return identity;
    void record('tunnel.refused', 'warning', {
      clusterId: identity.clusterId,
      sourceAddress: plainAddress(peer.address),
      details: { serial: identity.serial },
    });
    throw new ServerError({
      code: 'ERR_GATEWAY_IDENTITY_REFUSED',
      message: 'this agent certificate is revoked, or its cluster is not registered any more',
      nextStep: 'Issue a new join token for the cluster and install the agent again.',
    });
  }

  async function accept(link: Link, peer: GatewayPeer): Promise<void> {
    const identity = identify(peer);
    const { clusterId, serial } = identity;
    const tunnel = createTunnel(link, {
      role: 'server',
      hello: encodeHelloAck({
        replicaId: options.replicaId,
        replicaCount: 1,
        clusterId,
        serverVersion: options.serverVersion,
      }),
      clock,
      logger,
    });
    tunnels.set(tunnel, identity);
    const expiry = clock.setTimeout(() => tunnel.close(), identity.notAfter.getTime() - clock.now());
    const openedAt = new Date(clock.now());
    void tunnel.closed.then((error) => {
      expiry.cancel();
      tunnels.delete(tunnel);
      logger.info({ clusterId, err: error }, 'a tunnel closed');
      void record('tunnel.closed', error === undefined ? 'info' : 'notice', {
        clusterId,
        sourceAddress: plainAddress(peer.address),
        ...(error && { details: { reason: error.message } }),
      });
    });
    const hello = decodeHello(await tunnel.peerHello);
    const { agentVersion, instanceId } = hello;
    registry.add({ clusterId, tunnel, certificateSerial: serial, agentVersion, instanceId, openedAt });
    logger.info({ clusterId, agentVersion, instanceId }, 'a tunnel opened');
    void record('tunnel.opened', 'info', {
      clusterId,
      sourceAddress: plainAddress(peer.address),
      details: { agentVersion, instanceId },
    });
  }

  const grpc = createGrpcGateway({
    credentials: options.tls,
    trust: options.trust,
    onConnect(link, peer) {
      accept(link, peer).catch((error: unknown) => {
        logger.warn({ err: error, address: peer.address }, 'a tunnel was refused');
        link.close(error instanceof Error ? error : undefined);
      });
    },
    async onRenew(csrPem, peer) {
      const issued = await options.enrolment.renew(csrPem, identify(peer).clusterId, plainAddress(peer.address));
      const { validFrom } = new X509Certificate(issued.certificatePem);
      return { certificatePem: issued.certificatePem, notBefore: new Date(validFrom), notAfter: issued.notAfter };
    },
  });

  const stopEnforcing = snapshots.onChange((snapshot) => {
    for (const [tunnel, identity] of tunnels) if (!isLive(identity, snapshot)) tunnel.close();
  });

  return {
    injectConnection(socket) {
      // A peer's FIN ends the connection: it is how a killed agent is noticed at once.
      socket.allowHalfOpen = false;
      grpc.injectConnection(socket);
    },
    updateTls: grpc.updateCredentials,
    close() {
      stopEnforcing();
      for (const tunnel of tunnels.keys()) tunnel.close();
      grpc.close();
    },
  };
}

function isLive(identity: AgentIdentity, snapshot: Snapshot): boolean {
  const certificate = snapshot.agentCertificates.get(identity.serial);
  return certificate?.clusterId === identity.clusterId && snapshot.clusters.has(identity.clusterId);
}
