// Shows: Sallyport's access proxy, REST API and sign-in in a fastify application, beside the application's own routes.
import type { Server } from 'node:https';
import type { NodeMount } from '@sallyport/server';
import type { FastifyInstance } from 'fastify';

/** Serves Sallyport from a fastify application, at the root of its origin. Call it before the application listens. */
export function embed(app: FastifyInstance<Server>, mount: NodeMount): void {
  // Before fastify reads a body: uploads to a cluster are streams of any length. What is ours is out of fastify's hands then.
  app.addHook('onRequest', (request, reply, done) => {
    if (!mount.takes(request.raw)) return done();
    reply.hijack();
    mount.request(request.raw, reply.raw);
  });
  // exec, attach and port-forward. An application with WebSockets of its own asks `mount.takes` first.
  app.server.on('upgrade', mount.upgrade);
}
