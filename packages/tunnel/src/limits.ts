import { TunnelError } from './errors.ts';
import { FrameType, MAX_MESSAGE_BYTES } from './frame.ts';

/** Limits of a tunnel; each has a row in `docs/limits.md`. Sizes in bytes, times in milliseconds. */
export interface TunnelLimits {
  /** Largest DATA payload sent, and accepted: a peer that declares more ends the tunnel. Default 32 KiB. */
  readonly maxDataBytes: number;
  /** Largest payload of any other frame (OPEN, HEAD, END, HELLO …). Default 512 KiB: 500 groups and more fit. */
  readonly maxControlBytes: number;
  /** Batch size that the sender coalesces frames to; a larger frame travels alone. Default 256 KiB. */
  readonly maxBatchBytes: number;
  /** Batches handed to the link and not yet acknowledged. Default 2. */
  readonly maxBatchesInFlight: number;
  /** Streams open at once; more are reset with `refused`. Default 4,000. */
  readonly maxStreams: number;
  /** Receive window of a new stream while the budgets have room. Never below 64 KiB. Default 256 KiB. */
  readonly initialWindowBytes: number;
  /** Receive window that a fast stream may grow to. Default 4 MiB. */
  readonly maxWindowBytes: number;
  /**
   * Sum of the receive windows of one tunnel above which none grows and new streams start at the floor of 64 KiB.
   * Default 64 MiB.
   */
  readonly windowBudgetBytes: number;
  /** Bytes queued on one stream above which `write` returns `false`. Default 256 KiB. */
  readonly highWaterBytes: number;
  /** Time between PINGs. Default 15,000. */
  readonly pingIntervalMs: number;
  /** PINGs in a row without any sign of life after which the tunnel is dead. Default 2. */
  readonly maxMissedPings: number;
}

/** Credit that the side which accepts a stream has granted by accepting it, and floor of all windows. PROTOCOL.md, section 6. */
export const MIN_WINDOW_BYTES = 64 * 1024;

/** PINGs a peer may leave unanswered on the wire; one more is a flood and ends the tunnel. PROTOCOL.md, section 3.9. */
export const MAX_UNANSWERED_PINGS = 8;

/** RESETs we owe for refused streams before a peer that does not read them is cut off. PROTOCOL.md, section 8. */
export const MAX_PENDING_REFUSALS = 1_000;

/** Resets a peer may send at once for streams it opened itself, and how many more each second. PROTOCOL.md, section 8. */
export const RESET_BURST = 10_000;
export const RESETS_PER_SECOND = 1_000;

/** Limits in force where the options name none. */
export const DEFAULT_TUNNEL_LIMITS: TunnelLimits = Object.freeze({
  maxDataBytes: 32 * 1024,
  maxControlBytes: 512 * 1024,
  maxBatchBytes: 256 * 1024,
  maxBatchesInFlight: 2,
  maxStreams: 4_000,
  initialWindowBytes: 256 * 1024,
  maxWindowBytes: 4 * 1024 * 1024,
  windowBudgetBytes: 64 * 1024 * 1024,
  highWaterBytes: 256 * 1024,
  pingIntervalMs: 15_000,
  maxMissedPings: 2,
});

/**
 * Fills in defaults and freezes.
 * @throws TunnelError `ERR_TUNNEL_LIMIT_INVALID` for a limit that is not a positive whole number, or too small to work
 */
export function resolveTunnelLimits(limits: Partial<TunnelLimits> = {}): TunnelLimits {
  const resolved = { ...DEFAULT_TUNNEL_LIMITS, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    if (!Number.isSafeInteger(value) || value < 1) throw invalid(name, value, 1);
  }
  // The length field has 24 bits, and RESET with its message must always fit.
  if (resolved.maxControlBytes < 4 + MAX_MESSAGE_BYTES) {
    throw invalid('maxControlBytes', resolved.maxControlBytes, 4 + MAX_MESSAGE_BYTES);
  }
  for (const name of ['maxControlBytes', 'maxDataBytes'] as const) {
    if (resolved[name] > 0xff_ffff) throw invalid(name, resolved[name], 1);
  }
  if (resolved.initialWindowBytes < MIN_WINDOW_BYTES) {
    throw invalid('initialWindowBytes', resolved.initialWindowBytes, MIN_WINDOW_BYTES);
  }
  return Object.freeze(resolved);
}

/** Largest payload of a frame of `type`: what the decoder compares a declared length with. PROTOCOL.md, section 8. */
export function maxPayloadBytes(type: number, limits: Pick<TunnelLimits, 'maxDataBytes' | 'maxControlBytes'>): number {
  switch (type) {
    case FrameType.DATA:
      return limits.maxDataBytes;
    case FrameType.WINDOW:
    case FrameType.PING:
    case FrameType.PONG:
      return 4;
    case FrameType.RESET:
    case FrameType.GOAWAY:
      return 4 + MAX_MESSAGE_BYTES;
    default:
      return limits.maxControlBytes;
  }
}

function invalid(name: string, value: number, minimum: number): TunnelError {
  return new TunnelError({
    code: 'ERR_TUNNEL_LIMIT_INVALID',
    message: `limit ${name} is ${value}, must be a whole number from ${minimum} to ${name.endsWith('Bytes') ? 'what its field holds' : Number.MAX_SAFE_INTEGER}`,
  });
}
