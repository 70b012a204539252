import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Clock, isCodedError, type Logger, type ReplicaId } from '@sallyport/core';
import { createTunnel, relayStream, type StreamHandler, type Tunnel, type TunnelStream } from '@sallyport/tunnel';
import { createGrpcGateway, type GatewayCredentials, type GatewayPeer } from '@sallyport/tunnel/grpc';
import { ServerError } from '../errors.ts';
import { parseCaBundle, readPeerReplica } from '../pki/index.ts';
import type { ReplicaRows } from '../stores/contracts.ts';
import type { TunnelRegistry } from '../tunnels/registry.ts';
import { type AccessQuestion, decodeAccessQuestion, encodeAccessAnswer, type PeerAccess } from './access-question.ts';
import { PEER_TUNNEL_LIMITS } from './limits.ts';
import { decodePeerCall, type PeerCall } from './peer-call.ts';

/** Options of {@link createPeerGateway}. */
export interface PeerGatewayOptions {
  readonly tls: GatewayCredentials;
  readonly replicas: Pick<ReplicaRows, 'isLive'>;
  readonly registry: Pick<TunnelRegistry, 'pick'>;
  readonly access: PeerAccess;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where other replicas arrive, and have their streams carried to the agents whose tunnels end here. */
export interface PeerGateway {
  /** Takes a raw TCP socket whose TLS handshake has not begun. */
  injectConnection(socket: Socket): void;
  /** Uses other credentials; whose certificate is under none of their CAs any more is cut off. */
  updateTls(tls: GatewayCredentials): void;
  /** Ends every connection. Idempotent. */
  close(): void;
}

const NOTHING: StreamHandler = { onData() {}, onEnd() {}, onReset() {} };

/**
 * Makes the gateway: mutual TLS by the peer CA, and the replica that a certificate names must hold a lease. A stream goes to a
 * tunnel that ends here or nowhere: it makes one hop at the most, so no mistake about where tunnels are can send it in circles.
 */
export function createPeerGateway(options: PeerGatewayOptions): PeerGateway {
  const { replicas, registry, access, clock, logger } = options;
  /** Tunnels of other replicas with the certificates that these showed. */
  const tunnels = new Map<Tunnel, X509Certificate>();

  function carry(header: Uint8Array, stream: TunnelStream): StreamHandler {
    let call: PeerCall;
    try {
      call = decodePeerCall(header);
    } catch (error) {
      stream.reset('internal', (error as Error).message);
      return NOTHING;
    }
    if (call.kind === 'access') return answer(call, stream);
    const entry = registry.pick(call.clusterId);
    if (entry !== undefined) return relayStream(stream, entry.tunnel, call.payload);
    stream.reset('refused', 'no tunnel of the cluster ends at this server');
    return NOTHING;
  }

  function answer({ clusterId, payload }: PeerCall, stream: TunnelStream): StreamHandler {
    let isOver = false;
    const reply = async () => {
      const question: AccessQuestion = decodeAccessQuestion(payload);
      const refusal = await access.inForce(clusterId, question);
      if (isOver) return;
      stream.sendHead(encodeAccessAnswer(refusal));
      stream.end();
    };
    reply().catch((err: unknown) => {
      logger.warn({ err, clusterId }, 'a question of another server could not be answered');
      if (!isOver) stream.reset('internal', isCodedError(err) ? err.message : 'the question could not be answered');
    });
    return {
      onData: (chunk) => stream.consumed(chunk.byteLength),
      onEnd() {},
      onReset() {
        isOver = true;
      },
    };
  }

  async function identify(peer: GatewayPeer): Promise<ReplicaId> {
    const replicaId = readPeerReplica(peer.certificate);
    if (await replicas.isLive(replicaId)) return replicaId;
    throw new ServerError({
      code: 'ERR_PEER_REFUSED',
      message: `replica ${replicaId} holds no lease in the database of this one`,
      nextStep: 'It is let in once it reaches the database again.',
    });
  }

  const grpc = createGrpcGateway({
    credentials: options.tls,
    onConnect(link, peer) {
      const admit = async () => {
        const replicaId = await identify(peer);
        const tunnel = createTunnel(link, {
          role: 'agent',
          onStream: carry,
          clock,
          logger,
          limits: PEER_TUNNEL_LIMITS,
        });
        tunnels.set(tunnel, new X509Certificate(peer.certificate.raw));
        const expiry = clock.setTimeout(() => tunnel.close(), peer.certificate.notAfter.getTime() - clock.now());
        logger.info({ replicaId }, 'another server connected');
        void tunnel.closed.then((err) => {
          expiry.cancel();
          tunnels.delete(tunnel);
          logger.info({ replicaId, err }, 'another server is gone');
        });
      };
      admit().catch((error: unknown) => {
        logger.warn({ err: error, address: peer.address }, 'a connection of another server was refused');
        link.close(error as Error);
      });
    },
    onRenew: () =>
      Promise.reject(
        new ServerError({ code: 'ERR_PEER_REFUSED', message: 'replicas issue their certificates themselves' }),
      ),
    clock,
    logger,
  });

  return {
    injectConnection(socket) {
      socket.allowHalfOpen = false;
      grpc.injectConnection(socket);
    },
    updateTls(tls) {
      grpc.updateCredentials(tls);
      const authorities = parseCaBundle(tls.clientCaPem, 'peer CA').map((pem) => new X509Certificate(pem));
      for (const [tunnel, certificate] of tunnels) {
        if (!authorities.some(({ publicKey }) => certificate.verify(publicKey))) {
          tunnel.close(new ServerError({ code: 'ERR_PEER_REFUSED', message: 'the peer CA has changed' }));
        }
      }
    },
    close() {
      for (const tunnel of tunnels.keys()) tunnel.close();
      grpc.close();
    },
  };
}
