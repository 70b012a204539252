import type { Clock, OrganizationId, Secret } from '@sallyport/core';
import { createSigningKeyRing, type SigningKeyRing } from '@sallyport/core/credentials';
import type { Store } from '../stores/contracts.ts';
import {
  KEY_PURPOSES,
  type KeyKind,
  type KeyPurpose,
  type KeySet,
  type KeySetName,
  ORGANIZATION_KEY_PURPOSES,
  organizationOfKeys,
  type StoredKey,
  userCaOf,
} from '../stores/key-contracts.ts';
import { type AgentCertificateAuthority, createAgentCertificateAuthority } from './agent-authority.ts';
import { bundleOf, type CertificateAuthorityRecord } from './authority.ts';
import { type CapabilityAuthority, loadCapabilityAuthority } from './capability-authority.ts';
import { PkiError } from './errors.ts';
import { signingKeyOf, toSigningState, trustedKeysOf } from './key-states.ts';
import { makeKey } from './new-key.ts';
import { createUserCertificateAuthority, type UserCertificateAuthority } from './user-authority.ts';

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
  /** Signs the certificates that replicas show one another; nothing else trusts it. */
  readonly peerCa: LiveAuthority;
  /** Signs people's client certificates, by the authority of their organization; only the access proxy trusts them. */
  readonly userCas: UserCertificateAuthority;
  readonly kubeCredentialKeys: SigningKeyRing;
  /** Its public half is pinned in agents' manifests. */
  readonly capabilityKeys: SigningKeyRing;
  /** Verifies tokens of the OAuth server. */
  readonly oauthKeys: SigningKeyRing;
  /** Trusted keys of the OAuth server; the first one signs. */
  oauthSigningKeys(): readonly StoredKey[];
  /** Keys that seal cookies and tickets, 32 random bytes each in base64url; the first one seals, all open. */
  cookieKeys(): readonly [Secret, ...Secret[]];
  /** Keys that sign checkpoints of the audit log, the signing one first, then what is announced. */
  auditCheckpointKeys(): readonly [StoredKey, ...StoredKey[]];
  agentTrust(): AgentTrust;
  /** Takes over what changed in the store, and says whether anything did. @throws StoreError */
  refresh(): Promise<boolean>;
  /** Calls `listener` after each change with the sets that changed. Returns the way to stop. */
  onChange(listener: (sets: ReadonlySet<KeySetName>) => void): () => void;
}

/** The roots of a server whose capabilities another process signs: all but the one that could mint access. */
export type TrustRootsBesideSigner = Omit<TrustRoots, 'capabilityKeys'>;

const OWN_PURPOSES = KEY_PURPOSES.filter((purpose) => purpose !== 'capability');

/** Kinds of keys that a server has beside a signer. */
export const PURPOSES_BESIDE_SIGNER: readonly KeyKind[] = [...OWN_PURPOSES, ...ORGANIZATION_KEY_PURPOSES];

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
  const listeners = new Set<(sets: ReadonlySet<KeySetName>) => void>();
  const sets = {} as Record<Exclude<KeyPurpose, 'capability'>, KeySet>;
  const isOurs = (purpose: KeySetName): purpose is keyof typeof sets => purpose in sets;
  for (const purpose of OWN_PURPOSES) {
    sets[purpose] = await loadOrMake(store, purpose, new Date(clock.now()));
  }
  const ring = (purpose: keyof typeof sets) =>
    createSigningKeyRing({ ...toSigningState(sets[purpose], purpose), clock });
  const rings = { kubeCredential: ring('kubeCredential'), oauth: ring('oauth') };

  const trusted = (purpose: keyof typeof sets) => trustedKeysOf(sets[purpose].keys, purpose, new Date(clock.now()));
  const authorities = (purpose: keyof typeof sets) => mapNonEmpty(trusted(purpose), toAuthority);
  const liveAuthority = (purpose: 'frontTls' | 'peerCa'): LiveAuthority => ({
    current: () => toAuthority(signingKeyOf(sets[purpose].keys, purpose)),
    get bundlePem() {
      return bundleOf(authorities(purpose));
    },
  });
  const frontCa = liveAuthority('frontTls');

  /** The authorities of organizations that have one. */
  const userCas = new Map<OrganizationId, KeySet>();
  const userAuthority = createUserCertificateAuthority(
    {
      trusted(organizationId) {
        const keys = userCas.get(organizationId)?.keys ?? [];
        return keys.length === 0 ? [] : trustedKeysOf(keys, 'userCa', new Date(clock.now()));
      },
      async signing(organizationId) {
        const known = userCas.get(organizationId);
        const set = known ?? (await loadOrMake(store, userCaOf(organizationId), new Date(clock.now())));
        if (known === undefined) userCas.set(organizationId, set);
        return signingKeyOf(set.keys, 'userCa');
      },
    },
    clock,
  );

  async function readUserCas(): Promise<void> {
    for (const set of (await store.keys.versions()).keys()) {
      const organizationId = organizationOfKeys(set);
      if (organizationId !== undefined) userCas.set(organizationId, await store.keys.list(set));
    }
  }

  /** The version that is known of a set; `undefined` when its keys are none of ours to know. */
  function knownVersion(set: KeySetName): number | undefined {
    if (set === 'capability') return capabilities?.version;
    if (isOurs(set)) return sets[set].version;
    const organizationId = organizationOfKeys(set);
    return organizationId === undefined ? undefined : (userCas.get(organizationId)?.version ?? 0);
  }

  async function readChanged(): Promise<Map<KeySetName, KeySet>> {
    const changed = new Map<KeySetName, KeySet>();
    const versions = await store.keys.versions();
    // Those of an organization that is gone went with it.
    for (const id of userCas.keys()) if (!versions.has(userCaOf(id))) userCas.delete(id);
    for (const [purpose, version] of versions) {
      const known = knownVersion(purpose);
      // A purpose of a newer version of this program, or of the signer, is none of ours.
      if (known === undefined || version === known) continue;
      const set = await store.keys.list(purpose);
      signingKeyOf(set.keys, purpose);
      changed.set(purpose, set);
    }
    return changed;
  }

  await readUserCas();
  return {
    frontCa,
    peerCa: liveAuthority('peerCa'),
    userCas: userAuthority,
    agentCa: createAgentCertificateAuthority(() => authorities('agentCa'), clock),
    kubeCredentialKeys: rings.kubeCredential,
    oauthKeys: rings.oauth,
    oauthSigningKeys: () => trusted('oauth'),
    cookieKeys: () => mapNonEmpty(trusted('cookie'), ({ secret }) => secret),
    auditCheckpointKeys: () => trusted('auditCheckpoint'),
    agentTrust: () => ({ tunnelCaPem: frontCa.bundlePem, capabilityKeys: [...(capabilities?.statements() ?? [])] }),
    async refresh() {
      const changed = await readChanged();
      for (const [purpose, set] of changed) {
        if (purpose in rings) rings[purpose as keyof typeof rings].update(toSigningState(set, purpose));
        const organizationId = organizationOfKeys(purpose);
        if (organizationId !== undefined) userCas.set(organizationId, set);
        else if (isOurs(purpose)) sets[purpose] = set;
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

async function loadOrMake(store: Pick<Store, 'keys'>, purpose: KeySetName, at: Date): Promise<KeySet> {
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
