import type { Duplex } from 'node:stream';
import { encodeWebSocketFrame, type WebSocketOpcode } from '../../streaming/websocket-frame.ts';
import { createWebSocketMessageDecoder } from '../../streaming/websocket-message.ts';
import type { RequestRecorder } from './recording.ts';

/** A switched connection, as bytes. */
export interface ByteTransport {
  /** Resolves when more may be written; at once when the other side has gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Half-closes after what was written. */
  end(): void;
  /** Reads until the other side ends; each chunk waits for the one before. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Aborted when the connection has gone. */
  readonly signal: AbortSignal;
}

/** Wraps a socket after the switch of protocols. */
export function createByteTransport(socket: Duplex, head: Buffer, recorder: RequestRecorder): ByteTransport {
  const gone = new AbortController();
  socket.on('error', () => socket.destroy());
  socket.on('close', () => gone.abort());

  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) {
      recorder.addUpgradeBytes(head);
      yield head;
    }
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        recorder.addUpgradeBytes(chunk);
        yield chunk;
      }
    } catch {
      // The connection was cut; the signal tells.
    }
  }

  return {
    chunks: chunks(),
    signal: gone.signal,
    end: () => void socket.end(),
    write(bytes) {
      if (socket.destroyed || socket.writableEnded) return Promise.resolve();
      if (socket.write(bytes)) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          socket.off('drain', done);
          socket.off('close', done);
          resolve();
        };
        socket.on('drain', done);
        socket.on('close', done);
      });
    },
  };
}

/** A WebSocket in the server's role. */
export interface ServerWebSocket {
  send(opcode: WebSocketOpcode, payload: Uint8Array): Promise<void>;
  /** Messages of the client; pings are answered on the way, a close ends them. */
  readonly messages: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  end(): void;
}

/** Speaks WebSocket over a transport. */
export function createServerWebSocket(transport: ByteTransport): ServerWebSocket {
  const decoder = createWebSocketMessageDecoder({ masked: true });
  const send = (opcode: WebSocketOpcode, payload: Uint8Array): Promise<void> =>
    transport.write(encodeWebSocketFrame(opcode, payload));

  async function* messages(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of transport.chunks) {
        for (const message of decoder.push(chunk)) {
          if (message.type === 'ping') await send('pong', message.payload);
          else if (message.type === 'close') {
            await send('close', message.payload);
            return;
          } else if (message.type !== 'pong') yield message.payload;
        }
      }
    } catch {
      // Bytes that are no frames: the connection is of no more use.
      transport.end();
    }
  }

  return { send, messages: messages(), signal: transport.signal, end: transport.end };
}

/** The byte stream inside binary messages, as port-forward over WebSocket carries SPDY. */
export function tunnelOverWebSocket(socket: ServerWebSocket): ByteTransport {
  return {
    write: (bytes) => socket.send('binary', bytes),
    end: socket.end,
    chunks: socket.messages,
    signal: socket.signal,
  };
}
