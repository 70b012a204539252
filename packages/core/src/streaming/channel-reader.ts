import { NO_BYTES } from './byte-queue.ts';
import type { PayloadPosition } from './websocket-boundary.ts';
import { applyMask } from './websocket-frame.ts';

/** Reads the channel messages of one direction piece by piece, without putting messages together. */
export interface ChannelReader {
  /** A data frame begins; see `DataFrameListener`. */
  frame(isMessageStart: boolean): void;
  /** A piece of its payload. */
  piece(piece: Uint8Array, position: PayloadPosition): void;
}

/** What {@link createChannelReader} works with. */
export interface ChannelReaderOptions {
  /** Messages are text: the channel as a digit, then base64. */
  readonly base64: boolean;
  /** Whether the bytes of a channel are wanted; the others are passed over unread. */
  wants(channel: number): boolean;
  onBytes(channel: number, bytes: Uint8Array): void;
}

const ASCII_ZERO = 0x30;
const BASE64_GROUP = 4;

/**
 * Creates a reader. The channel is the first byte of a message, wherever that stands: a message may begin with frames of
 * nothing. What is masked is unmasked in a copy, because the bytes go on as they are.
 */
export function createChannelReader({ base64, wants, onBytes }: ChannelReaderOptions): ChannelReader {
  let channel: number | undefined;
  let group: Uint8Array = NO_BYTES;

  function decode(text: Uint8Array): Uint8Array {
    const joined = group.length === 0 ? text : Buffer.concat([group, text]);
    const whole = joined.length - (joined.length % BASE64_GROUP);
    group = new Uint8Array(joined.subarray(whole));
    return Buffer.from(Buffer.from(joined.subarray(0, whole)).toString('latin1'), 'base64');
  }

  return {
    frame(isMessageStart) {
      if (!isMessageStart) return;
      channel = undefined;
      group = NO_BYTES;
    },
    piece(piece, { offset, mask }) {
      let at = 0;
      if (channel === undefined) {
        const first = (piece[0] as number) ^ (mask === undefined ? 0 : (mask[offset & 3] as number));
        channel = base64 ? first - ASCII_ZERO : first;
        at = 1;
      }
      if (at === piece.length || !wants(channel)) return;
      let bytes = piece.subarray(at);
      if (mask !== undefined) {
        bytes = new Uint8Array(bytes);
        applyMask(bytes, mask, offset + at);
      }
      if (base64) bytes = decode(bytes);
      if (bytes.length > 0) onBytes(channel, bytes);
    },
  };
}
