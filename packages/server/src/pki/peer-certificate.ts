import { type Clock, isId, type Logger, type ReplicaId } from '@sallyport/core';
import type { PeerCertificate } from '@sallyport/tunnel/grpc';
import { type CertificateAuthorityRecord, issuePeerCertificate } from './authority.ts';
import { type CertificateKeeper, keepCertificate } from './certificate-keeper.ts';
import { PkiError } from './errors.ts';

/** Life of a replica's certificate, in milliseconds; connections end with it. */
export const PEER_CERTIFICATE_LIFETIME_MS = 24 * 60 * 60_000;

const SAN_PREFIX = 'sallyport://replica/';

/** The TLS server name under which other replicas dial one: its id, so that no other process can answer in its place. */
export function peerServerName(replicaId: ReplicaId): string {
  return `${replicaId.replace('_', '-').toLowerCase()}.peers.sallyport`;
}

/** Options of {@link keepPeerCertificate}. */
export interface PeerCertificateOptions {
  /** The authority that signs now; asked for each certificate. */
  readonly authority: () => CertificateAuthorityRecord;
  readonly replicaId: ReplicaId;
  readonly clock: Clock;
  readonly logger?: Logger;
}

/** Issues the certificate that a replica shows to others, as server and as client, and replaces it at half of its life. */
export function keepPeerCertificate(options: PeerCertificateOptions): Promise<CertificateKeeper> {
  const { authority, replicaId, clock, logger } = options;
  return keepCertificate({
    issue: () =>
      issuePeerCertificate(authority(), {
        serverName: peerServerName(replicaId),
        uri: `${SAN_PREFIX}${replicaId}`,
        at: new Date(clock.now()),
        lifetimeMs: PEER_CERTIFICATE_LIFETIME_MS,
      }),
    renewBeforeMs: PEER_CERTIFICATE_LIFETIME_MS / 2,
    clock,
    ...(logger && { logger }),
  });
}

/**
 * Which replica a certificate is of, that TLS has verified under the peer CA.
 * @throws PkiError `ERR_PKI_CERTIFICATE_REFUSED`
 */
export function readPeerReplica({ sanUris }: Pick<PeerCertificate, 'sanUris'>): ReplicaId {
  const [uri, ...more] = sanUris;
  const replicaId = uri?.startsWith(SAN_PREFIX) && more.length === 0 ? uri.slice(SAN_PREFIX.length) : '';
  if (isId('replica', replicaId)) return replicaId;
  throw new PkiError({
    code: 'ERR_PKI_CERTIFICATE_REFUSED',
    message: 'the certificate does not name one replica',
    nextStep: 'Only servers on the same database may call one another; restart this server.',
  });
}
