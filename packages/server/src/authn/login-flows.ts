import { randomBytes } from 'node:crypto';
import type { Clock, LoginSessionId } from '@sallyport/core';
import type { Request, Response } from 'express';
import { LoginError } from '../errors.ts';
import type { LoginSession, Store } from '../stores/contracts.ts';
import type { Login, LoginSessions } from './login-sessions.ts';
import type { LoginWish } from './login-wish.ts';
import type { OauthServer } from './oauth-server.ts';
import {
  clearSessionCookie,
  cookieLine,
  createCookieSecret,
  findWebLogin,
  readCookie,
  SESSION_COOKIE,
  setSessionCookie,
} from './web-session.ts';

/** A login under way in a browser, which waits for somebody to prove who they are. */
export interface LoginFlow {
  /** Stands in the paths of its pages; finishing it takes the cookie that goes with it besides. */
  readonly id: string;
  /** What the person comes back to, for display. */
  readonly clientName: string;
  /** Begun by another device, which waits for the outcome. */
  readonly isDevice: boolean;
  readonly wish: LoginWish;
}

/** Somebody who proved who they are, before it is settled what for. */
export type Proof = Omit<Login, 'client' | 'cookieSha256'>;

/** The logins that browsers are in the middle of: for command lines through the OAuth server, and for the browser itself. */
export interface LoginFlows {
  /** Begins a login of the browser itself, and yields the path where it goes on. */
  beginWeb(request: Request, response: Response, returnTo: string, wish: LoginWish): Promise<string>;
  /**
   * The flow of an id, which must be this browser's, by its cookie: a link that somebody else made leads nowhere.
   * @throws LoginError `ERR_LOGIN_NOT_FOUND`
   */
  find(id: string, request: Request, response: Response): Promise<LoginFlow>;
  /**
   * Signs the person in, or raises the session that the flow is about, and yields the address that the browser goes on to.
   * @throws LoginError also `ERR_LOGIN_STEP_UP_MISSED` when the session to raise is another person's
   */
  conclude(flow: LoginFlow, request: Request, response: Response, proof: Proof): Promise<string>;
  /** Gives a flow up. */
  abort(flow: LoginFlow, request: Request, response: Response): Promise<void>;
}

/** What {@link createLoginFlows} needs. */
export interface LoginFlowsOptions {
  readonly oauth: OauthServer;
  readonly loginSessions: LoginSessions;
  readonly store: Pick<Store, 'transact'>;
  readonly clock: Clock;
}

/** Cookie of a browser that is in the middle of signing itself in. `Lax`: providers send people back from elsewhere. */
export const WEB_LOGIN_COOKIE = '__Host-sallyport-web-login';

const WEB_FLOW_PREFIX = 'web.';
const WEB_LOGIN_MS = 900_000;
const WEB_LOGIN = 'webLogin';
const ID_BYTES = 32;

