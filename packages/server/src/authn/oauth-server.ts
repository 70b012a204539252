/// <reference path="./oidc-provider.d.ts" />
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Clock, Logger, LoginSessionId } from '@sallyport/core';
import type { VerificationKeys } from '@sallyport/core/credentials';
import { type Adapter, type Context, errors, Provider } from 'oidc-provider';
import { LoginError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { Authentication, LoginSession, OauthRows } from '../stores/contracts.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';
import { DEVICE_PAGE, deviceFlow } from './device-flow.ts';
import type { LoginSessions } from './login-sessions.ts';
import { LOGIN_WISH_PARAMETERS, type LoginWish, readLoginWish } from './login-wish.ts';
import { mountProvider } from './mount-provider.ts';
import { createOauthAdapter } from './oauth-adapter.ts';
import { type OauthKeys, toPrivateJwks } from './oauth-keys.ts';
import { failurePage } from './page.ts';

/** Client that command lines sign in as: public, native, DPoP-bound. */
export const CLI_CLIENT_ID = 'sallyport-cli';

/** OAuth scope that stands for the whole REST API. What may be done is decided per request, from roles. */
export const API_OAUTH_SCOPE = 'sallyport';

/** An authorization that waits for the person to sign in. */
export interface LoginInteraction {
  readonly id: string;
  readonly clientName: string;
  /** Begun by another device, which waits for the outcome. */
  readonly isDevice: boolean;
  readonly wish: LoginWish;
}

/** Sallyport's own OAuth 2.1 server: code + PKCE on loopback, device flow, DPoP-bound rotated refresh tokens. */
export interface OauthServer {
  readonly issuer: string;
  /** Resource indicator and audience of access tokens for the REST API. */
  readonly resource: string;
  readonly verificationKeys: VerificationKeys;
  /** Everything below the issuer's path; express strips the mount. */
  readonly handle: RequestListener;
  /**
   * The authorization that this browser is in the middle of.
   * @throws LoginError `ERR_LOGIN_NOT_FOUND`
   */
  interaction(request: IncomingMessage, response: ServerResponse): Promise<LoginInteraction>;
  /**
   * Ends an interaction with a login session, and yields the address that the browser goes on to, on its way back to the
   * client. With `proof` the session, which is there already, is raised once the client comes for its tokens: only then is
   * it certain that the one who asked is the one whose browser it was.
   */
  conclude(
    request: IncomingMessage,
    response: ServerResponse,
    session: LoginSession,
    proof?: Authentication,
  ): Promise<string>;
  /** Ends an interaction without a session, so that the client learns at once. */
  abort(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** What {@link createOauthServer} needs. */
export interface OauthServerOptions {
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly keys: OauthKeys;
  readonly rows: OauthRows;
  readonly loginSessions: LoginSessions;
  /** Asks whoever vouches for a session before its tokens are renewed; says whether it stands. */
  readonly vouch: (id: LoginSessionId) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Life of an access token, in seconds. Ended sessions are refused at once all the same: each request looks them up. */
const ACCESS_TOKEN_SECONDS = 600;
const AUTHORIZATION_CODE_SECONDS = 60;
const INTERACTION_SECONDS = 900;
const DEVICE_CODE_SECONDS = 600;
/** Longer than any login session: the session's own end is what counts. */
const GRANT_SECONDS = 30 * 24 * 60 * 60;

/** Creates the OAuth server. Starts nothing; mount {@link OauthServer.handle} at `/oauth`. */
export function createOauthServer(options: OauthServerOptions): OauthServer {
  const { publicUrl, loginSessions, keys, clock, logger } = options;
  const issuer = `${publicUrl}/oauth`;
  const resource = `${publicUrl}/api`;

  const pendingRaises = createOauthAdapter({ rows: options.rows, clock, logger })('PendingRaise');

  const secondsLeft = (loginSessionId: string | undefined): number => {
    const expiresAt = loginSessions.find(loginSessionId ?? '')?.loginSession.expiresAt.getTime() ?? 0;
    // The library takes positive numbers only; a session with nothing left is refused before this matters.
    return Math.max(1, Math.floor((expiresAt - clock.now()) / 1000));
  };

  const createProvider = (): { readonly provider: Provider; readonly handle: RequestListener } => {
    const provider = new Provider(issuer, {
      adapter: createOauthAdapter({ rows: options.rows, clock, logger }),
      jwks: toPrivateJwks(keys.signing()),
      clients: [
        {
          client_id: CLI_CLIENT_ID,
          client_name: 'Sallyport command line',
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
          response_types: ['code'],
          // For native clients the port of a loopback redirect is free, the path is not (RFC 8252, section 7.3).
          redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
          dpop_bound_access_tokens: true,
          id_token_signed_response_alg: 'ES256',
        },
      ],
      responseTypes: ['code'],
      clientAuthMethods: ['none'],
      scopes: [],
      pkce: { required: () => true },
      rotateRefreshToken: true,
      extraParams: [...LOGIN_WISH_PARAMETERS],
      issueRefreshToken: async () => true,
      expiresWithSession: async () => false,
      clientBasedCORS: () => false,
      cookies: {
        names: {
          session: '__Host-sallyport-oauth',
          interaction: '__Host-sallyport-login',
          resume: '__Host-sallyport-resume',
        },
        long: { httpOnly: true, sameSite: 'lax', secure: true, path: '/' },
        short: { httpOnly: true, sameSite: 'lax', secure: true, path: '/' },
      },
      ttl: {
        AccessToken: (_: unknown, token: { accountId?: string }) =>
          Math.min(ACCESS_TOKEN_SECONDS, secondsLeft(token.accountId)),
        AuthorizationCode: AUTHORIZATION_CODE_SECONDS,
        DeviceCode: DEVICE_CODE_SECONDS,
        Grant: GRANT_SECONDS,
        IdToken: ACCESS_TOKEN_SECONDS,
        Interaction: INTERACTION_SECONDS,
        RefreshToken: (_: unknown, token: { accountId?: string }) => secondsLeft(token.accountId),
        Session: INTERACTION_SECONDS,
      },
      // The account of this server is the login session: nothing is issued or renewed for one that ended.
      findAccount: async (context: Context, loginSessionId: string) => {
        await loginSessions.settle(loginSessionId);
        if (loginSessions.find(loginSessionId) === undefined) return undefined;
        const isRenewal = context.oidc.route === 'token' && context.oidc.params?.['grant_type'] === 'refresh_token';
        if (isRenewal && !(await options.vouch(loginSessionId as LoginSessionId))) return undefined;
        return { accountId: loginSessionId, claims: async () => ({ sub: loginSessionId }) };
      },
      formats: {
        customizers: {
          jwt(_: unknown, token: { accountId: string }, jwt: { payload: Record<string, unknown> }) {
            const login = loginSessions.find(token.accountId);
            if (login === undefined)
              throw new LoginError({ code: 'ERR_LOGIN_NOT_FOUND', message: 'the login session is over' });
            jwt.payload['sub'] = login.principal.id;
            jwt.payload['sid'] = login.loginSession.id;
          },
        },
      },
      features: {
        devInteractions: { enabled: false },
        userinfo: { enabled: false },
        rpInitiatedLogout: { enabled: false },
        dPoP: { enabled: true },
        revocation: {
          enabled: true,
          allowedPolicy: async (_: unknown, client: { clientId: string }, token: { clientId: string }) =>
            client.clientId === token.clientId,
        },
        deviceFlow: deviceFlow({ clock }),
        resourceIndicators: {
          enabled: true,
          defaultResource: async () => resource,
          useGrantedResource: async () => true,
          getResourceServerInfo: async (_: unknown, indicator: string) => {
            if (indicator !== resource) throw new errors.InvalidTarget();
            return {
              scope: API_OAUTH_SCOPE,
              audience: resource,
              accessTokenFormat: 'jwt',
              accessTokenTTL: ACCESS_TOKEN_SECONDS,
              jwt: { sign: { alg: 'ES256' } },
            };
          },
        },
      },
      interactions: { url: async (_: unknown, interaction: { uid: string }) => `/login/${interaction.uid}` },
      renderError,
    });

    provider.on('server_error', (_: unknown, error: Error) => logger.error({ err: error }, 'the OAuth server failed'));
    endSessionsOfRevokedGrants(provider, loginSessions);
    raiseSessions(provider, pendingRaises, loginSessions);
    const handle = mountProvider(provider, {
      publicUrl,
      remembers: (method, path) => method === 'POST' && path === '/device',
    });
    return { provider, handle };
  };

  // The library reads its keys once, and keeps nothing else in memory: changed keys get a provider of their own. What the
  // former one has begun, in rows and cookies, the next one ends.
  let current = createProvider();
  keys.onChange(() => {
    current = createProvider();
  });

  /** What an interaction comes to: one grant per login session, under its id, so that revoking the one is ending the other. */
  async function resultOf(
    request: IncomingMessage,
    response: ServerResponse,
    session: LoginSession,
    proof: Authentication | undefined,
  ) {
    const { provider } = current;
    const { params, deviceCode } = await provider.interactionDetails(request, response);
    if (proof !== undefined) {
      const raise = { loginSessionId: session.id, proof };
      await pendingRaises.upsert(raiseKey(deviceCode, params['code_challenge']), raise, INTERACTION_SECONDS);
    }
    const grant = new provider.Grant({
      jti: session.id,
      accountId: session.id,
      clientId: String(params['client_id']),
    });
    grant.addResourceScope(resource, API_OAUTH_SCOPE);
    return { login: { accountId: session.id, remember: false }, consent: { grantId: await grant.save() } };
  }

  return {
    issuer,
    resource,
    verificationKeys: keys,
    handle: limitUserCodes(
      leadToDevicePage((request, response) => current.handle(request, response)),
      clock,
    ),

    async interaction(request, response) {
      try {
        const { provider } = current;
        const { uid, params, deviceCode } = await provider.interactionDetails(request, response);
        const client = await provider.Client.find(String(params['client_id']));
        return {
          id: uid,
          clientName: client?.clientName ?? 'a client',
          isDevice: deviceCode !== undefined,
          wish: readLoginWish(params),
        };
      } catch (error) {
        throw new LoginError({
          code: 'ERR_LOGIN_NOT_FOUND',
          message: 'this login was not begun in this browser, or it is over',
          nextStep: 'Start again from the command line and finish the login in the window that it opens.',
          cause: error,
        });
      }
    },

    async conclude(request, response, session, proof) {
      const result = await resultOf(request, response, session, proof);
      return current.provider.interactionResult(request, response, result, { mergeWithLastSubmission: false });
    },

    abort: (request, response) =>
      current.provider.interactionFinished(
        request,
        response,
        { error: 'access_denied', error_description: 'the login was given up' },
        { mergeWithLastSubmission: false },
      ),
  };
}

/**
 * Ends the login session of a grant that the library revokes: at the revocation endpoint, and when a code or a rotated
 * refresh token comes a second time, which means that somebody else holds a copy.
 */
function endSessionsOfRevokedGrants(provider: Provider, loginSessions: LoginSessions): void {
  const revoked = new WeakMap<Context, LoginSessionId>();
  provider.on('grant.revoked', (context: Context, grantId: LoginSessionId) => void revoked.set(context, grantId));
  provider.use(async (context, next) => {
    await next();
    const sessionId = revoked.get(context);
    if (sessionId !== undefined) await loginSessions.end(sessionId, context.ip, 'tokenRevoked');
  });
}

/** What a raise is found by again: the challenge of the code, or the device code, of the request that asked for it. */
function raiseKey(deviceCode: unknown, codeChallenge: unknown): string {
  return deviceCode === undefined ? `challenge ${String(codeChallenge)}` : `device ${String(deviceCode)}`;
}

/** Raises a session when the client that asked for it redeems its code, which takes the verifier that only it has. */
function raiseSessions(provider: Provider, pendingRaises: Adapter, loginSessions: LoginSessions): void {
  provider.use(async (context, next) => {
    await next();
    const { AuthorizationCode: code, DeviceCode: device } = context.oidc?.entities ?? {};
    if (context.status !== 200 || (code ?? device) === undefined || context.oidc.route !== 'token') return;
    const key = raiseKey(device?.jti, code?.codeChallenge);
    const raise = await pendingRaises.find(key);
    if (raise === undefined) return;
    await pendingRaises.destroy(key);
    const { authenticatedAt, ...proof } = raise['proof'] as Authentication & { readonly authenticatedAt?: string };
    await loginSessions.raise(
      raise['loginSessionId'] as LoginSessionId,
      { ...proof, ...(authenticatedAt !== undefined && { authenticatedAt: new Date(authenticatedAt) }) },
      context.ip,
    );
  });
}

/**
 * Leads people to the device page of the web UI, and drops a user code that stands in the link: a link that brings its code along is
 * how logins are phished (RFC 8628, section 5.4). The page itself asks for JSON.
 */
function leadToDevicePage(handle: RequestListener): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' || path !== '/device') return handle(request, response);
    if (request.headers.accept !== 'application/json')
      return void response.writeHead(303, { location: DEVICE_PAGE }).end();
    request.url = '/device';
    handle(request, response);
  };
}

const USER_CODE_ATTEMPTS = 10;
const USER_CODE_WINDOW_MS = 600_000;

/** User codes are short: an address gets few tries. */
function limitUserCodes(handle: RequestListener, clock: Clock): RequestListener {
  const limiter = createAttemptLimiter({ maxAttempts: USER_CODE_ATTEMPTS, windowMs: USER_CODE_WINDOW_MS, clock });
  return (request, response) => {
    const isTry = request.method === 'POST' && request.url?.split('?', 1)[0] === '/device';
    if (!isTry || limiter.attempt(plainAddress(request.socket.remoteAddress))) return handle(request, response);
    const headers = { 'retry-after': String(USER_CODE_WINDOW_MS / 1000) };
    if (request.headers.accept === 'application/json') {
      response.writeHead(429, { ...headers, 'content-type': 'application/json' });
      response.end(JSON.stringify({ problem: 'tooMany' }));
    } else response.writeHead(303, { ...headers, location: `${DEVICE_PAGE}?outcome=tooMany` }).end();
  };
}

async function renderError(context: Context, out: { error: string; error_description?: string }): Promise<void> {
  context.type = 'html';
  context.body = failurePage({
    title: 'This login can’t go on',
    message: out.error_description ?? out.error,
    code: out.error,
    nextStep: 'Start again from the command line.',
  });
}
