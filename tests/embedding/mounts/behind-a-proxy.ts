import { createServer, type RequestListener, type Server } from 'node:http';
import type { SallyportServer } from '@sallyport/server';

/** Serves Sallyport, and what `own` answers, over plain HTTP: for a port that only a proxy reaches, which ends TLS in front of it. */
export function createHost({ mount }: SallyportServer, own: RequestListener): Server {
  const host = createServer((request, response) => mount.request(request, response, () => own(request, response)));
  return host.on('upgrade', mount.upgrade);
}
