import type { Request } from 'express';
import { plainAddress } from '../node/peer-address.ts';
import type { AccessTokenVerifier } from './access-token.ts';
import type { LiveLogin, LoginSessions } from './login-sessions.ts';
import type { MachineAuthenticator } from './machines/bearer.ts';
import { findWebLogin, readCookie, SESSION_COOKIE } from './web-session.ts';
import { assertOwnPage } from './web-session-routes.ts';

/**
 * Says who makes a request to the REST API, or `undefined` when nothing on it proves that.
 * @throws ApiError `ERR_API_CROSS_SITE` for a cookie that a foreign page made the browser send
 */
export type RestAuthenticator = (request: Request) => Promise<LiveLogin | undefined>;

/** What {@link createRestAuthenticator} needs. */
export interface RestAuthenticatorOptions {
  readonly publicUrl: string;
  readonly verifyAccessToken: AccessTokenVerifier;
  readonly machines: MachineAuthenticator;
  readonly loginSessions: LoginSessions;
}

/**
 * Creates the authentication of the REST API: DPoP-bound access tokens of command lines, bearer credentials of machines, and
 * the cookie of a browser's session, which counts only where nothing else is presented and only from our own pages.
 */
export function createRestAuthenticator(options: RestAuthenticatorOptions): RestAuthenticator {
  const { publicUrl, verifyAccessToken, machines, loginSessions } = options;
  return async (request) => {
    const authorization = request.headersDistinct['authorization'] ?? [];
    const dpop = request.headersDistinct['dpop'] ?? [];
    if (authorization.length === 0) return byCookie(request);
    const sourceAddress = plainAddress(request.socket.remoteAddress);
    return (
      (await verifyAccessToken({ method: request.method, target: request.originalUrl, authorization, dpop })) ??
      (await machines({ authorization, dpop, sourceAddress }))
    );
  };

  async function byCookie(request: Request): Promise<LiveLogin | undefined> {
    const cookie = readCookie(request.headersDistinct['cookie'] ?? [], SESSION_COOKIE);
    const found = await findWebLogin(cookie, loginSessions);
    if (found === undefined) return undefined;
    assertOwnPage(request, request.method, publicUrl, found.secret);
    return loginSessions.use(found.login.loginSession.id);
  }
}
