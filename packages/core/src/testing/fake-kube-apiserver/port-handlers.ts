import { createServer } from 'node:http';
import { type KubeObject, listAt, textAt } from './objects.ts';
import type { PortHandler } from './process.ts';

/** Sends everything back. */
export const echoPort: PortHandler = (connection) => {
  connection.on('error', () => connection.destroy());
  connection.pipe(connection);
};

/**
 * A small web server: `GET /` greets, `GET /bytes/N` sends N zero bytes, anything else is answered with what was asked
 * as JSON.
 */
export function httpPort(greeting: string): PortHandler {
  const server = createServer((request, response) => {
    if (request.url === '/' && request.method === 'GET') {
      response.end(`${greeting}\n`);
      return;
    }
    const bytes = /^\/bytes\/(\d{1,9})$/.exec(request.url ?? '')?.[1];
    if (bytes !== undefined) {
      response.setHeader('content-type', 'application/octet-stream');
      response.end(Buffer.alloc(Number(bytes)));
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      const { method, url, headers } = request;
      response.end(`${JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') })}\n`);
    });
  });
  return (connection) => {
    connection.on('error', () => connection.destroy());
    server.emit('connection', connection);
  };
}

/**
 * What listens on a port that a container declares: an echo where the port is 7 or called `echo`, else a small web
 * server that greets with the pod's name. Ports that nobody declares refuse.
 */
export function builtInPort(pod: KubeObject, port: number): PortHandler | undefined {
  const ports = listAt(pod, 'spec.containers').flatMap((container) => listAt(container, 'ports'));
  const declared = ports.find((one) => one['containerPort'] === port);
  if (!declared) return undefined;
  return port === 7 || textAt(declared, 'name') === 'echo'
    ? echoPort
    : httpPort(`hello from ${pod.metadata.name}:${port}`);
}
