/** Links with a delay: a TCP relay and an HTTP CONNECT proxy that hold every byte back for half of a round trip. */
import { connect, createServer, type Socket } from 'node:net';

/** A relay that listens on 127.0.0.1. */
export interface Relay {
  readonly port: number;
  close(): Promise<void>;
}

/** Forwards every connection to `port`, each direction delayed. */
export function startRelay(port: number, delayMs: number): Promise<Relay> {
  return listen((socket) => join(socket, connect(port, '127.0.0.1'), delayMs));
}

/** A CONNECT proxy whose connections are delayed. */
export function startConnectProxy(delayMs: number): Promise<Relay> {
  return listen((socket) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      socket.off('data', onData);
      socket.pause();
      const [, host, port] = /^CONNECT ([^ :]+|\[[^\]]+\]):(\d+) /.exec(head.toString('latin1')) ?? [];
      const upstream = connect(Number(port), host ?? '', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        join(socket, upstream, delayMs);
        socket.unshift(head.subarray(end + 4));
        socket.resume();
      });
      upstream.on('error', () => socket.destroy());
    };
    socket.on('data', onData);
  });
}

function join(left: Socket, right: Socket, delayMs: number): void {
  pass(left, right, delayMs);
  pass(right, left, delayMs);
}

const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** Writes what comes from one socket to the other, `delayMs` later, in order. */
function pass(from: Socket, to: Socket, delayMs: number): void {
  const held: { readonly at: number; readonly chunk: Buffer | undefined }[] = [];
  let heldBytes = 0;
  let isArmed = false;
  const arm = (afterMs: number) => {
    if (isArmed) return;
    isArmed = true;
    setTimeout(flush, afterMs);
  };
  const flush = () => {
    isArmed = false;
    const now = performance.now();
    while (held[0] !== undefined && held[0].at <= now) {
      const { chunk } = held.shift() as (typeof held)[number];
      if (chunk === undefined) to.end();
      else {
        heldBytes -= chunk.length;
        to.write(chunk);
      }
    }
    if (heldBytes < MAX_HELD_BYTES && from.isPaused()) from.resume();
    if (held[0] !== undefined) arm(Math.max(0, held[0].at - performance.now()));
  };
  const hold = (chunk: Buffer | undefined) => {
    held.push({ at: performance.now() + delayMs, chunk });
    heldBytes += chunk?.length ?? 0;
    if (heldBytes >= MAX_HELD_BYTES) from.pause();
    arm(delayMs);
  };
  from.setNoDelay(true);
  from.on('data', hold);
  from.on('end', () => hold(undefined));
  from.on('error', () => to.destroy());
  from.on('close', () => {
    if (!from.readableEnded) to.destroy();
  });
}

function listen(onConnection: (socket: Socket) => void): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: address !== null && typeof address === 'object' ? address.port : 0,
        close: async () => {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}
