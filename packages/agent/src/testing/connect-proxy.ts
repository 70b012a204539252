import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** An HTTP proxy that only knows CONNECT. */
export interface ConnectProxy {
  readonly port: number;
  readonly targets: readonly string[];
  /** Everything that passed from the client, as latin1. */
  bytes(): string;
  close(): void;
}

/** Starts one on 127.0.0.1 that wants these credentials. */
export async function startConnectProxy(credentials: { userName: string; password: string }): Promise<ConnectProxy> {
  const wanted = `Basic ${Buffer.from(`${credentials.userName}:${credentials.password}`).toString('base64')}`;
  const targets: string[] = [];
  const sockets = new Set<Duplex>();
  let seen = '';
  const server = http.createServer((_req, res) => void res.writeHead(405).end());
  server.on('connect', (req, socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (req.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      return;
    }
    targets.push(req.url ?? '');
    const [host, port] = (req.url ?? '').split(':');
    const far = connect(Number(port), host);
    sockets.add(far);
    far.on('error', () => socket.destroy());
    far.on('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString('latin1');
      });
      socket.pipe(far).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    targets,
    bytes: () => seen,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
