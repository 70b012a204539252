import type { Clock, Secret } from '@sallyport/core';
import { createSigningKeyRing, type SigningKeyRing } from '@sallyport/core/credentials';
import type { Store } from '../stores/contracts.ts';
import { KEY_PURPOSES, type KeyPurpose, type KeySet, type StoredKey } from '../stores/key-contracts.ts';
import { type AgentCertificateAuthority, createAgentCertificateAuthority } from './agent-authority.ts';
import { bundleOf, type CertificateAuthorityRecord } from './authority.ts';
import { type CapabilityAuthority, loadCapabilityAuthority } from './capability-authority.ts';
import { PkiError } from './errors.ts';
import { signingKeyOf, toSigningState, trustedKeysOf } from './key-states.ts';
import { makeKey } from './new-key.ts';

/** An authority whose certificate may change. */
export interface LiveAuthority {
  /** The one that signs now. */
  current(): CertificateAuthorityRecord;
  /** Every certificate that is to be trusted now, PEM, the signing one first. */
  readonly bundlePem: string;
}

/** What agents are to trust; see `WatchTrust` in the tunnel's protocol. */
export interface AgentTrust {
  readonly tunnelCaPem: string;
  /** Statements about capability keys, oldest first. */
  readonly capabilityKeys: string[];
}

/**
 * Every key that the server signs or encrypts with, as of the last {@link TrustRoots.refresh}. Each purpose has a root of its
 * own; none vouches for another.
 */
export interface TrustRoots {
  /** Signs the certificates of the front door and of the agent gateway; people and agents trust it. */
  readonly frontCa: LiveAuthority;
  /** Signs agents' certificates; only the agent gateway trusts it. */
  readonly agentCa: AgentCertificateAuthority;
  readonly kubeCredentialKeys: SigningKeyRing;
  /** Its public half is pinned in agents' manifests. */
  readonly capabilityKeys: SigningKeyRing;
  /** Verifies tokens of the OAuth server. */
  readonly oauthKeys: SigningKeyRing;
  /** Trusted keys of the OAuth server; the first one signs. */
  oauthSigningKeys(): readonly StoredKey[];
  /** Keys that seal cookies and tickets, 32 random bytes each in base64url; the first one seals, all open. */
  cookieKeys(): readonly [Secret, ...Secret[]];
  agentTrust(): AgentTrust;
  /** Takes over what changed in the store, and says whether anything did. @throws StoreError */
  refresh(): Promise<boolean>;
  /** Calls `listener` after each change with the purposes that changed. Returns the way to stop. */
  onChange(listener: (purposes: ReadonlySet<KeyPurpose>) => void): () => void;
}

/** The roots of a server whose capabilities another process signs: all but the one that could mint access. */
export type TrustRootsBesideSigner = Omit<TrustRoots, 'capabilityKeys'>;

/** Purposes whose keys a server has beside a signer. */
export const PURPOSES_BESIDE_SIGNER: readonly KeyPurpose[] = KEY_PURPOSES.filter((purpose) => purpose !== 'capability');

/**
 * Loads all keys from the store; those of a purpose that has none yet are made. Replicas that start together agree on the
 * keys of whichever was first.
 * @throws StoreError; PkiError `ERR_PKI_NO_SIGNING_KEY`
 */
export async function loadTrustRoots(store: Pick<Store, 'keys'>, clock: Clock): Promise<TrustRoots> {
  const capabilities = await loadCapabilityAuthority(store.keys, clock);
  return Object.assign(await loadRoots(store, clock, capabilities), { capabilityKeys: capabilities.keys });
}

/**
 * Loads the keys of a server beside a signer.
 * @throws StoreError; PkiError `ERR_PKI_KEYS_NOT_MOVED` while the database holds a key that could mint access
 */
