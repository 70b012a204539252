import { randomBytes } from 'node:crypto';
import { type Clock, Secret } from '@sallyport/core';
import {
  createSigningKeyRing,
  generateSigningKey,
  type SigningKeyRecord,
  type SigningKeyRing,
} from '@sallyport/core/credentials';
import type { Store, StoredKey } from '../stores/contracts.ts';
import { type AgentCertificateAuthority, createAgentCertificateAuthority } from './agent-authority.ts';
import { type AuthorityUsage, type CertificateAuthorityRecord, createCertificateAuthority } from './authority.ts';

/** Every key that the server signs or encrypts with. Each purpose has a root of its own; none vouches for another. */
export interface TrustRoots {
  /** Signs the certificates of the front door and of the agent gateway; people and agents trust it. */
  readonly frontCa: CertificateAuthorityRecord;
  /** Signs agents' certificates; only the agent gateway trusts it. */
  readonly agentCa: AgentCertificateAuthority;
  readonly kubeCredentialKeys: SigningKeyRing;
  /** Its public half is pinned in agents' manifests. */
  readonly capabilityKeys: SigningKeyRing;
  /** Keys of the OAuth server, newest first. */
  readonly oauthKeys: readonly StoredKey[];
  /** Seals cookies and tickets; 32 random bytes, base64url. */
  readonly cookieKey: Secret;
}

/** Longest life of what a retired signing key has signed, in milliseconds; see `rotateSigningKeys`. */
const OVERLAP_MS = 15 * 60_000;
const COOKIE_KEY_BYTES = 32;

/**
 * Loads all keys from the store; those of a purpose that has none yet are made. Replicas that start together agree on the
 * keys of whichever was first.
 * @throws StoreError
 */
export async function loadTrustRoots(store: Pick<Store, 'keys'>, clock: Clock): Promise<TrustRoots> {
  const at = new Date(clock.now());
  const load = async (purpose: StoredKey['purpose'], create: () => Promise<NewKey> | NewKey) => {
    const known = await store.keys.list(purpose);
    if (isNotEmpty(known)) return known;
    const established = await store.keys.establish({ purpose, createdAt: at, ...(await create()) });
    return established as NonEmpty<StoredKey>;
  };
  const frontCa = await load('frontTls', () => newAuthority('Sallyport front', 'serverAuth', at));
  const agentCa = await load('agentCa', () => newAuthority('Sallyport agents', 'clientAuth', at));
  return {
    frontCa: toAuthority(frontCa[0]),
    agentCa: await createAgentCertificateAuthority(mapNonEmpty(agentCa, toAuthority), clock),
    kubeCredentialKeys: toKeyRing(await load('kubeCredential', newSigningKey), clock),
    capabilityKeys: toKeyRing(await load('capability', newSigningKey), clock),
    oauthKeys: await load('oauth', newSigningKey),
    cookieKey: (await load('cookie', newCookieKey))[0].secret,
  };
}

type NewKey = Pick<StoredKey, 'keyId' | 'secret' | 'certificatePem'>;
type NonEmpty<Item> = readonly [Item, ...Item[]];

async function newAuthority(commonName: string, usage: AuthorityUsage, at: Date): Promise<NewKey> {
  const { certificatePem, privateKeyPem } = await createCertificateAuthority({ commonName, usage, at });
  return { keyId: randomKeyId(), secret: privateKeyPem, certificatePem };
}

function newSigningKey(): NewKey {
  const { keyId, privateKeyPem } = generateSigningKey();
  return { keyId, secret: privateKeyPem };
}

function newCookieKey(): NewKey {
  return { keyId: randomKeyId(), secret: new Secret(randomBytes(COOKIE_KEY_BYTES).toString('base64url')) };
}

function randomKeyId(): string {
  return randomBytes(8).toString('hex');
}

function toAuthority({ secret, certificatePem = '' }: StoredKey): CertificateAuthorityRecord {
  return { certificatePem, privateKeyPem: secret };
}

/** The newest key signs; each older one verifies for a while after its successor came. */
function toKeyRing(stored: NonEmpty<StoredKey>, clock: Clock): SigningKeyRing {
  const keys = stored.map(({ keyId, secret }, i): SigningKeyRecord => {
    const successor = stored[i - 1];
    if (successor === undefined) return { keyId, privateKeyPem: secret };
    return { keyId, privateKeyPem: secret, verifiesUntil: new Date(successor.createdAt.getTime() + OVERLAP_MS) };
  });
  return createSigningKeyRing({ keys, activeKeyId: stored[0].keyId, clock });
}

function isNotEmpty<Item>(items: readonly Item[]): items is NonEmpty<Item> {
  return items.length > 0;
}

function mapNonEmpty<Item, Result>([first, ...rest]: NonEmpty<Item>, map: (item: Item) => Result): NonEmpty<Result> {
  return [map(first), ...rest.map(map)];
}
