import { isDeepStrictEqual } from 'node:util';
import type { ClusterId } from '@sallyport/core';
import type { Store } from '../stores/contracts.ts';
import { readIssuerKeys } from './attestation.ts';
import type { TunnelRegistry } from './registry.ts';

/** Options of {@link refreshAttestations}. */
export interface RefreshAttestationsOptions {
  readonly store: Pick<Store, 'clusters' | 'transact'>;
  readonly registry: Pick<TunnelRegistry, 'of'>;
  readonly clusterId: ClusterId;
  /** Reads the keys of the cluster's service account issuer through one of its tunnels. */
  readonly read: () => Promise<unknown>;
}

/**
 * Follows a rotation of a cluster's signing keys: what the cluster hands out now takes the place of what was recorded when its
 * agents enrolled. Only while every tunnel that could carry the answer has shown that it ends in that cluster; else whoever holds
 * an unverified identity could put keys of another one in their place (SEC-D02).
 */
export async function refreshAttestations(options: RefreshAttestationsOptions): Promise<void> {
  const { store, registry, clusterId, read } = options;
  const isTrustworthy = () => {
    const tunnels = registry.of(clusterId);
    return tunnels.length > 0 && tunnels.every(({ isAttested }) => isAttested === true);
  };
  if (!isTrustworthy()) return;
  const jwks = readIssuerKeys(await read());
  // Asked again: a tunnel may have been opened while the answer was on its way.
  if (jwks === undefined || !isTrustworthy()) return;
  const outdated = (await store.clusters.agents(clusterId)).filter(
    ({ attestation }) => attestation !== undefined && !isDeepStrictEqual(attestation.jwks, jwks),
  );
  if (outdated.length === 0) return;
  await store.transact(async (tx) => {
    for (const agent of outdated) {
      if (agent.attestation !== undefined) await tx.putAgent({ ...agent, attestation: { ...agent.attestation, jwks } });
    }
  });
}
