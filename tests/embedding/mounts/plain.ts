import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { SallyportServer } from '@sallyport/server';

/** Serves Sallyport, and what `own` answers, from one port. */
export function createHost(sallyport: SallyportServer, own: RequestListener): Server {
  const { mount } = sallyport;
  const host = createServer(sallyport.hostTls(), (request, response) => {
    mount.request(request, response, () => own(request, response));
  });
  return host.on('upgrade', mount.upgrade);
}
