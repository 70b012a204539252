import type { Server } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';

/**
 * Opens a connection to an HTTP/1.1 server that listens nowhere, and returns the client's end. `peerAddress` becomes the
 * `remoteAddress` of the server's end: it travels as a property of the socket, where no request can forge it.
 */
export function connectInProcess(server: Server, peerAddress: string): Duplex {
  const [near, far] = duplexPair();
  for (const side of [near, far]) {
    // What node:http expects of a socket and a bare Duplex lacks.
    Object.assign(side, { setTimeout: noop, setNoDelay: noop, setKeepAlive: noop, ref: noop, unref: noop });
    side.on('error', noop);
  }
  Object.assign(far, { remoteAddress: peerAddress, encrypted: true });
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroy());
  server.emit('connection', far);
  return near;
}

function noop(): void {}