/** Creates the flows. */
export function createLoginFlows({ oauth, loginSessions, store, clock }: LoginFlowsOptions): LoginFlows {
  async function findWeb(id: string, request: Request): Promise<LoginFlow> {
    const isOwn = readCookie(request.headersDistinct['cookie'] ?? [], WEB_LOGIN_COOKIE) === id;
    const value = isOwn ? await store.transact(({ oneTime }) => oneTime.find(WEB_LOGIN, id)) : undefined;
    if (value === undefined) throw notOurs();
    return { id, clientName: 'Sallyport', isDevice: false, wish: value['wish'] as LoginWish };
  }

  /** The session that a flow is to raise, when it lives and is that of the person who just proved who they are. */
  function raised({ wish }: LoginFlow, { organizationId, identity }: Proof): LoginSession | undefined {
    if (wish.raises === undefined) return undefined;
    const login = loginSessions.find(wish.raises);
    if (login === undefined) return undefined;
    const { principal, loginSession } = login;
    const isSame =
      principal.organizationId === organizationId &&
      principal.issuer === identity.issuer &&
      principal.subjectClaim === identity.subjectClaim;
    if (isSame) return loginSession;
    throw new LoginError({
      code: 'ERR_LOGIN_STEP_UP_MISSED',
      message: `the login session is that of ${JSON.stringify(principal.userName)}, somebody else signed in`,
      nextStep: 'Start again and sign in as the person of the session, or sign in anew with: sallyport login',
    });
  }

  /** What the provider gave takes the place of what it gave before; it is asked for groups soon. */
  async function keepTokens(id: LoginSessionId, { tokens }: Proof): Promise<void> {
    if (tokens === undefined) return;
    const at = new Date(clock.now());
    await store.transact((tx) => tx.putProviderTokens({ loginSessionId: id, ...tokens, vouchedAt: at, askAt: at }));
  }

  async function concludeWeb(flow: LoginFlow, request: Request, response: Response, proof: Proof): Promise<string> {
    // Exactly one of any number of answers gets it: a login is finished once.
    const value = await store.transact(({ oneTime }) => oneTime.take(WEB_LOGIN, flow.id));
    if (value === undefined) throw notOurs();
    response.append('set-cookie', cookieLine(WEB_LOGIN_COOKIE, '', 'Lax', new Date(0)));
    const before = await findWebLogin(
      readCookie(request.headersDistinct['cookie'] ?? [], SESSION_COOKIE),
      loginSessions,
    );
    const session = raised(flow, proof);
    // Only the browser that holds the session's cookie raises it.
    if (session !== undefined && before?.login.loginSession.id === session.id) {
      await loginSessions.raise(session.id, proof.authentication, proof.sourceAddress);
      await keepTokens(session.id, proof);
      return String(value['returnTo']);
    }
    // A new secret with each login: one that somebody planted in the browser is worth nothing.
    const { secret, sha256 } = createCookieSecret();
    const { id, expiresAt } = await loginSessions.begin({ ...proof, client: 'web', cookieSha256: sha256 });
    if (before !== undefined) {
      await loginSessions.end(before.login.loginSession.id, proof.sourceAddress, 'loggedOut');
    }
    response.append('set-cookie', setSessionCookie(id, secret, expiresAt));
    return String(value['returnTo']);
  }

  return {
    async beginWeb(_request, response, returnTo, wish) {
      const id = WEB_FLOW_PREFIX + randomBytes(ID_BYTES).toString('base64url');
      const expiresAt = new Date(clock.now() + WEB_LOGIN_MS);
      await store.transact(({ oneTime }) => oneTime.put(WEB_LOGIN, id, { returnTo, wish }, expiresAt));
      response.append('set-cookie', cookieLine(WEB_LOGIN_COOKIE, id, 'Lax', expiresAt));
      return `/login/${id}`;
    },

    async find(id, request, response) {
      if (id.startsWith(WEB_FLOW_PREFIX)) return findWeb(id, request);
      const interaction = await oauth.interaction(request, response);
      if (interaction.id === id) return interaction;
      throw notOurs();
    },

    async conclude(flow, request, response, proof) {
      if (flow.id.startsWith(WEB_FLOW_PREFIX)) return concludeWeb(flow, request, response, proof);
      const session = raised(flow, proof);
      if (session === undefined) {
        return oauth.conclude(request, response, await loginSessions.begin({ ...proof, client: 'cli' }));
      }
      await keepTokens(session.id, proof);
      return oauth.conclude(request, response, session, proof.authentication);
    },

    async abort(flow, request, response) {
      if (!flow.id.startsWith(WEB_FLOW_PREFIX)) return oauth.abort(request, response);
      const value = await store.transact(({ oneTime }) => oneTime.take(WEB_LOGIN, flow.id));
      response.append('set-cookie', cookieLine(WEB_LOGIN_COOKIE, '', 'Lax', new Date(0)));
      response.redirect(303, String(value?.['returnTo'] ?? '/'));
    },
  };
}

/** Removes the cookie of a browser's session. */
export function forgetSession(response: Response): void {
  response.append('set-cookie', clearSessionCookie());
}

function notOurs(): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_NOT_FOUND',
    message: 'this login was not begun in this browser, is over, or a later one took its place',
    nextStep: 'Start again from the command line and finish the login in the window that it opens.',
  });
}
