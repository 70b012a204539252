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
 * Tells an agent that can't dial with its certificate whether its cluster was deregistered, or its authority is not trusted any
 * more. The certificate shows that the agent was one of that cluster once, which is all that the answer needs: it gives nothing
 * but leave to go, or to use a join token.
 */
export async function standingOf(
  body: unknown,
  options: StandingOptions & { readonly agentCa: Pick<AgentCertificateAuthority, 'bundlePem'> },
): Promise<StandingResponse> {
  const { certificatePem } = (body ?? {}) as { readonly certificatePem?: unknown };
  const certificate = typeof certificatePem === 'string' ? readCertificate(certificatePem) : undefined;
  if (certificate === undefined) return { standing: 'unknown' };
  if (!isOurs(certificate, options.agentCa.bundlePem)) return { standing: 'untrusted' };
  const clusterId = clusterOf(certificate);
  if (clusterId === undefined) return { standing: 'unknown' };
  const remembered = await findDeregistered(options, clusterId);
  return { standing: remembered === undefined ? 'unknown' : 'deregistered' };
}

function readCertificate(pem: string): X509Certificate | undefined {
  if (pem.length > MAX_CERTIFICATE_CHARACTERS) return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    // Not a certificate.
    return undefined;
  }
}

/** Whether one of our CAs has issued a certificate, ended or not. */
function isOurs(certificate: X509Certificate, bundlePem: string): boolean {
  const roots = bundlePem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return roots.some((root) => certificate.verify(new X509Certificate(root).publicKey));
}

function clusterOf({ subjectAltName = '' }: X509Certificate): ClusterId | undefined {
  const clusterId = subjectAltName.startsWith(SAN_PREFIX) ? subjectAltName.slice(SAN_PREFIX.length) : '';
  return isId('cluster', clusterId) ? clusterId : undefined;
}
