import type { SallyportServer } from '@sallyport/server';
import fastify from 'fastify';
import { embed } from './embed.ts';

/** An internal portal with a page of its own, and a way to clusters. */
export function createPortal(server: SallyportServer) {
  // A certificate under the server's own CA; a portal that has one already uses that.
  const app = fastify({ https: server.hostTls() });
  embed(app, server.mount);
  app.get('/', (_request, reply) => {
    void reply.type('text/plain').send(`sallyport login ${server.publicUrl}\n`);
  });
  app.post('/notes', (request) => ({ kept: request.body }));
  return app;
}
