import { chmod, unlink } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ServerError } from '../errors.ts';

/** Where a signer listens. */
export type SignerAddress =
  /** TCP, with mutual TLS: who has no certificate of `clientCaPem` gets no further than the handshake. */
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly tls: { readonly certPem: string; readonly keyPem: string; readonly clientCaPem: string };
    }
  /** A Unix socket; whoever may write to it (mode 0660) may ask. */
  | { readonly kind: 'unix'; readonly path: string };

/** A signer's open port or socket. */
export interface SignerListener {
  /** The port that was bound; 0 for a Unix socket. */
  readonly port: number;
  close(): Promise<void>;
}

const SOCKET_MODE = 0o660;
const MAX_CONNECTIONS = 256;
const REQUEST_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 120_000;

/** Listens. @throws ServerError `ERR_LISTEN_PORT_TAKEN`, `ERR_LISTEN_FAILED` */
export async function listenAsSigner(address: SignerAddress, onRequest: RequestListener): Promise<SignerListener> {
  const server = address.kind === 'tcp' ? createTlsServer(address.tls, onRequest) : createHttpServer(onRequest);
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  if (address.kind === 'tcp') {
    await bind(server, { host: address.host, port: address.port }, `port ${address.port} on ${address.host}`);
  } else {
    await removeDeadSocket(address.path);
    await bind(server, { path: address.path }, `socket ${address.path}`);
    // Until here the usual umask lets only the owner in: connecting takes the right to write.
    await chmod(address.path, SOCKET_MODE);
  }
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Who asks, for the log: the subject and fingerprint of the certificate, or `unix`. */
export function peerOf(request: IncomingMessage): string {
  const socket = request.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.();
  if (certificate?.fingerprint256 === undefined) return 'unix';
  return `${String(certificate.subject.CN)} ${certificate.fingerprint256}`;
}

function createTlsServer(
  { certPem, keyPem, clientCaPem }: (SignerAddress & { kind: 'tcp' })['tls'],
  onRequest: RequestListener,
): Server {
  return createHttpsServer(
    {
      cert: certPem,
      key: keyPem,
      ca: clientCaPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    },
    onRequest,
  );
}

function bind(
  server: Server,
  where: { readonly host: string; readonly port: number } | { readonly path: string },
  name: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      reject(
        new ServerError({
          code: isTaken ? 'ERR_LISTEN_PORT_TAKEN' : 'ERR_LISTEN_FAILED',
          message: isTaken ? `${name} is taken by another process` : `${name} can't be listened on (${cause.code})`,
          cause,
        }),
      );
    });
    server.listen(where, resolve);
  });
}

/** A socket file outlives its process; one that nobody answers on stands in the way of the next. */
async function removeDeadSocket(path: string): Promise<void> {
  const isDead = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (isDead) await unlink(path);
}