export async function loadTrustRootsBesideSigner(
  store: Pick<Store, 'keys'>,
  clock: Clock,
): Promise<TrustRootsBesideSigner> {
  const { keys } = await store.keys.list('capability');
  if (keys.length > 0) {
    throw new PkiError({
      code: 'ERR_PKI_KEYS_NOT_MOVED',
      message: `a signer is configured, and the database still holds ${keys.length} capability keys`,
      nextStep: 'Move them to the signer with: sallyport signer keys adopt',
    });
  }
  return loadRoots(store, clock, undefined);
}

async function loadRoots(
  store: Pick<Store, 'keys'>,
  clock: Clock,
  capabilities: CapabilityAuthority | undefined,
): Promise<TrustRootsBesideSigner> {
  const listeners = new Set<(purposes: ReadonlySet<KeyPurpose>) => void>();
  const sets = {} as Record<Exclude<KeyPurpose, 'capability'>, KeySet>;
  const isOurs = (purpose: KeyPurpose): purpose is keyof typeof sets => purpose in sets;
  for (const purpose of PURPOSES_BESIDE_SIGNER as (keyof typeof sets)[]) {
    sets[purpose] = await loadOrMake(store, purpose, new Date(clock.now()));
  }
  const ring = (purpose: keyof typeof sets) =>
    createSigningKeyRing({ ...toSigningState(sets[purpose], purpose), clock });
  const rings = { kubeCredential: ring('kubeCredential'), oauth: ring('oauth') };

  const trusted = (purpose: keyof typeof sets) => trustedKeysOf(sets[purpose].keys, purpose, new Date(clock.now()));
  const authorities = (purpose: keyof typeof sets) => mapNonEmpty(trusted(purpose), toAuthority);
  const frontCa: LiveAuthority = {
    current: () => toAuthority(signingKeyOf(sets.frontTls.keys, 'frontTls')),
    get bundlePem() {
      return bundleOf(authorities('frontTls'));
    },
  };

  async function readChanged(): Promise<Map<KeyPurpose, KeySet>> {
    const changed = new Map<KeyPurpose, KeySet>();
    for (const [purpose, version] of await store.keys.versions()) {
      const known = purpose === 'capability' ? capabilities?.version : isOurs(purpose) && sets[purpose].version;
      // A purpose of a newer version of this program, or of the signer, is none of ours.
      if (known === undefined || known === false || version === known) continue;
      const set = await store.keys.list(purpose);
      signingKeyOf(set.keys, purpose);
      changed.set(purpose, set);
    }
    return changed;
  }

  return {
    frontCa,
    agentCa: createAgentCertificateAuthority(() => authorities('agentCa'), clock),
    kubeCredentialKeys: rings.kubeCredential,
    oauthKeys: rings.oauth,
    oauthSigningKeys: () => trusted('oauth'),
    cookieKeys: () => mapNonEmpty(trusted('cookie'), ({ secret }) => secret),
    agentTrust: () => ({ tunnelCaPem: frontCa.bundlePem, capabilityKeys: [...(capabilities?.statements() ?? [])] }),
    async refresh() {
      const changed = await readChanged();
      for (const [purpose, set] of changed) {
        if (purpose in rings) rings[purpose as keyof typeof rings].update(toSigningState(set, purpose));
        if (isOurs(purpose)) sets[purpose] = set;
        else await capabilities?.update(set);
      }
      if (changed.size > 0) for (const listener of listeners) listener(new Set(changed.keys()));
      return changed.size > 0;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function loadOrMake(store: Pick<Store, 'keys'>, purpose: KeyPurpose, at: Date): Promise<KeySet> {
  const known = await store.keys.list(purpose);
  if (known.keys.length > 0) return known;
  return store.keys.establish({ ...(await makeKey(purpose, at)), phase: 'current', signsFrom: at });
}

function toAuthority({ secret, certificatePem = '' }: StoredKey): CertificateAuthorityRecord {
  return { certificatePem, privateKeyPem: secret };
}

function mapNonEmpty<Item, Result>(
  [first, ...rest]: readonly [Item, ...Item[]],
  map: (item: Item) => Result,
): [Result, ...Result[]] {
  return [map(first), ...rest.map(map)];
}
