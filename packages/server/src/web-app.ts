import { fileURLToPath } from 'node:url';
import { isCodedError } from '@sallyport/core';
import { contentSecurityPolicy, webAssets } from '@sallyport/web';
import express, { type Express, type Router } from 'express';
import { plainAddress } from './node/peer-address.ts';
import type { Enrolment } from './tunnels/enrolment.ts';

const MAX_ENROLMENT_BYTES = 65_536;

/** The route that agents enrol by. Needs no credential but the join token in its body. */
export function enrolmentRoutes(enrolment: Enrolment): Router {
  const router = express.Router();
  router.post('/enroll', express.json({ limit: MAX_ENROLMENT_BYTES }), async (request, response, next) => {
    try {
      response.set('Cache-Control', 'no-store');
      response.json(await enrolment.enrol(request.body, plainAddress(request.socket.remoteAddress)));
    } catch (error) {
      if (!isCodedError(error)) return next(error);
      const status = error.code === 'ERR_ENROLMENT_INVALID' ? 400 : 403;
      const { code, message, nextStep } = error;
      response
        .status(status)
        .type('application/problem+json')
        .json({ type: 'about:blank', title: message, status, code, nextStep });
    }
  });
  return router;
}

/** Puts together what the front door serves beside Kubernetes: agents' enrolment, the web UI, the REST API. */
export function createWebApp(restApi: Express, enrolment: Enrolment): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok\n'));
  app.use('/agent/v1', enrolmentRoutes(enrolment));
  app.use(
    express.static(fileURLToPath(webAssets), {
      index: 'index.html',
      redirect: false,
      setHeaders: (response) => {
        response.setHeader('Content-Security-Policy', contentSecurityPolicy);
        response.setHeader('X-Content-Type-Options', 'nosniff');
      },
    }),
  );
  app.use(restApi);
  return app;
}
