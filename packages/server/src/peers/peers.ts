import type { Socket } from 'node:net';
import { type Clock, type ClusterId, type Logger, type ReplicaId, systemClock } from '@sallyport/core';
import { type StreamHandler, type Tunnel, TunnelError, type TunnelStream } from '@sallyport/tunnel';
import { type CertificateKeeper, keepPeerCertificate, type TrustRootsBesideSigner } from '../pki/index.ts';
import type { Refusal } from '../proxy/refusal.ts';
import type { Store } from '../stores/contracts.ts';
import type { ClusterTunnels, TunnelWay } from '../tunnels/cluster-tunnels.ts';
import type { TunnelRegistry } from '../tunnels/registry.ts';
import { createTunnelRoutes } from '../tunnels/tunnel-routes.ts';
import { type AccessQuestion, decodeAccessAnswer, encodeAccessQuestion, type PeerAccess } from './access-question.ts';
import { encodePeerCall, type PeerCallKind } from './peer-call.ts';
import { createPeerGateway } from './peer-gateway.ts';
import { createPeerLinks, type PeerTarget } from './peer-links.ts';

/** Options of {@link openPeers}. */
export interface PeersOptions {
  readonly store: Pick<Store, 'clusters' | 'replicas'>;
  readonly roots: Pick<TrustRootsBesideSigner, 'peerCa' | 'onChange'>;
  readonly registry: TunnelRegistry;
  /** Answers what other replicas ask about bindings that agents of this one keep. */
  readonly access: PeerAccess;
  readonly replicaId: ReplicaId;
  readonly clock?: Clock;
  readonly logger: Logger;
}

/** The other servers on the same database: what lands here for a cluster whose tunnel ends there is carried there. */
export interface Peers extends ClusterTunnels {
  /** As {@link PeerAccess.inForce}, asked of a replica that has a tunnel of the cluster; `undefined` when there is none to ask. */
  askAccess(clusterId: ClusterId, question: AccessQuestion): Promise<{ readonly refusal?: Refusal } | undefined>;
  /** Takes the raw socket of another replica. */
  injectConnection(socket: Socket): void;
  close(): void;
}

/** How long after the last route to a cluster was seen clients are told to wait and try again, in milliseconds. */
const RECONNECT_GRACE_MS = 60_000;

/** Opens the way to and from other replicas. Nobody is dialled before a request needs it. */
export async function openPeers(options: PeersOptions): Promise<Peers> {
  const { store, roots, registry, replicaId, clock = systemClock, logger } = options;
  const authority = () => roots.peerCa.current();
  const certificate = await keepPeerCertificate({ authority, replicaId, clock, logger });
  const caPem = () => roots.peerCa.bundlePem;
  const links = createPeerLinks({ certificate: certificate.current, caPem, clock, logger });
  const gateway = createPeerGateway({
    tls: gatewayTls(certificate, caPem),
    replicas: store.replicas,
    registry,
    access: options.access,
    clock,
    logger,
  });
  const routes = createTunnelRoutes({ load: () => store.clusters.routes(replicaId), clock, logger });
  certificate.onRenewed(() => {
    gateway.updateTls(gatewayTls(certificate, caPem));
    links.renew();
  });
  const stopFollowingKeys = roots.onChange((purposes) => {
    if (!purposes.has('peerCa')) return;
    certificate.renew().catch((err: unknown) => logger.error({ err }, 'no certificate under the new peer CA'));
  });

  /** A tunnel to a replica with a tunnel of the cluster; those that can't be reached are passed over. */
  async function reach(clusterId: ClusterId): Promise<{ target: PeerTarget; tunnel: Tunnel } | undefined> {
    const found = await routes.of(clusterId);
    // Any of them will do; not always the same one.
    const first = found.length > 1 ? Math.floor(Math.random() * found.length) : 0;
    for (const target of [...found.slice(first), ...found.slice(0, first)]) {
      try {
        return { target, tunnel: await links.to(target) };
      } catch {
        routes.drop(clusterId, target.replicaId);
      }
    }
    return undefined;
  }

  function wayOf(clusterId: ClusterId, target: PeerTarget, tunnel: Tunnel): TunnelWay {
    const onRefused = () => routes.drop(clusterId, target.replicaId);
    return {
      tunnel: {
        open: (payload, handler) => openCall(tunnel, 'stream', clusterId, payload, watchRefusals(handler, onRefused)),
      },
    };
  }

  return {
    async pick(clusterId) {
      const reached = await reach(clusterId);
      return reached && wayOf(clusterId, reached.target, reached.tunnel);
    },
    isReconnecting(clusterId) {
      const seenMs = routes.lastSeenMs(clusterId);
      return seenMs !== undefined && clock.monotonicMs() - seenMs < RECONNECT_GRACE_MS;
    },
    async askAccess(clusterId, question) {
      const reached = await reach(clusterId);
      if (reached === undefined) return undefined;
      const answer = await ask(reached.tunnel, clusterId, encodeAccessQuestion(question));
      const refusal = answer && decodeAccessAnswer(answer);
      return answer && { ...(refusal && { refusal }) };
    },
    injectConnection: gateway.injectConnection,
    close() {
      stopFollowingKeys();
      certificate.close();
      links.close();
      gateway.close();
    },
  };
}

function gatewayTls(certificate: CertificateKeeper, caPem: () => string) {
  const { certificatePem, privateKeyPem } = certificate.current();
  return { certPem: certificatePem, keyPem: privateKeyPem.reveal(), clientCaPem: caPem() };
}

function openCall(
  tunnel: Tunnel,
  kind: PeerCallKind,
  clusterId: ClusterId,
  payload: Uint8Array,
  handler: StreamHandler,
): TunnelStream {
  return tunnel.open(encodePeerCall({ kind, clusterId, payload }), handler);
}

/** Tells when a stream was refused before anything of it went on: the replica has no tunnel of the cluster any more. */
function watchRefusals(handler: StreamHandler, onRefused: () => void): StreamHandler {
  return {
    onHead: (payload) => handler.onHead?.(payload),
    onData: (chunk) => handler.onData(chunk),
    onEnd: (trailers) => handler.onEnd(trailers),
    onDrain: () => handler.onDrain?.(),
    onReset(error) {
      if (error.resetCode === 'refused') onRefused();
      handler.onReset(error);
    },
  };
}

/** Asks and waits; `undefined` when the stream ends without an answer. */
function ask(tunnel: Tunnel, clusterId: ClusterId, question: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    try {
      const stream = openCall(tunnel, 'access', clusterId, question, {
        onHead: resolve,
        onData: (chunk) => stream.consumed(chunk.byteLength),
        onEnd: () => resolve(undefined),
        onReset: () => resolve(undefined),
      });
      stream.end();
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      resolve(undefined);
    }
  });
}
