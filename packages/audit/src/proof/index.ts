/**
 * Proof of an audit log: a Merkle tree over its events (RFC 9162), kept in tiles and signed in checkpoints, all in the open
 * formats of C2SP (tlog-tiles, tlog-checkpoint, signed-note). Pure functions that run in browsers as they run on servers:
 * no I/O, no clock, no keys but public ones.
 *
 * @packageDocumentation
 */
export { decodeBase64, encodeBase64 } from './base64.ts';
export type {
  BundleCheckpoint,
  BundleEnd,
  BundleEntry,
  BundleHeader,
  BundleLine,
  BundleRecording,
  PublishedKey,
} from './bundle.ts';
export { formatBundleLine } from './bundle.ts';
export type { Checkpoint, VerifiedCheckpoint } from './checkpoint.ts';
export {
  checkpointKeyName,
  checkpointOrigin,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from './checkpoint.ts';
export { EMPTY_ROOT, entryOf, equalHashes, HASH_BYTES, hashLeaf, hashNode, leafHash, SALT_BYTES } from './hash.ts';
export type { ProofLimits } from './limits.ts';
export { PROOF_LIMITS } from './limits.ts';
export type { LogFinding, LogReport, TamperingKind } from './log-report.ts';
export type { NoteKey, NoteSignature, SignedNote } from './note.ts';
export {
  formatNote,
  formatNoteKey,
  noteKeyId,
  notePayload,
  parseNote,
  parseNoteKey,
  verifyNote,
} from './note.ts';
export { readLines } from './read-lines.ts';
export type { AppendOptions, Tile, TilePosition, TileSet } from './tiles.ts';
export {
  appendLeaves,
  consistencyProof,
  consistencyTiles,
  createTileSet,
  edgeTiles,
  inclusionProof,
  inclusionTiles,
  TILE_HEIGHT,
  TILE_WIDTH,
  treeRoot,
} from './tiles.ts';
export type { TreeHasher } from './tree-hasher.ts';
export { createTreeHasher } from './tree-hasher.ts';
export type { EventFailure, EventProof, EventVerdict, ListedKey } from './verify-event.ts';
export { verifyEvent } from './verify-event.ts';
export type { VerifyLogOptions } from './verify-log.ts';
export { verifyLog } from './verify-log.ts';
export type { ConsistencyClaim, InclusionClaim } from './verify-proof.ts';
export { verifyConsistency, verifyInclusion } from './verify-proof.ts';
