import type { Clock, Logger, ReplicaId } from '@sallyport/core';
import { createTunnel, type Tunnel } from '@sallyport/tunnel';
import { dialGrpcLink } from '@sallyport/tunnel/grpc';
import { peerServerName, type ServerCertificate } from '../pki/index.ts';
import { PEER_TUNNEL_LIMITS } from './limits.ts';

/** Options of {@link createPeerLinks}. */
export interface PeerLinksOptions {
  /** Our own certificate, as it stands. */
  readonly certificate: () => ServerCertificate;
  /** The CAs under which other replicas prove themselves, PEM, as they stand. */
  readonly caPem: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where another replica is dialled. */
export interface PeerTarget {
  readonly replicaId: ReplicaId;
  /** `host:port`. */
  readonly peerAddress: string;
}

/** Tunnels to other replicas, one to each that is needed, dialled when first asked for. */
export interface PeerLinks {
  /** The tunnel to a replica: at once while one is open. Rejects when it can't be dialled, and for a moment after that. */
  to(target: PeerTarget): Tunnel | Promise<Tunnel>;
  /** Dials anew whoever is asked for next; what runs on the present tunnels goes on. For another certificate of our own. */
  renew(): void;
  close(): void;
}

/** Longest time that a request waits for a replica to answer, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
/** How long after a dial that failed none is tried, in milliseconds. */
const RETRY_AFTER_MS = 1_000;

interface Failure {
  readonly error: Error;
  readonly atMs: number;
}

/** Makes links; nothing is dialled yet. */
export function createPeerLinks(options: PeerLinksOptions): PeerLinks {
  const { certificate, caPem, clock, logger } = options;
  const tunnels = new Map<ReplicaId, Tunnel>();
  const dials = new Map<ReplicaId, Promise<Tunnel>>();
  const failures = new Map<ReplicaId, Failure>();
  const all = new Set<Tunnel>();
  const closing = new AbortController();

  async function dial({ replicaId, peerAddress }: PeerTarget): Promise<Tunnel> {
    const { certificatePem, privateKeyPem } = certificate();
    const { link } = await dialGrpcLink({
      address: peerAddress,
      serverName: peerServerName(replicaId),
      caPem: caPem(),
      certPem: certificatePem,
      keyPem: privateKeyPem.reveal(),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      signal: closing.signal,
      clock,
    });
    const tunnel = createTunnel(link, { role: 'server', clock, logger, limits: PEER_TUNNEL_LIMITS });
    all.add(tunnel);
    tunnels.set(replicaId, tunnel);
    logger.info({ replicaId, peerAddress }, 'connected to another server');
    void tunnel.closed.then((err) => {
      all.delete(tunnel);
      if (tunnels.get(replicaId) === tunnel) tunnels.delete(replicaId);
      logger.info({ replicaId, err }, 'the connection to another server ended');
    });
    return tunnel;
  }

  async function dialOnce(target: PeerTarget): Promise<Tunnel> {
    const { replicaId } = target;
    try {
      const tunnel = await dial(target);
      failures.delete(replicaId);
      return tunnel;
    } catch (error) {
      failures.set(replicaId, { error: error as Error, atMs: clock.monotonicMs() });
      logger.warn({ err: error, replicaId }, 'another server could not be reached');
      throw error;
    } finally {
      dials.delete(replicaId);
    }
  }

  return {
    to(target) {
      const { replicaId } = target;
      const tunnel = tunnels.get(replicaId);
      if (tunnel?.state === 'open') return tunnel;
      const failure = failures.get(replicaId);
      if (failure !== undefined && clock.monotonicMs() - failure.atMs < RETRY_AFTER_MS) {
        return Promise.reject(failure.error);
      }
      const dialling = dials.get(replicaId) ?? dialOnce(target);
      dials.set(replicaId, dialling);
      return dialling;
    },
    renew() {
      for (const tunnel of tunnels.values()) void tunnel.drain();
      tunnels.clear();
      failures.clear();
    },
    close() {
      closing.abort();
      for (const tunnel of all) tunnel.close();
    },
  };
}
