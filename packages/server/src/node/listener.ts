import { createServer, type Socket } from 'node:net';
import { ServerError } from '../errors.ts';

/** A bound TCP port. Bound before anything slow is set up, so that a taken port is told at once. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Sets who takes connections; until then each is closed at once. */
  onConnection(take: (socket: Socket) => void): void;
  /** Stops listening and ends every connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Binds a port. Port 0 takes a free one.
 * @throws ServerError `ERR_LISTEN_PORT_TAKEN`, `ERR_LISTEN_FAILED`
 */
export function bindListener({ host, port }: { readonly host: string; readonly port: number }): Promise<Listener> {
  const sockets = new Set<Socket>();
  let take = (socket: Socket): void => void socket.destroy();
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // An error is always followed by `close`; without a listener it would end the process.
    socket.on('error', () => {});
    take(socket);
  });
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const bound = server.address();
      resolve({
        host,
        port: typeof bound === 'object' && bound !== null ? bound.port : port,
        onConnection(taker) {
          take = taker;
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ServerError {
  if (error.code === 'EADDRINUSE') {
    return new ServerError({
      code: 'ERR_LISTEN_PORT_TAKEN',
      message: `port ${port} on ${host} is taken by another process`,
      cause: error,
      nextStep: 'Stop that process, or choose another port with --port.',
    });
  }
  return new ServerError({
    code: 'ERR_LISTEN_FAILED',
    message: `can't listen on ${host}:${port}: ${error.code ?? error.message}`,
    cause: error,
    nextStep: 'Choose an address of this machine and a port you may listen on.',
  });
}
