import { createHash, randomFillSync } from 'node:crypto';
import { hashLeaf, SALT_BYTES } from '@sallyport/audit/proof';
import { canonicalJson } from '@sallyport/core';

/** What proves an event in the log without showing it. */
export interface AuditLeaf {
  /** 16 random bytes: without them a hash of an event that is gone could be found by guessing the event. */
  readonly salt: Uint8Array;
  /** Hash of the leaf, 32 bytes. */
  readonly hash: Uint8Array;
}

/**
 * Makes the leaf of an event from its written form. It is `leafHash` of the proof library, with the larger of its two hashes
 * by node:crypto: every request waits for this.
 */
export function makeAuditLeaf(line: string, salt = freshSalt()): AuditLeaf {
  const entry = createHash('sha256')
    .update(salt)
    .update(canonicalJson(JSON.parse(line)))
    .digest();
  return { salt, hash: hashLeaf(entry) };
}

const pool = new Uint8Array(256 * SALT_BYTES);
let used = pool.length;

/** One question to the random generator for 256 salts: each takes as long as all the rest of a leaf. */
function freshSalt(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += SALT_BYTES;
  return pool.slice(used - SALT_BYTES, used);
}
