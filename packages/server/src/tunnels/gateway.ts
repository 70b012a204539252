import { X509Certificate } from 'node:crypto';
import type { AuditEventCode, AuditFacts, AuditPipeline } from '@sallyport/audit';
import type { Clock, ClusterId, Logger, ReplicaId } from '@sallyport/core';
import { createTunnel, type Link, type Tunnel, TunnelError } from '@sallyport/tunnel';
import {
  type AccessListener,
  createGrpcGateway,
  decodeHello,
  encodeHelloAck,
  type GatewayCredentials,
  type GatewayOptions,
  type GatewayPeer,
  type GrpcGateway,
  type TrustSource,
} from '@sallyport/tunnel/grpc';
import { createTlsGateway } from '@sallyport/tunnel/tls';
import { ServerError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import { type AgentIdentity, readAgentIdentity } from '../pki/index.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import type { AgentCertificate, Store } from '../stores/contracts.ts';
import { systemEvent } from '../system-event.ts';
import type { UpstreamAccess } from '../upstream-access/upstream-access.ts';
import { assertAttested } from './attestation.ts';
import type { Enrolment, KnownAgent } from './enrolment.ts';
import type { ApiServerReport, TunnelRegistry } from './registry.ts';
import { findDeregistered } from './standing.ts';

/** What is kept of an agent's word about its API server. */
const MAX_FAILURE_CHARACTERS = 300;

/** Options of {@link createAgentGateway}. */
export interface AgentGatewayOptions {
  readonly tls: GatewayCredentials;
  readonly enrolment: Enrolment;
  readonly store: Pick<Store, 'clusters'>;
  readonly registry: TunnelRegistry;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  /** What agents are to trust. */
  readonly trust: TrustSource;
  readonly upstreamAccess: UpstreamAccess;
  readonly replicaId: ReplicaId;
  /** How many servers there are on the database; which, {@link AgentGatewayOptions.trust} says. */
  readonly replicaCount: () => number;
  readonly serverVersion: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where agents' tunnels arrive. */
export interface AgentGateway {
  /** Takes a raw TCP socket whose TLS handshake has not begun. */
  readonly injectConnection: GrpcGateway['injectConnection'];
  readonly updateTls: GrpcGateway['updateCredentials'];
  /** Asks every agent to dial another server, and takes no tunnel any more; streams that run go on. */
  drain(): void;
  /** Ends every tunnel and connection. Idempotent. */
  close(): void;
}

/** Makes a gateway: mTLS by the agent CA, cluster identity from the certificate on every RPC. */
export function createAgentGateway(options: AgentGatewayOptions): AgentGateway {
  const { store, registry, snapshots, audit, clock, logger } = options;
  const tunnels = new Map<Tunnel, AgentIdentity>();
  const reports = new WeakMap<Link, ApiServerReport>();
  /** The cluster of each link, once its tunnel was let in. */
  const clusterOf = new WeakMap<Link, Promise<ClusterId>>();
  let isDraining = false;

  function record<Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>): Promise<void> {
    return audit
      .record(systemEvent(options, code, facts), 'prompt')
      .catch((error: unknown) => logger.warn({ err: error, code }, 'audit event lost'));
  }

  /**
   * Who dialled, if the server still knows it: a certificate without a live record is a revoked one.
   * @throws ServerError `ERR_GATEWAY_IDENTITY_REFUSED`, `ERR_GATEWAY_CLUSTER_DEREGISTERED`
   */
  async function identify(peer: GatewayPeer): Promise<AgentIdentity & KnownAgent> {
    const identity = readAgentIdentity(peer.certificate, new Date(clock.now()));
    const { clusterId, serial } = identity;
    // A certificate that another server has just issued is in the database before it is in our snapshot, and an agent that
    // is refused gives up.
    const certificate = findLive(identity, snapshots.current()) ?? findLive(identity, await snapshots.refresh());
    if (certificate !== undefined) return { ...identity, agentId: certificate.id };
    const facts = { clusterId, sourceAddress: plainAddress(peer.address) };
    const deregistered = await findDeregistered({ clusters: store.clusters, clock }, clusterId);
    if (deregistered !== undefined) {
      const { organizationId, name } = deregistered;
      void record('agent.told_deregistered', { ...facts, organizationId, clusterName: name });
      throw new ServerError({
        code: 'ERR_GATEWAY_CLUSTER_DEREGISTERED',
        message: `the cluster ${name} was deregistered; the agent removes what was installed for it`,
      });
    }
    void record('tunnel.refused', { ...facts, details: { serial, reason: 'certificate not known' } });
    throw new ServerError({
      code: 'ERR_GATEWAY_IDENTITY_REFUSED',
      message: 'this agent certificate is revoked, or its cluster is not registered any more',
      nextStep: 'Issue a new join token for the cluster and install the agent again.',
    });
  }

  /** Refuses a copy of an identity that shows up in another cluster, and says whether there was anything to check. */
  async function attest(agent: KnownAgent, peer: GatewayPeer, token: string): Promise<boolean> {
    const { attestation } = (await store.clusters.agent(agent.agentId)) ?? {};
    if (attestation === undefined) return false;
    try {
      await assertAttested(token, attestation, agent.clusterId, clock);
      return true;
    } catch (error) {
      void record('tunnel.refused', {
        severity: 'critical',
        clusterId: agent.clusterId,
        sourceAddress: plainAddress(peer.address),
        details: { agentId: agent.agentId, reason: (error as Error).message },
      });
      throw error;
    }
  }

  async function accept(link: Link, peer: GatewayPeer, letIn: (clusterId: ClusterId) => void): Promise<void> {
    if (isDraining) throw new TunnelError({ code: 'ERR_TUNNEL_DRAINING', message: 'the server is stopping' });
    const identity = await identify(peer);
    const { clusterId, serial, agentId } = identity;
    const tunnel = createTunnel(link, {
      role: 'server',
      hello: encodeHelloAck({
        replicaId: options.replicaId,
        replicaCount: options.replicaCount(),
        clusterId,
        serverVersion: options.serverVersion,
      }),
      clock,
      logger,
    });
    tunnels.set(tunnel, identity);
    const expiry = clock.setTimeout(() => tunnel.close(), identity.notAfter.getTime() - clock.now());
    const openedAt = new Date(clock.now());
    let isSecond = false;
    void tunnel.closed.then((error) => {
      expiry.cancel();
      tunnels.delete(tunnel);
      if (isSecond) return;
      logger.info({ clusterId, err: error }, 'a tunnel closed');
      void record('tunnel.closed', {
        ...(error !== undefined && { severity: 'notice' }),
        clusterId,
        sourceAddress: plainAddress(peer.address),
        details: { agentId, ...(error && { reason: error.message }) },
      });
    });
    const hello = decodeHello(await tunnel.peerHello);
    const { agentVersion, instanceId } = hello;
    if (hello.heldReplicaIds.includes(options.replicaId)) {
      // It looks for another server, and learns from our HELLO that this is none.
      isSecond = true;
      return void tunnel.drain();
    }
    const isAttested = await attest(identity, peer, hello.serviceAccountToken);
    // What was revoked while this was under way must not slip in: the snapshot that said so found no tunnel to close.
    if (findLive(identity, snapshots.current()) === undefined)
      return tunnel.close(notLive(identity, snapshots.current()));
    letIn(clusterId);
    registry.add({
      clusterId,
      tunnel,
      certificateSerial: serial,
      agentVersion,
      instanceId,
      openedAt,
      apiServer: () => reports.get(link),
      modeProblem: () => reports.get(link)?.modeFailure ?? options.upstreamAccess.problemOf(clusterId, link),
      isAttested,
    });
    logger.info({ clusterId, agentVersion, instanceId, isAttested }, 'a tunnel opened');
    void record('tunnel.opened', {
      clusterId,
      sourceAddress: plainAddress(peer.address),
      details: { agentId, agentVersion, instanceId, isAttested },
    });
  }

  const arrivals: GatewayOptions = {
    credentials: options.tls,
    trust: options.trust,
    onHealth({ apiServerFailure, modeFailure }, link) {
      reports.set(link, {
        ...(apiServerFailure !== '' && { failure: apiServerFailure.slice(0, MAX_FAILURE_CHARACTERS) }),
        ...(modeFailure !== '' && { modeFailure: modeFailure.slice(0, MAX_FAILURE_CHARACTERS) }),
      });
    },
    onAccess(first, link, watcher) {
      let listener: AccessListener | undefined;
      let hasEnded = false;
      // Nothing is told before the tunnel was let in; a link whose tunnel never is stays without an answer.
      void clusterOf.get(link)?.then((clusterId) => {
        if (!hasEnded) listener = options.upstreamAccess.connect(clusterId, link, first, watcher);
      });
      return {
        report: (report) => listener?.report(report),
        end() {
          hasEnded = true;
          listener?.end();
        },
      };
    },
    onConnect(link, peer) {
      let letIn: (clusterId: ClusterId) => void = () => {};
      clusterOf.set(
        link,
        new Promise((resolve) => {
          letIn = resolve;
        }),
      );
      accept(link, peer, letIn).catch((error: unknown) => {
        logger.warn({ err: error, address: peer.address }, 'a tunnel was refused');
        link.close(error instanceof Error ? error : undefined);
      });
    },
    async onRenew(csrPem, peer) {
      const issued = await options.enrolment.renew(csrPem, await identify(peer), plainAddress(peer.address));
      const { validFrom } = new X509Certificate(issued.certificatePem);
      return { certificatePem: issued.certificatePem, notBefore: new Date(validFrom), notAfter: issued.notAfter };
    },
  };
  const grpc = createGrpcGateway({ ...arrivals, other: createTlsGateway(arrivals) });

  const stopEnforcing = snapshots.onChange((snapshot) => {
    for (const [tunnel, identity] of tunnels) {
      if (findLive(identity, snapshot) === undefined) tunnel.close(notLive(identity, snapshot));
    }
  });

  return {
    injectConnection(socket) {
      // A peer's FIN ends the connection: it is how a killed agent is noticed at once.
      socket.allowHalfOpen = false;
      grpc.injectConnection(socket);
    },
    updateTls: grpc.updateCredentials,
    drain() {
      isDraining = true;
      for (const tunnel of tunnels.keys()) void tunnel.drain();
    },
    close() {
      stopEnforcing();
      for (const tunnel of tunnels.keys()) tunnel.close();
      grpc.close();
    },
  };
}

function findLive(identity: AgentIdentity, snapshot: Snapshot): AgentCertificate | undefined {
  const certificate = snapshot.agentCertificates.get(identity.serial);
  const isKnown = certificate?.clusterId === identity.clusterId && snapshot.clusters.has(identity.clusterId);
  return isKnown ? certificate : undefined;
}

/** Why a tunnel ends whose certificate is not live: for the logs and audit of both ends. The next dial is told what to do. */
function notLive({ clusterId }: AgentIdentity, snapshot: Snapshot): ServerError {
  const message = snapshot.clusters.has(clusterId) ? 'the agent was revoked' : 'the cluster was deregistered';
  return new ServerError({ code: 'ERR_GATEWAY_IDENTITY_REFUSED', message });
}
