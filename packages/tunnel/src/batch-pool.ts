/** Large enough for a batch of the default size with any link's headroom. */
const POOLED_BYTES = 256 * 1024 + 1024;
/** Smaller batches cost less from Node's own pool than what they would hold back here. */
const MIN_POOLED_BYTES = 32 * 1024;
/** Buffers kept, for all tunnels of the process together: 4 MiB. */
const MAX_KEPT = 16;

const kept: Buffer[] = [];

/** A buffer of at least `bytes`, with what it held before still in it; to be filled to the last byte that is sent. */
export function takeBatchBuffer(bytes: number): Buffer {
  if (bytes < MIN_POOLED_BYTES || bytes > POOLED_BYTES) return Buffer.allocUnsafe(bytes);
  return kept.pop() ?? Buffer.allocUnsafeSlow(POOLED_BYTES);
}

/** Gives back a buffer that nobody reads any more. */
export function releaseBatchBuffer(buffer: Buffer): void {
  if (buffer.byteLength === POOLED_BYTES && kept.length < MAX_KEPT) kept.push(buffer);
}
