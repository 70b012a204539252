import type { Clock } from '@sallyport/core';
import {
  createSigningKeyRing,
  type SigningJwks,
  type SigningKeyRing,
  signCapabilityKeySet,
} from '@sallyport/core/credentials';
import type { KeyReads, KeySet } from '../stores/key-contracts.ts';
import { signingKeyOf, toSigningState } from './key-states.ts';
import { makeKey } from './new-key.ts';

/** What the world is told of the keys that sign capabilities. */
export interface CapabilityKeys {
  /** Public halves of all keys that verify now, for manifests to pin. */
  jwks(): SigningJwks;
  /** Statements for agents that trust an older set, oldest first; see `createCapabilityTrust`. */
  statements(): readonly string[];
}

/** Capability keys of which this process holds the private halves. */
export interface CapabilityAuthority extends CapabilityKeys {
  readonly keys: SigningKeyRing;
  /** Grows with every change of the keys. */
  readonly version: number;
  /** Takes over a changed set. */
  update(set: KeySet): Promise<void>;
}

/**
 * Loads the keys that sign capabilities, and makes the first one when there is none.
 * @throws StoreError; PkiError `ERR_PKI_NO_SIGNING_KEY`
 */
export async function loadCapabilityAuthority(
  reads: Pick<KeyReads, 'list' | 'establish'>,
  clock: Clock,
): Promise<CapabilityAuthority> {
  let set = await reads.list('capability');
  if (set.keys.length === 0) {
    const at = new Date(clock.now());
    set = await reads.establish({ ...(await makeKey('capability', at)), phase: 'current', signsFrom: at });
  }
  const keys = createSigningKeyRing({ ...toSigningState(set, 'capability'), clock });
  let statements = await stateKeys(set, keys);
  return {
    keys,
    get version() {
      return set.version;
    },
    jwks: () => keys.jwks(),
    statements: () => statements,
    async update(changed) {
      keys.update(toSigningState(changed, 'capability'));
      set = changed;
      statements = await stateKeys(changed, keys);
    },
  };
}

/** What the key before the signing one said for it, and what the signing one says of all keys: see `signCapabilityKeySet`. */
async function stateKeys({ keys, version }: KeySet, ring: SigningKeyRing): Promise<readonly string[]> {
  const { endorsement } = signingKeyOf(keys, 'capability');
  const stated = await signCapabilityKeySet(ring, { jwks: ring.jwks(), version });
  return endorsement === undefined ? [stated] : [endorsement, stated];
}
