import type { Logger } from '@sallyport/core';
import type { CapabilityTrust } from '@sallyport/core/credentials';
import type { Trust } from '@sallyport/tunnel/grpc';
import { parseCaBundle } from '../ca-bundle.ts';
import type { AgentIdentity, IdentityStore } from './identity.ts';

/** Options of {@link createTrustFollower}. */
export interface TrustFollowerOptions {
  readonly capabilities: CapabilityTrust;
  readonly store: IdentityStore;
  readonly current: () => AgentIdentity;
  /** Takes the identity to use from now on. */
  readonly onIdentity: (identity: AgentIdentity) => void;
  readonly logger: Logger;
}

/**
 * Follows what the server says is to be trusted, and keeps it with the identity, so that keys and CAs rotate without an
 * install. CAs are taken on the server's word, which TLS has verified under the present ones; a capability key only when one
 * that is trusted vouches for it. Takes effect even when it can't be stored. Never rejects.
 */
export function createTrustFollower(options: TrustFollowerOptions): (stated: Trust) => Promise<void> {
  const { capabilities, store, current, logger } = options;
  let last: Promise<void> = Promise.resolve();

  async function follow(stated: Trust): Promise<void> {
    try {
      const outcome = await capabilities.learn(stated.capabilityKeys);
      if (outcome === 'refused') {
        logger.error(
          { nextStep: 'If the key was replaced on purpose, apply a new install manifest.' },
          'no trusted key vouches for the capability keys of the server; nothing that they sign is carried out',
        );
      }
      const identity = current();
      const caPem = normalise(stated.tunnelCaPem, 'the CA bundle that the server stated');
      const isSameCa = caPem === normalise(identity.tunnel.caPem, 'the CA bundle of the identity');
      if (outcome !== 'updated' && isSameCa) return;
      const { learned } = capabilities;
      options.onIdentity({
        ...identity,
        tunnel: { ...identity.tunnel, caPem },
        ...(learned && { capabilityKeys: learned }),
      });
      logger.info({ capabilityKeys: learned?.version }, 'what the agent trusts has changed');
      await saveCurrent();
    } catch (error) {
      logger.warn({ err: error }, 'what the server says is to be trusted could not be taken over or kept');
    }
  }

  /** Saves until what was saved is what is in use: a certificate may be renewed meanwhile. */
  async function saveCurrent(): Promise<void> {
    for (let saved: AgentIdentity | undefined; saved !== current(); ) {
      saved = current();
      await store.save(saved);
    }
  }

  // One after the other: of two statements the later one must be the one that stands.
  return (stated) => {
    last = last.then(() => follow(stated));
    return last;
  };
}

/** The certificates of a bundle alone, in one form. */
function normalise(pem: string, what: string): string {
  return parseCaBundle(pem, what)
    .map((certificate) => `${certificate}\n`)
    .join('');
}
