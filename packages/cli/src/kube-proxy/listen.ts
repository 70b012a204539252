import { lstat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, connect, isIP } from 'node:net';
import { CliError } from '../errors.ts';

/** Whether an address is of the loopback device, so that nobody reaches it from elsewhere. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/**
 * Listens on a port; 0 takes a free one. Resolves with the address for programs, as `http://127.0.0.1:8001`.
 * @throws CliError `ERR_CLI_LOCAL_PROXY_LISTEN`
 */
export async function listenOnPort(server: Server, host: string, port: number): Promise<string> {
  await listen(server, () => server.listen({ host, port }), `${host}:${port}`);
  const { address, port: taken } = server.address() as AddressInfo;
  return `http://${isIP(address) === 6 ? `[${address}]` : address}:${taken}`;
}

/**
 * Listens on a Unix socket that this user alone may open. A socket file that nobody listens on any more is taken over.
 * @throws CliError `ERR_CLI_LOCAL_PROXY_LISTEN`
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  await removeDeadSocket(path);
  await listen(
    server,
    () => {
      // The file has its mode from the start: a change afterwards would leave it open for a moment. Binding is synchronous.
      const before = process.umask(0o177);
      try {
        server.listen({ path });
      } finally {
        process.umask(before);
      }
    },
    path,
  );
}

async function listen(server: Server, start: () => void, where: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(
        new CliError({
          code: 'ERR_CLI_LOCAL_PROXY_LISTEN',
          message: `nothing can listen on ${where}: ${error.code ?? error.message}`,
          cause: error,
          nextStep: 'Choose another with --port, --listen or --unix-socket, or end what listens there.',
        }),
      );
    server.once('error', fail);
    server.once('listening', () => {
      server.off('error', fail);
      resolve();
    });
    start();
  });
}

async function removeDeadSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !found.isSocket()) return;
  const isDead = await new Promise<boolean>((resolve) => {
    const socket = connect({ path });
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (isDead) await unlink(path);
}
