import { X509Certificate } from 'node:crypto';
import { type Clock, type ClusterId, clusterSanUri, isId, type StandingResponse } from '@sallyport/core';
import type { AgentCertificateAuthority } from '../pki/index.ts';
import type { ClusterRows, DeregisteredCluster } from '../stores/cluster-contracts.ts';

/** What is remembered of clusters that were deregistered. */
export interface DeregistrationLimits {
  /**
   * How long a cluster is remembered: an agent that comes back within this time removes what was installed, one that comes later is
   * refused and leaves it. Default 7,776,000,000 ms (90 days).
   */
  readonly rememberedForMs: number;
}

/** Default of {@link DeregistrationLimits}. */
export const DEREGISTRATION_LIMITS: DeregistrationLimits = { rememberedForMs: 90 * 24 * 60 * 60_000 };

/** What standing is looked up in. */
export interface StandingOptions {
  readonly clusters: Pick<ClusterRows, 'deregistered'>;
  readonly clock: Clock;
}

/** The cluster as it was when it was deregistered; `undefined` when it was not, or too long ago. */
export function findDeregistered(
  { clusters, clock }: StandingOptions,
  clusterId: ClusterId,
): Promise<DeregisteredCluster | undefined> {
  return clusters.deregistered(clusterId, new Date(clock.now() - DEREGISTRATION_LIMITS.rememberedForMs));
}

const MAX_CERTIFICATE_CHARACTERS = 8_192;
const SAN_PREFIX = `URI:${clusterSanUri('' as ClusterId)}`;

/**
 * Tells an agent whose certificate has ended whether its cluster was deregistered. The certificate shows that the agent was one
 * of that cluster once, which is all that the answer needs: it gives nothing but leave to go.
 */
export async function standingOf(
  body: unknown,
  options: StandingOptions & { readonly agentCa: Pick<AgentCertificateAuthority, 'bundlePem'> },
): Promise<StandingResponse> {
  const { certificatePem } = (body ?? {}) as { readonly certificatePem?: unknown };
  const clusterId =
    typeof certificatePem === 'string' ? issuedTo(certificatePem, options.agentCa.bundlePem) : undefined;
  if (clusterId === undefined) return { standing: 'unknown' };
  const remembered = await findDeregistered(options, clusterId);
  return { standing: remembered === undefined ? 'unknown' : 'deregistered' };
}

/** The cluster that a certificate was issued to by one of our CAs, whether it has ended or not. */
function issuedTo(certificatePem: string, bundlePem: string): ClusterId | undefined {
  if (certificatePem.length > MAX_CERTIFICATE_CHARACTERS) return undefined;
  try {
    const certificate = new X509Certificate(certificatePem);
    const roots = bundlePem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (!roots.some((root) => certificate.verify(new X509Certificate(root).publicKey))) return undefined;
    const names = certificate.subjectAltName ?? '';
    const clusterId = names.startsWith(SAN_PREFIX) ? names.slice(SAN_PREFIX.length) : '';
    return isId('cluster', clusterId) ? clusterId : undefined;
  } catch {
    // What is no certificate was issued to nobody.
    return undefined;
  }
}
