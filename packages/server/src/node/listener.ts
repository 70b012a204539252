import { createServer, type Socket } from 'node:net';
import { tryAddress } from '../authn/local/lock-out.ts';
import { ServerError } from '../errors.ts';
import { createArrivals } from './arrivals.ts';
import { plainAddress } from './peer-address.ts';

/** What the peers of one port may hold. */
export interface ListenerLimits {
  /** Connections at one time. Default 20,000: an idle one takes some 50 KB. More are closed at once. */
  readonly maxConnections: number;
  /**
   * Of those, from one address (of IPv6, one network of 64 bits). Default 12,000: a balancer, or the gateway of a company, is one
   * address for everybody behind it. More are closed at once.
   */
  readonly maxConnectionsPerAddress: number;
}

/** Limits in force where the options name none. */
export const LISTENER_LIMITS: ListenerLimits = Object.freeze({
  maxConnections: 20_000,
  maxConnectionsPerAddress: 12_000,
});

/** A bound TCP port. Bound before anything slow is set up, so that a taken port is told at once. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Sets who takes connections; until then each is closed at once. */
  onConnection(take: (socket: Socket) => void): void;
  /** Stops listening and ends every connection. Idempotent. */
  close(): Promise<void>;
}

/** Options of {@link bindListener}. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits?: Partial<ListenerLimits>;
  /** Whether the port is this process's alone. Default false: workers of one server (`node:cluster`) share it. */
  readonly exclusive?: boolean;
}

/**
 * Binds a port. Port 0 takes a free one. Addresses take turns when many connections come at once.
 * @throws ServerError `ERR_LISTEN_PORT_TAKEN`, `ERR_LISTEN_FAILED`
 */
export function bindListener({ host, port, limits = {}, exclusive = false }: ListenerOptions): Promise<Listener> {
  const { maxConnections, maxConnectionsPerAddress } = { ...LISTENER_LIMITS, ...limits };
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const arrivals = createArrivals();
  let take = (socket: Socket): void => void socket.destroy();
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
  server.on('connection', (socket) => {
    // An error is always followed by `close`; without a listener it would end the process.
    socket.on('error', () => {});
    const address = plainAddress(socket.remoteAddress);
    const network = tryAddress(address);
    const count = counts.get(network) ?? 0;
    if (sockets.size >= maxConnections || count >= maxConnectionsPerAddress) return void socket.resetAndDestroy();
    sockets.add(socket);
    counts.set(network, count + 1);
    socket.on('close', () => {
      sockets.delete(socket);
      const left = (counts.get(network) ?? 1) - 1;
      if (left === 0) counts.delete(network);
      else counts.set(network, left);
    });
    arrivals.enter({
      address,
      start: () => socket.destroyed || take(socket),
      drop: () => socket.destroy(),
    });
  });
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen({ host, port, exclusive }, () => {
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
