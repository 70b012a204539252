import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  createWebSocketMessageDecoder,
  encodeClosePayload,
  encodeWebSocketFrame,
  isWebSocketKey,
  parseSubprotocols,
  webSocketAccept,
} from '@sallyport/core/streaming';

/** A WebSocket that the server itself speaks on. */
export interface WebSocketConnection {
  /** Sends a message. `false` when the peer is slow to take what was sent before; `onDrain` says when it no longer is. */
  send(message: string | Uint8Array): boolean;
  onMessage(listener: (message: string | Buffer) => void): void;
  onDrain(listener: () => void): void;
  /** Called once, however it ended. */
  onClose(listener: () => void): void;
  /** Says why (at most 123 bytes) and ends it. Idempotent. */
  close(code: number, reason: string): void;
}

/** What {@link acceptWebSocket} needs. */
export interface AcceptOptions {
  /** The one subprotocol that is spoken. */
  readonly subprotocol: string;
  /** Largest message of the peer, in bytes. A larger one ends the connection before it is kept. */
  readonly maxMessageBytes: number;
}

/** How often a peer is asked whether it is there, in milliseconds. Who has not answered by the next time is gone. */
export const WEB_SOCKET_PING_MS = 15_000;
/** Bytes that may wait for the peer before `send` says that they are many. */
const HIGH_WATER_BYTES = 1_048_576;

/** Whether a request is a handshake of that subprotocol (RFC 6455, section 4.2.1). */
export function isWebSocketHandshake({ method, headers, rawHeaders }: IncomingMessage, subprotocol: string): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    isWebSocketKey(headers['sec-websocket-key'] ?? '') &&
    parseSubprotocols(rawHeaders).includes(subprotocol)
  );
}

/** Completes the handshake of a request that {@link isWebSocketHandshake} takes, and speaks on its connection. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  { subprotocol, maxMessageBytes }: AcceptOptions,
): WebSocketConnection {
  const decoder = createWebSocketMessageDecoder({ masked: true, maxMessageBytes, maxPayloadBytes: maxMessageBytes });
  let onMessage: (message: string | Buffer) => void = () => {};
  let onClose: () => void = () => {};
  let isOver = false;
  let isAnswered = true;
  const asking = setInterval(() => {
    if (!isAnswered) return void socket.destroy();
    isAnswered = false;
    socket.write(encodeWebSocketFrame('ping', randomBytes(4)));
  }, WEB_SOCKET_PING_MS);
  asking.unref();

  function close(code: number, reason: string): void {
    if (isOver) return;
    isOver = true;
    clearInterval(asking);
    if (socket.writable) socket.end(encodeWebSocketFrame('close', encodeClosePayload({ code, reason })));
    // Whoever does not close in turn is not waited for.
    setTimeout(() => socket.destroy(), 1_000).unref();
    onClose();
  }

  const accept = webSocketAccept(request.headers['sec-websocket-key'] ?? '');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
  );
  socket.on('data', (chunk: Buffer) => {
    if (isOver) return;
    isAnswered = true;
    try {
      for (const { type, payload } of decoder.push(chunk)) {
        if (type === 'close') close(1000, '');
        else if (type === 'ping') socket.write(encodeWebSocketFrame('pong', payload));
        else if (type === 'text') onMessage(Buffer.from(payload).toString('utf8'));
        else if (type === 'binary') onMessage(Buffer.from(payload));
      }
    } catch {
      close(1002, 'the frames are not of the protocol');
    }
  });
  const gone = () => close(1006, '');
  socket.on('end', gone);
  socket.on('close', gone);
  socket.on('error', gone);

  return {
    send(message) {
      if (isOver || !socket.writable) return true;
      const frame =
        typeof message === 'string'
          ? encodeWebSocketFrame('text', Buffer.from(message))
          : encodeWebSocketFrame('binary', message);
      socket.write(frame);
      return socket.writableLength < HIGH_WATER_BYTES;
    },
    onMessage(listener) {
      onMessage = listener;
    },
    onDrain(listener) {
      socket.on('drain', listener);
    },
    onClose(listener) {
      onClose = listener;
    },
    close,
  };
}
