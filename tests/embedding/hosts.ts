/** Servers of somebody else that Sallyport is mounted in, each in the way that docs/embedding.md shows for it. */
import { once } from 'node:events';
import type { Server as HttpServer, RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { SallyportServer } from '@sallyport/server';
import { Router } from 'express';
import fastify from 'fastify';
import { embed } from '../../examples/embed-in-fastify/embed.ts';
import { createHost as createHttpHost } from './mounts/behind-a-proxy.ts';
import { createHost as createExpressHost } from './mounts/in-express.ts';
import { createHost as createPlainHost } from './mounts/plain.ts';

/** A host that listens. */
export interface RunningHost {
  close(): Promise<void>;
}

/**
 * A way to be mounted. Each host has routes of its own, `GET /portal/hello` and `POST /portal/echo`, which reads JSON as hosts do,
 * and says `x-portal: yes` on every answer.
 */
export interface HostKind {
  readonly name: string;
  start(sallyport: SallyportServer, port: number): Promise<RunningHost>;
}

function markAnswers(server: { prependListener(event: 'request', listener: RequestListener): unknown }): void {
  server.prependListener('request', (_request, response) => void response.setHeader('x-portal', 'yes'));
}

const ownListener: RequestListener = (request, response) => {
  const isEcho = request.method === 'POST' && request.url === '/portal/echo';
  if (isEcho) request.pipe(response);
  else response.writeHead(request.url === '/portal/hello' ? 200 : 404).end('hello');
};

async function listen(server: HttpServer, port: number): Promise<RunningHost> {
  markAnswers(server);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const plain: HostKind = {
  name: 'node:https',
  start: (sallyport, port) => listen(createPlainHost(sallyport, ownListener), port),
};

const behindProxy: HostKind = {
  name: 'node:http, behind a proxy that ends TLS',
  async start(sallyport, port) {
    const server = createHttpHost(sallyport, ownListener);
    const host = await listen(server, 0);
    const { port: inner } = server.address() as AddressInfo;
    const proxy = createTlsServer({ ...sallyport.hostTls(), allowHalfOpen: true }, (outer) => {
      const socket = connect({ port: inner, host: '127.0.0.1', allowHalfOpen: true });
      outer.pipe(socket).pipe(outer);
      for (const [one, other] of [[outer, socket] as const, [socket, outer] as const]) {
        one.on('error', () => {}).on('close', () => other.destroy());
      }
    });
    await once(proxy.listen(port, '127.0.0.1'), 'listening');
    return {
      async close() {
        proxy.close();
        await host.close();
      },
    };
  },
};

const inExpress: HostKind = {
  name: 'express',
  start(sallyport, port) {
    const routes = Router();
    routes.get('/portal/hello', (_request, response) => void response.send('hello'));
    routes.post('/portal/echo', (request, response) => void response.json(request.body));
    return listen(createExpressHost(sallyport, routes), port);
  },
};

const inFastify: HostKind = {
  name: 'fastify',
  async start(sallyport, port) {
    const app = fastify({ https: sallyport.hostTls() });
    embed(app, sallyport.mount);
    app.get('/portal/hello', () => 'hello');
    app.post('/portal/echo', (request) => request.body);
    markAnswers(app.server);
    await app.listen({ port, host: '127.0.0.1' });
    return {
      async close() {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },
};

/** All of them. */
export const hostKinds: readonly HostKind[] = [plain, behindProxy, inExpress, inFastify];
