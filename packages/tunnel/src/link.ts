/**
 * What carries batches of frames under a tunnel: gRPC, memory, or your own. A link is reliable and ordered, and keeps
 * the borders of batches. It never interprets a byte.
 */
export interface Link {
  /**
   * Bytes the link writes in front of each batch. The sender leaves as many free at the start of the buffer it passes to
   * `send`, so that a link's own header costs no copy. Default 0.
   */
  readonly headroomBytes?: number;
  /**
   * Whether the link has no use for a batch any more once it called `done` without an error, having copied it: the
   * sender then fills the same buffer again. Default: no, the batch is the link's for good.
   */
  readonly copiesBatches?: boolean;
  /**
   * Sends one batch, which starts behind the headroom. `done` is called once the link can take another: with no error when the bytes were handed on,
   * with an error when the link is lost. The link owns the batch from the call on.
   */
  send(batch: Uint8Array, done: (error?: Error) => void): void;
  /** Sets the one listener for incoming batches. Batches that arrive earlier are kept. The listener owns the batch. */
  onBatch(listener: (batch: Uint8Array) => void): void;
  /** Sets the one listener for the end of the link, called exactly once; `error` is absent after an orderly close. */
  onClose(listener: (error?: Error) => void): void;
  /**
   * Ends the link. Without a reason, batches sent before still arrive; with one, they may be lost; our `onClose` gets
   * it, the peer's may get no error at all. Idempotent.
   */
  close(reason?: Error): void;
}
