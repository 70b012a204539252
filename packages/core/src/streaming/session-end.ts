import type { KubernetesStatus } from '../status.ts';

/** What an upgrade carries, as far as its ending is concerned. */
export type UpgradeKind = 'remoteCommand' | 'portForward' | 'watch' | 'other';

/**
 * One protocol's knowledge of an upgrade: follows both directions and can end it towards the downstream. Used by
 * `createUpgradeTracker`, which decides when.
 */
export interface SessionTracker {
  downstreamToUpstream(chunk: Uint8Array): void;
  upstreamToDownstream(chunk: Uint8Array): void;
  /** Index in `chunk` (the next bytes towards the downstream) of the first place where foreign frames may stand; or -1. */
  boundaryIn(chunk: Uint8Array): number;
  readonly atBoundary: boolean;
  /** Bytes have passed that are no frames of the protocol, so that nothing is known any more. */
  readonly isUnreadable: boolean;
  /** Everything is known that the ending needs, for example the error stream's id. */
  readonly isReadyToEnd: boolean;
  /** Bytes that complete the frame under way; `undefined` when nothing valid can. Advances the tracker over them. */
  pad(): Uint8Array | undefined;
  /** Frames that end the session with `status`; valid at a boundary only. */
  ending(status: KubernetesStatus): Uint8Array;
}

/** Largest padding that is made up for a frame whose sender is gone, in bytes. */
export const MAX_PADDING_BYTES = 1_048_576;
