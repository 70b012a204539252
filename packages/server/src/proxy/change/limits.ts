/** What telling the changes of writes may cost a server. */
export interface ChangeTapLimits {
  /** How long a write waits for the object as it was, in milliseconds. Default 2,000; then it goes on without. */
  readonly beforeTimeoutMs: number;
  /** Largest object, answer or body that is held, in bytes. Default 1 MiB; a larger one is not compared. */
  readonly maxObjectBytes: number;
  /** Bytes that are held at one time for all writes under way. Default 64 MiB; what would be more is not compared. */
  readonly maxHeldBytes: number;
}

/** The limits that changes of writes are observed with. */
export const CHANGE_TAP_LIMITS: ChangeTapLimits = {
  beforeTimeoutMs: 2_000,
  maxObjectBytes: 1_048_576,
  maxHeldBytes: 64 * 1_048_576,
};
