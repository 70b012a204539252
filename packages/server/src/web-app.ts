import { fileURLToPath } from 'node:url';
import type { StandingResponse } from '@sallyport/core';
import { isCodedError } from '@sallyport/core';
import { contentSecurityPolicy, webAssets, webPages } from '@sallyport/web';
import express, { type Express, type Response, type Router } from 'express';
import { plainAddress } from './node/peer-address.ts';
import { keepTrace } from './request-trace.ts';
import { siteFiles } from './site-files.ts';
import type { Enrolment } from './tunnels/enrolment.ts';

const MAX_ENROLMENT_BYTES = 65_536;

/** What agents ask the front door before they have a certificate, or after theirs has ended. */
export interface AgentDesk {
  readonly enrol: Enrolment['enrol'];
  readonly standing: (body: unknown) => Promise<StandingResponse>;
}

/** The routes for agents without a certificate that lives. Each body shows by itself what it may be answered. */
export function agentRoutes(desk: AgentDesk): Router {
  const router = express.Router();
  router.use(keepTrace);
  router.post('/enroll', express.json({ limit: MAX_ENROLMENT_BYTES }), async (request, response, next) => {
    try {
      response.set('Cache-Control', 'no-store');
      response.json(await desk.enrol(request.body, plainAddress(request.socket.remoteAddress)));
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
  router.post('/standing', express.json({ limit: MAX_ENROLMENT_BYTES }), async (request, response) => {
    response.set('Cache-Control', 'no-store');
    response.json(await desk.standing(request.body));
  });
  return router;
}

/** How this server does, and whether it can do its work. */
export interface Readiness {
  /** Told of each request that was answered, with how long it took. Absent: nobody is. */
  readonly answered?: (method: string, status: number, seconds: number) => void;
  /** What keeps requests from being served, for anybody to read; empty while nothing does. */
  problems(): readonly string[];
}

/** First words of the paths that this application answers, beside the pages and files of the web UI. */
const APPLICATION_PATH =
  /^\/(?:agent\/v1|api\/v1|api\/reference|branding\/logo|callbacks\/v1|dev-provider|login|oauth|scim\/v2|session|\.well-known\/(?:sallyport|oauth-authorization-server\/oauth))(?:\/|$)/;

/** Whether a path is the application's whatever host it is mounted in: all but probes, pages and files of the web UI. */
export function isApplicationPath(path: string): boolean {
  return APPLICATION_PATH.test(path);
}

/** Puts together what the front door serves beside Kubernetes: agents' enrolment, the web UI, the REST API. */
export function createWebApp(restApi: Express, desk: AgentDesk & Readiness): Express {
  const app = express();
  app.disable('x-powered-by');
  const { answered } = desk;
  if (answered !== undefined) {
    app.use((request, response, next) => {
      const beganAt = performance.now();
      response.once('close', () =>
        answered(request.method, response.statusCode, (performance.now() - beganAt) / 1_000),
      );
      next();
    });
  }
  app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, response) => {
    const problems = desk.problems();
    response
      .status(problems.length === 0 ? 200 : 503)
      .type('text/plain')
      .send(problems.length === 0 ? 'ok\n' : `${problems.join('\n')}\n`);
  });
  app.use('/agent/v1', agentRoutes(desk));
  const root = fileURLToPath(webAssets);
  const setHeaders = (response: Response) => {
    response.setHeader('Content-Security-Policy', contentSecurityPolicy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
  };
  app.use(siteFiles({ root, setHeaders }));
  app.get([...webPages], (_request, response) => {
    setHeaders(response);
    response.sendFile('index.html', { root });
  });
  app.use(restApi);
  return app;
}
