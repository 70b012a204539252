import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalJson } from '@sallyport/core/canonical-json';

/** Length of every hash of a log: SHA-256, in bytes. */
export const HASH_BYTES = 32;
/** Length of the random salt of an entry, in bytes. Without it, the hash of an erased event could be guessed back. */
export const SALT_BYTES = 16;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const encoder = new TextEncoder();

/** Root of the tree without leaves: SHA-256 of nothing (RFC 9162, section 2.1.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

/**
 * What the log holds of an event: `SHA-256(salt || canonical JSON)`, 32 bytes. The event is taken as it reads back from its
 * written form (`JSON.parse(formatAuditEvent(event))`), so that a store that keeps JSON proves what it returns.
 */
export function entryOf(salt: Uint8Array, event: unknown): Uint8Array {
  return sha256
    .create()
    .update(salt)
    .update(encoder.encode(canonicalJson(event)))
    .digest();
}

/** Hash of a leaf: `SHA-256(0x00 || entry)` (RFC 9162, section 2.1.1). */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input[0] = LEAF_PREFIX;
  input.set(entry, 1);
  return sha256(input);
}

/** Hash of the leaf that an event makes in its log; see {@link entryOf} for the form in which the event is taken. */
export function leafHash(salt: Uint8Array, event: unknown): Uint8Array {
  return hashLeaf(entryOf(salt, event));
}

const node = new Uint8Array(1 + 2 * HASH_BYTES);
node[0] = NODE_PREFIX;

/** Hash of an inner node: `SHA-256(0x01 || left || right)` (RFC 9162, section 2.1.1). */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/** Whether two hashes are the same. They are public, so that time tells nothing. */
export function equalHashes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
