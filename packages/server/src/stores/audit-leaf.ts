import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from '@sallyport/core';

/** What proves an event in the log without showing it. */
export interface AuditLeaf {
  /** 16 random bytes: without them a hash of an event that is gone could be found by guessing the event. */
  readonly salt: Buffer;
  /** RFC 9162 leaf hash over SHA-256(salt, canonical event). 32 bytes. */
  readonly hash: Buffer;
}

const LEAF_PREFIX = Uint8Array.of(0);

/**
 * Makes the leaf of an event from its written form: `leafHash` of the proof library, on node:crypto, because every request
 * waits for it.
 */
export function makeAuditLeaf(line: string, salt: Buffer = randomBytes(16)): AuditLeaf {
  const entry = createHash('sha256')
    .update(salt)
    .update(canonicalJson(JSON.parse(line)))
    .digest();
  return { salt, hash: createHash('sha256').update(LEAF_PREFIX).update(entry).digest() };
}
