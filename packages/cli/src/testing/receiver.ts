import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on loopback that takes whatever is sent to it. */
export interface Receiver {
  readonly url: string;
  /** What it was sent, in order. */
  readonly bodies: readonly string[];
  /** What it answers; 204 at first. */
  status: number;
  close(): void;
}

/** Starts a receiver. */
export async function startReceiver(): Promise<Receiver> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      response.writeHead(receiver.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    bodies,
    status: 204,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}
