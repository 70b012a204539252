import { createByteQueue } from './byte-queue.ts';
import { createWebSocketDecoder, type WebSocketDecoder, type WebSocketDecoderOptions } from './websocket-decoder.ts';
import { webSocketError } from './websocket-frame.ts';

/** A whole message, or a control frame that came between. */
export interface WebSocketMessage {
  readonly type: 'text' | 'binary' | 'close' | 'ping' | 'pong';
  readonly payload: Uint8Array;
}

/** Limits of {@link createWebSocketMessageDecoder}. */
export interface WebSocketMessageDecoderOptions extends WebSocketDecoderOptions {
  /** Largest message over all its fragments, in bytes. Defaults to 16 MiB. */
  readonly maxMessageBytes?: number;
}

/** Incremental decoder that puts fragments together. */
export interface WebSocketMessageDecoder {
  /** @throws CoreError `ERR_WEBSOCKET_PROTOCOL` */
  push(chunk: Uint8Array): WebSocketMessage[];
  readonly atBoundary: WebSocketDecoder['atBoundary'];
}

/** Creates a decoder of messages; control frames between fragments come out at once, before their message. */
export function createWebSocketMessageDecoder(options: WebSocketMessageDecoderOptions = {}): WebSocketMessageDecoder {
  const limit = options.maxMessageBytes ?? 16 * 1_024 * 1_024;
  const frames = createWebSocketDecoder(options);
  const parts = createByteQueue();
  let type: 'text' | 'binary' = 'binary';
  return {
    get atBoundary() {
      return frames.atBoundary;
    },
    push(chunk) {
      const messages: WebSocketMessage[] = [];
      for (const frame of frames.push(chunk)) {
        if (frame.opcode === 'close' || frame.opcode === 'ping' || frame.opcode === 'pong') {
          messages.push({ type: frame.opcode, payload: frame.payload });
          continue;
        }
        if (frame.opcode !== 'continuation') type = frame.opcode;
        const total = parts.length + frame.payload.length;
        if (total > limit) throw webSocketError(`message is ${total} bytes, limit is ${limit}`);
        parts.append(frame.payload);
        if (frame.fin) messages.push({ type, payload: parts.take() });
      }
      return messages;
    },
  };
}
