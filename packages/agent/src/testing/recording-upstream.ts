import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { TestCa } from './test-ca.ts';

/** One request as it came over the wire. */
export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  /** Name and value pairs in the order of the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** What a test lets the upstream answer. */
export interface RecordingUpstreamOptions {
  readonly ca: TestCa;
  readonly onRequest?: (req: IncomingMessage, res: ServerResponse) => void;
  readonly onUpgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** A kube-apiserver that only writes down what it hears. */
export interface RecordingUpstream {
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  readonly connectionCount: number;
  /** Connections that are open now. */
  readonly openSockets: ReadonlySet<TLSSocket>;
  /** Ends every connection with a TCP reset. */
  breakConnections(): void;
  close(): Promise<void>;
}

/** Starts one on 127.0.0.1 with a certificate for `localhost` and `127.0.0.1`. */
export async function startRecordingUpstream(options: RecordingUpstreamOptions): Promise<RecordingUpstream> {
  const { certificatePem, keyPem } = await options.ca.issue({ dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  const requests: RecordedRequest[] = [];
  const sockets = new Set<TLSSocket>();
  const rawSockets = new Set<Socket>();
  let connectionCount = 0;

  const server = https.createServer({ cert: certificatePem, key: keyPem, keepAliveTimeout: 30_000 }, (req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => record(req, Buffer.concat(chunks).toString()));
    if (options.onRequest) options.onRequest(req, res);
    else req.on('end', () => res.end('{}'));
  });
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    record(req, '');
    if (options.onUpgrade) options.onUpgrade(req, socket, head);
    else socket.destroy();
  });
  server.on('connection', (socket: Socket) => {
    rawSockets.add(socket);
    socket.on('close', () => rawSockets.delete(socket));
  });
  server.on('secureConnection', (socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  function record(req: IncomingMessage, body: string): void {
    requests.push({ method: req.method ?? '', target: req.url ?? '', rawHeaders: req.rawHeaders, body });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    openSockets: sockets,
    get connectionCount() {
      return connectionCount;
    },
    breakConnections() {
      for (const socket of rawSockets) socket.resetAndDestroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
