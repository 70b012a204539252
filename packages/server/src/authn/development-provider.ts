/// <reference path="./oidc-provider.d.ts" />
import { createECDH, createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock, Logger, Secret } from '@sallyport/core';
import express, { type Request, type Response, Router } from 'express';
import { type Context, Provider } from 'oidc-provider';
import { LoginError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { OauthRows } from '../stores/contracts.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';
import { html } from './html.ts';
import { mountProvider } from './mount-provider.ts';
import { createOauthAdapter } from './oauth-adapter.ts';
import { failurePage, page } from './page.ts';

/** Somebody who can sign in at the development provider. */
export interface DevelopmentUser {
  readonly email: string;
  readonly password: Secret;
  readonly name: string;
  readonly groups: readonly string[];
}

/** The embedded provider: an OpenID provider like any other, for machines that have none. */
export interface DevelopmentProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** To be mounted at {@link DEVELOPMENT_PROVIDER_PATH}. */
  readonly router: Router;
}

/** What {@link createDevelopmentProvider} needs. */
export interface DevelopmentProviderOptions {
  /** `production` is refused: this provider is for one machine, not for an installation. */
  readonly mode: 'development' | 'production';
  readonly publicUrl: string;
  /** Passwords are the caller's, made at random for each installation. */
  readonly users: readonly DevelopmentUser[];
  readonly clientSecret: Secret;
  /** The broker's callback address. */
  readonly redirectUri: string;
  readonly rows: OauthRows;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where the provider lives below the public address. */
export const DEVELOPMENT_PROVIDER_PATH = '/dev-provider';

const CLIENT_ID = 'sallyport-server';
/** Longer than any login session. */
const REFRESH_SECONDS = 30 * 24 * 60 * 60;
const MAX_FORM_BYTES = 8_192;
const PASSWORD_ATTEMPTS = 10;
const PASSWORD_WINDOW_MS = 300_000;
/**
 * The form's answer leads by redirects to the command line's loopback listener, and browsers hold every step against
 * form-action.
 */
const LOGIN_PAGE_POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:*; base-uri 'none'; frame-ancestors 'none'";

/**
 * Creates the development provider. Its signing key is made of the client's secret, so that servers with one secret are one provider.
 * @throws LoginError `ERR_DEVELOPMENT_PROVIDER_REFUSED` in production mode
 */
export function createDevelopmentProvider(options: DevelopmentProviderOptions): DevelopmentProvider {
  const { publicUrl, clock, logger } = options;
  if (options.mode !== 'development') {
    throw new LoginError({
      code: 'ERR_DEVELOPMENT_PROVIDER_REFUSED',
      message: 'the development identity provider does not run in production mode',
      nextStep: 'Configure an identity provider of your own, or start the server in development mode.',
    });
  }
  const issuer = `${publicUrl}${DEVELOPMENT_PROVIDER_PATH}`;
  const users = new Map(options.users.map((user) => [user.email.toLowerCase(), user]));
  const limiter = createAttemptLimiter({ maxAttempts: PASSWORD_ATTEMPTS, windowMs: PASSWORD_WINDOW_MS, clock });

  const provider = new Provider(issuer, {
    adapter: createOauthAdapter({ rows: options.rows, clock, logger, prefix: 'development.' }),
    jwks: { keys: [deriveSigningKey(options.clientSecret)] },
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: options.clientSecret.reveal(),
        client_name: 'Sallyport',
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [options.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_post'],
    scopes: ['openid', 'offline_access'],
    // So that groups are live here too, whatever scopes are asked for.
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
    // Groups go into the ID token itself, as most providers can be told to do.
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    cookies: {
      names: {
        session: '__Host-sallyport-dev-session',
        interaction: '__Host-sallyport-dev-login',
        resume: '__Host-sallyport-dev-resume',
      },
      long: { httpOnly: true, sameSite: 'lax', secure: true, path: '/' },
      short: { httpOnly: true, sameSite: 'lax', secure: true, path: '/' },
    },
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      Grant: REFRESH_SECONDS,
      IdToken: 300,
      Interaction: 900,
      RefreshToken: REFRESH_SECONDS,
      Session: 900,
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
    },
    findAccount: async (_: unknown, email: string) => {
      const user = users.get(email);
      return (
        user && {
          accountId: email,
          claims: async () => ({
            sub: email,
            email: user.email,
            email_verified: true,
            name: user.name,
            groups: [...user.groups],
          }),
        }
      );
    },
    interactions: {
      url: async (_: unknown, { uid }: { uid: string }) => `${DEVELOPMENT_PROVIDER_PATH}/login/${uid}`,
    },
    renderError: async (context: Context, out: { error: string; error_description?: string }) => {
      context.type = 'html';
      context.body = failurePage({
        title: 'This login can’t go on',
        message: out.error_description ?? out.error,
        code: out.error,
      });
    },
  });
  provider.on('server_error', (_: unknown, error: Error) =>
    logger.error({ err: error }, 'the development provider failed'),
  );

  const router = Router({ caseSensitive: true, strict: true });
  router.get('/login/:interaction', async (request, response) => {
    await provider.interactionDetails(request, response);
    sendLoginPage(response, { status: 200 });
  });
  router.post(
    '/login/:interaction',
    express.urlencoded({ extended: false, limit: MAX_FORM_BYTES, parameterLimit: 8 }),
    async (request, response) => {
      const { params } = await provider.interactionDetails(request, response);
      const { email, password } = readForm(request);
      const attemptKey = `${plainAddress(request.socket.remoteAddress)} ${email}`;
      if (!limiter.attempt(attemptKey)) {
        return sendLoginPage(response, { status: 429, problem: 'Too many attempts. Wait five minutes.' });
      }
      const user = users.get(email);
      // An unknown address costs the same comparison and answers alike.
      const isRight = isSamePassword(password, user?.password.reveal() ?? '');
      if (user === undefined || !isRight) {
        return sendLoginPage(response, { status: 401, problem: 'E-mail or password is wrong.' });
      }
      limiter.forget(attemptKey);
      const grant = new provider.Grant({ accountId: email, clientId: String(params['client_id']) });
      grant.addOIDCScope(String(params['scope']));
      await provider.interactionFinished(
        request,
        response,
        { login: { accountId: email, remember: false }, consent: { grantId: await grant.save() } },
        { mergeWithLastSubmission: false },
      );
    },
  );
  router.use(mountProvider(provider, { publicUrl, remembers: () => false }));

  return { issuer, clientId: CLIENT_ID, clientSecret: options.clientSecret, router };
}

/** A key for ES256 (HKDF, RFC 5869); once in 2^32 the bytes are no key of the curve, and this throws. */
function deriveSigningKey(secret: Secret) {
  const ecdh = createECDH('prime256v1');
  const bytes = Buffer.from(hkdfSync('sha256', secret.reveal(), '', 'development provider signing key', 32));
  ecdh.setPrivateKey(bytes);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const kid = `development-${x.slice(0, 8)}`;
  return { kty: 'EC', crv: 'P-256', x, y, d: bytes.toString('base64url'), kid, alg: 'ES256', use: 'sig' };
}

function readForm(request: Request): { readonly email: string; readonly password: string } {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { email: text(body['email']).trim().toLowerCase(), password: text(body['password']) };
}

function isSamePassword(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function sendLoginPage(response: Response, { status, problem }: { status: number; problem?: string }): void {
  response.status(status).type('html').set('content-security-policy', LOGIN_PAGE_POLICY);
  response.send(
    page({
      title: 'Development sign-in',
      lead: html`These accounts exist on this machine only. Their passwords were printed when the server started.`,
      content: html`${problem === undefined ? undefined : html`<div class="notice"><p>${problem}</p></div>`}
<form method="post">
<label>E-mail <input name="email" type="email" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button class="primary" type="submit">Sign in</button>
</form>`,
    }),
  );
}
