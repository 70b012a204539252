import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { CoreError } from '../errors.ts';
import { Secret } from '../secret.ts';

/** A P-256 public key as JWK (RFC 7517), with its id and its one use. */
export interface PublicSigningJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** A JWK set (RFC 7517, section 5) of public signing keys. */
export interface SigningJwks {
  readonly keys: readonly PublicSigningJwk[];
}

/** A signing key as it is stored. The private half belongs encrypted at rest. */
export interface SigningKeyRecord {
  /** RFC 7638 thumbprint of the public key (SHA-256, base64url). */
  readonly keyId: string;
  /** PKCS#8, PEM. */
  readonly privateKeyPem: Secret;
  /** Until when a retired key still verifies. Absent for the active key and for keys that are announced ahead of use. */
  readonly verifiesUntil?: Date;
}

/** All signing keys of one purpose. Keys that are neither active nor retired are announced: they verify and never sign. */
export interface SigningKeyState {
  readonly keys: readonly SigningKeyRecord[];
  readonly activeKeyId: string;
}

/** Where a verifier finds public keys. */
export interface VerificationKeys {
  /** The key of that id, if it verifies now. Synchronous, so that a cached verdict ends with its key. */
  find(keyId: string): KeyObject | undefined;
}

/** Signing keys in use. Replacing the state takes effect for the next signature and the next verification. */
export interface SigningKeyRing extends VerificationKeys {
  readonly activeKeyId: string;
  /** The key that signs now. */
  active(): { readonly keyId: string; readonly privateKey: KeyObject };
  /** Public halves of all keys that verify now, active one first. */
  jwks(): SigningJwks;
  /**
   * Replaces all keys at once, for example after {@link rotateSigningKeys} or when another replica rotated.
   * @throws CoreError `ERR_SIGNING_KEY_INVALID`; the former keys then stay in use
   */
  update(state: SigningKeyState): void;
}

/** Makes a P-256 key for ES256. */
export function generateSigningKey(): SigningKeyRecord {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKeyPem = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return { keyId: publicSigningJwk(createPublicKey(privateKey)).kid, privateKeyPem };
}

/**
 * The state after `next` became the active key: the former one verifies for `overlapMs` more, keys whose overlap is over
 * are dropped. `overlapMs` must cover the longest life of what the former key signed.
 */
export function rotateSigningKeys(
  state: SigningKeyState,
  next: SigningKeyRecord,
  options: { readonly at: Date; readonly overlapMs: number },
): SigningKeyState {
  const now = options.at.getTime();
  const verifiesUntil = new Date(now + options.overlapMs);
  const kept = state.keys
    .filter((key) => key.keyId !== next.keyId && (key.verifiesUntil?.getTime() ?? Number.POSITIVE_INFINITY) > now)
    .map((key) => (key.keyId === state.activeKeyId ? { ...key, verifiesUntil } : key));
  return { keys: [next, ...kept], activeKeyId: next.keyId };
}

interface LoadedKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicSigningJwk;
  readonly verifiesUntilMs: number;
}

/**
 * Puts signing keys to use.
 * @throws CoreError `ERR_SIGNING_KEY_INVALID` when a key is not P-256, an id is not its thumbprint, or the active one is
 * missing or retired
 */
export function createSigningKeyRing(
  options: SigningKeyState & {
    /** Defaults to the machine's clock. */
    readonly clock?: Clock;
  },
): SigningKeyRing {
  const { clock = systemClock } = options;
  let { keys, activeKeyId } = load(options);

  const verifies = (key: LoadedKey | undefined) => key !== undefined && key.verifiesUntilMs > clock.now();
  return {
    get activeKeyId() {
      return activeKeyId;
    },
    active: () => ({ keyId: activeKeyId, privateKey: (keys.get(activeKeyId) as LoadedKey).privateKey }),
    find(keyId) {
      const key = keys.get(keyId);
      return verifies(key) ? key?.publicKey : undefined;
    },
    jwks() {
      const live = [...keys.values()].filter(verifies).map((key) => key.jwk);
      return { keys: live.sort((a, b) => Number(b.kid === activeKeyId) - Number(a.kid === activeKeyId)) };
    },
    update(state) {
      ({ keys, activeKeyId } = load(state));
    },
  };
}

/**
 * Verification keys from a JWK set that was handed out before, for example pinned in an agent's manifest.
 * @throws CoreError `ERR_SIGNING_KEY_INVALID` when the set is empty or holds anything but P-256 keys under their
 * thumbprints
 */
export function createPinnedKeys(jwks: SigningJwks): VerificationKeys {
  const keys = new Map<string, KeyObject>();
  for (const jwk of jwks.keys) {
    const { kty, crv, x, y } = jwk;
    let key: KeyObject;
    try {
      // Only the public members: a set that holds a private key by mistake must not carry it further.
      key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    } catch (cause) {
      throw invalidKey(`key ${jwk.kid} can't be read`, cause);
    }
    const { kid } = publicSigningJwk(key);
    if (kid !== jwk.kid) throw invalidKey(`key id ${jwk.kid} is not the key's thumbprint ${kid}`);
    keys.set(kid, key);
  }
  if (keys.size === 0) throw invalidKey('the key set is empty');
  return { find: (keyId) => keys.get(keyId) };
}

function load(state: SigningKeyState): { keys: ReadonlyMap<string, LoadedKey>; activeKeyId: string } {
  const keys = new Map<string, LoadedKey>();
  for (const record of state.keys) {
    let privateKey: KeyObject;
    try {
      privateKey = createPrivateKey(record.privateKeyPem.reveal());
    } catch (cause) {
      throw invalidKey(`key ${record.keyId} can't be read`, cause);
    }
    const publicKey = createPublicKey(privateKey);
    const jwk = publicSigningJwk(publicKey);
    if (jwk.kid !== record.keyId) throw invalidKey(`key id ${record.keyId} is not the key's thumbprint ${jwk.kid}`);
    const verifiesUntilMs = record.verifiesUntil?.getTime() ?? Number.POSITIVE_INFINITY;
    keys.set(jwk.kid, { privateKey, publicKey, jwk, verifiesUntilMs });
  }
  const active = keys.get(state.activeKeyId);
  if (active === undefined) throw invalidKey(`the active key ${state.activeKeyId} is not among the keys`);
  if (active.verifiesUntilMs !== Number.POSITIVE_INFINITY) {
    throw invalidKey(`the active key ${state.activeKeyId} is retired`);
  }
  return { keys, activeKeyId: state.activeKeyId };
}

function publicSigningJwk(publicKey: KeyObject): PublicSigningJwk {
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) {
    throw invalidKey(`a signing key must be EC P-256, not ${kty} ${crv ?? ''}`.trimEnd());
  }
  // RFC 7638, section 3: the required members only, in this order, without space.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' };
}

function invalidKey(message: string, cause?: unknown): CoreError {
  return new CoreError({ code: 'ERR_SIGNING_KEY_INVALID', message, cause });
}
