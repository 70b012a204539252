import { createHash } from 'node:crypto';
import { CompactSign, type CompactVerifyResult, compactVerify, errors } from 'jose';
import { createPinnedKeys, type SigningJwks, type SigningKeyRing, type VerificationKeys } from './keys.ts';
import { MAX_TOKEN_LENGTH } from './token.ts';

const TYP = 'sallyport-capability-keys+jwt';
/** A signer has two or three keys at a time, so a list this long is not one of ours. */
const MAX_KEYS = 16;
const MAX_STATEMENTS = 16;

/** What a statement says: the capability signer's keys, all of them, as of a version. */
export interface CapabilityKeySet {
  readonly jwks: SigningJwks;
  /** Grows with every change of the keys; of two statements the one with the higher version holds. */
  readonly version: number;
}

/** Keys that an agent learned, in a form to keep: valid only beside the pinned keys that the learning began with. */
export interface LearnedCapabilityKeys extends CapabilityKeySet {
  /** Fingerprint of the pinned key set. */
  readonly pinned: string;
}

/**
 * States which keys sign capabilities from now on, signed by the key that signs them today: whoever trusts today's key
 * trusts the stated ones. A server that was taken over without its signer can't make such a statement.
 */
export async function signCapabilityKeySet(
  keys: Pick<SigningKeyRing, 'active'>,
  { jwks, version }: CapabilityKeySet,
): Promise<string> {
  const { keyId, privateKey } = keys.active();
  const payload = Buffer.from(JSON.stringify({ ver: version, keys: jwks.keys }));
  return new CompactSign(payload).setProtectedHeader({ alg: 'ES256', typ: TYP, kid: keyId }).sign(privateKey);
}

/** How {@link CapabilityTrust.learn} ended. `refused`: no statement is by a trusted key, so the signer is a stranger. */
export type LearningOutcome = 'unchanged' | 'updated' | 'refused';

/** The capability keys that an agent trusts: pinned at first, then those that trusted keys vouched for. */
export interface CapabilityTrust extends VerificationKeys {
  /** What was learned beyond the pinned keys; absent while only they are trusted. */
  readonly learned: LearnedCapabilityKeys | undefined;
  /**
   * Follows statements, oldest first. Each one that a key trusted by then has signed, and whose version is higher than
   * any before, replaces the whole set; all others change nothing.
   */
  learn(statements: readonly string[]): Promise<LearningOutcome>;
  /** Takes over what another replica of the agent learned and kept, when it is newer and began with the same pinned keys. */
  adopt(known: LearnedCapabilityKeys): void;
}

/**
 * Starts from pinned keys, or from what was learned from exactly them before. Other pinned keys than the learning began
 * with void it: an operator who installs the agent anew has the last word.
 * @throws CoreError `ERR_SIGNING_KEY_INVALID`
 */
export function createCapabilityTrust(pinned: SigningJwks, known?: LearnedCapabilityKeys): CapabilityTrust {
  const fingerprint = fingerprintOf(pinned);
  let learned = known?.pinned === fingerprint ? known : undefined;
  let keys = createPinnedKeys(learned?.jwks ?? pinned);

  return {
    adopt(known) {
      if (known.pinned !== fingerprint || known.version <= (learned?.version ?? 0)) return;
      keys = createPinnedKeys(known.jwks);
      learned = known;
    },
    find: (keyId) => keys.find(keyId),
    get learned() {
      return learned;
    },
    async learn(statements) {
      let isVouchedFor = statements.length === 0;
      const before = learned;
      for (const statement of statements.slice(0, MAX_STATEMENTS)) {
        const stated = await readStatement(statement, keys);
        if (stated === undefined) continue;
        isVouchedFor = true;
        if (stated.version <= (learned?.version ?? 0)) continue;
        keys = createPinnedKeys(stated.jwks);
        learned = { ...stated, pinned: fingerprint };
      }
      if (!isVouchedFor) return 'refused';
      return learned === before ? 'unchanged' : 'updated';
    },
  };
}

/** The statement, when a trusted key signed it; `undefined` for everything else, however it is wrong. */
async function readStatement(statement: string, keys: VerificationKeys): Promise<CapabilityKeySet | undefined> {
  if (statement.length > MAX_TOKEN_LENGTH) return undefined;
  let verified: CompactVerifyResult;
  try {
    verified = await compactVerify(
      statement,
      (header) => {
        const key = header.kid === undefined ? undefined : keys.find(header.kid);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      { algorithms: ['ES256'] },
    );
  } catch {
    return undefined;
  }
  // The kinds of things that one key signs are told apart by their type alone (RFC 8725, section 3.11).
  if (verified.protectedHeader.typ !== TYP) return undefined;
  const { ver, keys: stated } = JSON.parse(Buffer.from(verified.payload).toString('utf8')) as Record<string, unknown>;
  if (!Number.isSafeInteger(ver) || !Array.isArray(stated) || stated.length === 0 || stated.length > MAX_KEYS) {
    return undefined;
  }
  const jwks = { keys: stated } as SigningJwks;
  try {
    createPinnedKeys(jwks);
  } catch {
    return undefined;
  }
  return { jwks, version: ver as number };
}

function fingerprintOf({ keys }: SigningJwks): string {
  const ids = keys.map(({ kid }) => kid).sort();
  return createHash('sha256').update(ids.join(' ')).digest('base64url');
}
