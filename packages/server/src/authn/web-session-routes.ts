import express, { type Request, type Response, Router } from 'express';
import { ApiError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { Store } from '../stores/contracts.ts';
import type { Broker } from './broker.ts';
import { forgetSession, type LoginFlows } from './login-flows.ts';
import type { LoginSessions } from './login-sessions.ts';
import { readLoginWish } from './login-wish.ts';
import type { ProviderDirectory } from './provider-directory.ts';
import { HOME, safeReturnTo } from './return-to.ts';
import {
  CSRF_HEADER,
  csrfTokenOf,
  describeCrossSite,
  findWebLogin,
  readCookie,
  SESSION_COOKIE,
} from './web-session.ts';

const MAX_FORM_BYTES = 8_192;

/** What {@link createWebSessionRoutes} needs. */
export interface WebSessionRoutesOptions {
  readonly publicUrl: string;
  readonly flows: LoginFlows;
  readonly loginSessions: LoginSessions;
  readonly providers: ProviderDirectory;
  readonly broker: Pick<Broker, 'logoutUrl'>;
  readonly store: Pick<Store, 'providerTokens'>;
}

/**
 * Signing a browser in and out, below `/session`. The session stands on the server; the browser holds a cookie that no
 * script can read, and a CSRF token that scripts of this origin ask for.
 *
 * - `GET login?provider=&organization=&returnTo=` begins a login; `step_up=1`, `step_up_max_age` and `step_up_acr` ask for
 *   more proof, and raise the session that the browser has.
 * - `POST login` begins one for the sign-in page, with the same parameters as a form, and says where it goes on.
 * - `GET .` says who is signed in: 401 when nobody is.
 * - `POST logout` ends the session and says where to log out at the provider, too.
 */
export function createWebSessionRoutes(options: WebSessionRoutesOptions): Router {
  const { publicUrl, flows, loginSessions, providers, broker, store } = options;
  const router = Router({ caseSensitive: true, strict: true });
  const webLoginOf = (request: Request) =>
    findWebLogin(readCookie(request.headersDistinct['cookie'] ?? [], SESSION_COOKIE), loginSessions);

  async function begin(request: Request, response: Response, given: Readonly<Record<string, unknown>>) {
    const { returnTo, ...params } = given;
    const current = (await webLoginOf(request))?.login.loginSession.id;
    const { raises: _, ...wish } = readLoginWish(params);
    const isStepUp = wish.demand !== undefined && current !== undefined;
    response.set('cache-control', 'no-store');
    return flows.beginWeb(request, response, safeReturnTo(returnTo, publicUrl), {
      ...wish,
      ...(isStepUp && { raises: current }),
    });
  }

  router.get('/login', async (request, response) => {
    response.redirect(303, await begin(request, response, request.query));
  });

  router.post(
    '/login',
    express.urlencoded({ extended: false, limit: MAX_FORM_BYTES, parameterLimit: 8 }),
    async (request, response) => {
      response.json({ location: await begin(request, response, (request.body ?? {}) as Record<string, unknown>) });
    },
  );

  router.get('/', async (request, response) => {
    const found = await assertOwn(request, 'GET');
    const { principal, organization, loginSession } = found.login;
    response.set('cache-control', 'no-store').json({
      principal: {
        id: principal.id,
        userName: principal.userName,
        displayName: principal.displayName,
        ...(principal.email !== undefined && { email: principal.email }),
        groups: principal.groups,
      },
      organization: { id: organization.id, name: organization.name },
      loginSession: {
        id: loginSession.id,
        method: loginSession.method,
        createdAt: loginSession.createdAt,
        expiresAt: loginSession.expiresAt,
        ...(loginSession.authenticatedAt !== undefined && { authenticatedAt: loginSession.authenticatedAt }),
        ...(loginSession.acr !== undefined && { acr: loginSession.acr }),
        ...(loginSession.amr !== undefined && { amr: loginSession.amr }),
      },
      csrf: { header: CSRF_HEADER, token: csrfTokenOf(found.secret) },
    });
  });

  router.post('/logout', async (request, response) => {
    const { login } = await assertOwn(request, 'POST');
    const { id, identityProviderId } = login.loginSession;
    // Read before the session goes, since it goes with it.
    const idToken = (await store.providerTokens.find(id))?.idToken;
    await loginSessions.end(id, plainAddress(request.socket.remoteAddress), 'loggedOut');
    forgetSession(response);
    const record = identityProviderId && providers.find(identityProviderId);
    const provider = record && (await providers.oidc(record));
    // That the provider is away must not keep anybody signed in here.
    const logoutUrl = provider && (await broker.logoutUrl(provider, idToken, publicUrl + HOME).catch(() => undefined));
    response.set('cache-control', 'no-store').json(logoutUrl === undefined ? {} : { logoutUrl: logoutUrl.href });
  });

  async function assertOwn(request: Request, method: 'GET' | 'POST') {
    const found = await webLoginOf(request);
    if (found === undefined) {
      throw new ApiError({
        code: 'ERR_API_UNAUTHENTICATED',
        message: 'nobody is signed in in this browser',
        nextStep: 'Sign in at /session/login.',
      });
    }
    assertOwnPage(request, method, publicUrl, found.secret);
    loginSessions.use(found.login.loginSession.id);
    return found;
  }

  return router;
}

/**
 * Refuses a request under a cookie that a page of ours did not send.
 * @throws ApiError `ERR_API_CROSS_SITE`
 */
export function assertOwnPage(request: Request, method: string, publicUrl: string, secret: string): void {
  const { origin } = request.headers;
  const one = (name: string) => {
    const values = request.headersDistinct[name] ?? [];
    // Two lines of one header are none of a browser's.
    return values.length > 1 ? 'several' : values[0];
  };
  const problem = describeCrossSite(
    { method, origin, fetchSite: one('sec-fetch-site'), csrf: one(CSRF_HEADER) },
    publicUrl,
    secret,
  );
  if (problem === undefined) return;
  throw new ApiError({ code: 'ERR_API_CROSS_SITE', message: `the request is refused: ${problem}` });
}
