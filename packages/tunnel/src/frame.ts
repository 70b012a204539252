import type { ResetCode } from './errors.ts';

/** Version of the protocol that this package speaks; the first field of HELLO. PROTOCOL.md, section 3.1. */
export const PROTOCOL_VERSION = 1;

/** Bytes in front of each payload: length(24), type(8), stream id(32), big endian. PROTOCOL.md, section 2. */
export const FRAME_HEADER_BYTES = 8;

/** Frame types, by number on the wire. PROTOCOL.md, section 3. */
export const FrameType = {
  HELLO: 1,
  OPEN: 2,
  HEAD: 3,
  DATA: 4,
  END: 5,
  RESET: 6,
  WINDOW: 7,
  RENEW: 8,
  PING: 9,
  PONG: 10,
  GOAWAY: 11,
} as const;

/** Highest stream id; a tunnel that has used it drains. PROTOCOL.md, section 4. */
export const MAX_STREAM_ID = 0xffff_ffff;

/** Longest message in RESET and GOAWAY, in bytes of UTF-8. Longer ones are cut by the sender. */
export const MAX_MESSAGE_BYTES = 1024;

/** Numbers of the reset codes on the wire. PROTOCOL.md, section 5. */
const RESET_CODES: Readonly<Record<ResetCode, number>> = {
  cancelled: 1,
  refused: 2,
  internal: 3,
  upstreamUnreachable: 4,
  upstreamReset: 5,
  capabilityRefused: 6,
  capabilityExpired: 7,
  accessEnded: 8,
  headTooLarge: 9,
  tunnelLost: 10,
};

const RESET_NAMES = new Map(Object.entries(RESET_CODES).map(([name, code]) => [code, name as ResetCode]));

/** Number of a reset code on the wire. */
export function resetCodeNumber(code: ResetCode): number {
  return RESET_CODES[code];
}

/** Reset code of a number on the wire; numbers of a later version read as `internal`. */
export function resetCodeName(code: number): ResetCode {
  return RESET_NAMES.get(code) ?? 'internal';
}

/** Why a GOAWAY was sent: `0` drains, anything else ends the tunnel at once. PROTOCOL.md, section 3.10. */
export const GoawayCode = { drain: 0, protocol: 1, flowControl: 2, frameTooLarge: 3, keepalive: 4, other: 5 } as const;
