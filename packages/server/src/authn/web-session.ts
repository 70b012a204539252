import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { LoginSessionId } from '@sallyport/core';
import type { LiveLogin, LoginSessions } from './login-sessions.ts';

/**
 * Cookie of a browser's session: `<login session id>.<secret>`. The prefix makes browsers keep it to this host, over TLS, for
 * every path.
 */
export const SESSION_COOKIE = '__Host-sallyport-session';

/** Header that carries the CSRF token of a browser's session. */
export const CSRF_HEADER = 'x-sallyport-csrf';

const SECRET_BYTES = 32;

/** The secret of a new browser session, and what is stored of it. */
export interface CookieSecret {
  readonly secret: string;
  readonly sha256: string;
}

/** Makes a secret. */
export function createCookieSecret(): CookieSecret {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { secret, sha256: sha256(secret) };
}

/** The line that sets the cookie until `expiresAt`; `Strict`, since pages of ours alone send requests with it. */
export function setSessionCookie(id: LoginSessionId, secret: string, expiresAt: Date): string {
  return cookieLine(SESSION_COOKIE, `${id}.${secret}`, 'Strict', expiresAt);
}

/** The line that removes the cookie. */
export function clearSessionCookie(): string {
  return cookieLine(SESSION_COOKIE, '', 'Strict', new Date(0));
}

/** A `Set-Cookie` line with every flag that keeps a secret: this host only, TLS only, no script. */
export function cookieLine(name: string, value: string, sameSite: 'Strict' | 'Lax', expiresAt: Date): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Expires=${expiresAt.toUTCString()}`;
}

/**
 * The one value of a cookie in `Cookie` lines. A name that stands twice is no value: which of both was meant is anybody's
 * guess.
 */
export function readCookie(lines: readonly string[], name: string): string | undefined {
  const values = lines
    .flatMap((line) => line.split(';'))
    .flatMap((pair) => {
      const at = pair.indexOf('=');
      return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
    });
  return values.length === 1 ? values[0] : undefined;
}

/** The CSRF token of a browser's session: known to whoever may read answers of this origin, of no use without the cookie. */
export function csrfTokenOf(secret: string): string {
  return createHash('sha256').update('sallyport csrf v1\0').update(secret).digest('base64url');
}

/** Whose cookie it is, with its secret; `undefined` when the session is over, not a browser's, or the secret is wrong. */
export async function findWebLogin(
  cookie: string | undefined,
  loginSessions: Pick<LoginSessions, 'find' | 'settle'>,
): Promise<{ readonly login: LiveLogin; readonly secret: string } | undefined> {
  const [id = '', secret = '', ...rest] = (cookie ?? '').split('.');
  if (secret === '' || rest.length > 0) return undefined;
  await loginSessions.settle(id);
  const login = loginSessions.find(id);
  const expected = login?.loginSession.cookieSha256;
  if (login === undefined || expected === undefined || login.loginSession.client !== 'web') return undefined;
  return isSame(sha256(secret), expected) ? { login, secret } : undefined;
}

/** Whether a header holds the CSRF token that belongs to a cookie secret. */
export function isCsrfToken(header: string | undefined, secret: string): boolean {
  return header !== undefined && isSame(header, csrfTokenOf(secret));
}

/** What says where a request of a browser comes from. */
export interface RequestOrigin {
  readonly method: string;
  /** `Origin`. */
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  /** {@link CSRF_HEADER}. */
  readonly csrf: string | undefined;
}

/**
 * Why a request under a cookie is refused, or `undefined`. Reading needs a page of ours where the browser says what page it
 * is; changing needs it said, by `Origin` or Fetch Metadata, and the token besides.
 */
export function describeCrossSite(request: RequestOrigin, publicUrl: string, secret: string): string | undefined {
  const { method, origin, fetchSite, csrf } = request;
  if (origin !== undefined && origin !== publicUrl) return 'it comes from a page of another origin';
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
    return 'it comes from a page of another site';
  }
  if (method === 'GET' || method === 'HEAD') return undefined;
  // `none` is a person who typed the address: nobody types a change.
  if (origin === undefined && fetchSite !== 'same-origin')
    return 'nothing on it says that a page of this server sent it';
  return isCsrfToken(csrf, secret) ? undefined : `it lacks the ${CSRF_HEADER} header of this session`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function isSame(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(sha256(a)), Buffer.from(sha256(b))];
  return timingSafeEqual(x, y);
}
