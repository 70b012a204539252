/** Servers of somebody else that Sallyport is mounted in, each in the way that its framework has for it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { NodeMount } from '@sallyport/server';
import express from 'express';
import fastify from 'fastify';

/** A host that listens. */
export interface RunningHost {
  close(): Promise<void>;
}

/** What a host is started with. */
export interface HostOptions {
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly mount: NodeMount;
}

/**
 * A way to be mounted. Each host has routes of its own, `GET /portal/hello` and `POST /portal/echo`, which reads JSON as hosts do,
 * and says `x-portal: yes` on every answer.
 */
export interface HostKind {
  readonly name: string;
  start(options: HostOptions): Promise<RunningHost>;
}

async function listen(server: Server, port: number): Promise<RunningHost> {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** node:https alone. */
const plain: HostKind = {
  name: 'node:https',
  start({ port, tls, mount }) {
    const server = createServer(tls, (request, response) => {
      response.setHeader('x-portal', 'yes');
      mount.request(request, response, () => {
        const isEcho = request.method === 'POST' && request.url === '/portal/echo';
        if (isEcho) request.pipe(response);
        else response.writeHead(request.url === '/portal/hello' ? 200 : 404).end('hello');
      });
    });
    server.on('upgrade', mount.upgrade);
    return listen(server, port);
  },
};

/** express: the mount stands before what reads bodies. */
const inExpress: HostKind = {
  name: 'express',
  start({ port, tls, mount }) {
    const app = express();
    app.use((_request, response, next) => {
      response.setHeader('x-portal', 'yes');
      next();
    });
    app.use(mount.request);
    app.use(express.json());
    app.get('/portal/hello', (_request, response) => void response.send('hello'));
    app.post('/portal/echo', (request, response) => void response.json(request.body));
    const server = createServer(tls, app);
    server.on('upgrade', mount.upgrade);
    return listen(server, port);
  },
};

/** fastify: a hook that runs before it reads a body takes what is ours out of its hands. */
const inFastify: HostKind = {
  name: 'fastify',
  async start({ port, tls, mount }) {
    const app = fastify({ https: tls });
    app.addHook('onRequest', (request, reply, done) => {
      reply.raw.setHeader('x-portal', 'yes');
      if (!mount.takes(request.raw)) return done();
      reply.hijack();
      mount.request(request.raw, reply.raw);
    });
    app.get('/portal/hello', () => 'hello');
    app.post('/portal/echo', (request) => request.body);
    app.server.on('upgrade', mount.upgrade);
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
export const hostKinds: readonly HostKind[] = [plain, inExpress, inFastify];
