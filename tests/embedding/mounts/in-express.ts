import { createServer, type Server } from 'node:https';
import type { SallyportServer } from '@sallyport/server';
import express, { type Router } from 'express';

/** Serves Sallyport, and routes of one's own, from one express application. */
export function createHost(sallyport: SallyportServer, routes: Router): Server {
  const { mount } = sallyport;
  const app = express();
  app.use(mount.request); // before anything that reads bodies
  app.use(express.json());
  app.use(routes);
  return createServer(sallyport.hostTls(), app).on('upgrade', mount.upgrade);
}
