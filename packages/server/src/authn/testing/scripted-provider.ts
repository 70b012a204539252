import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a scripted provider answers a login with. */
export interface ScriptedLogin {
  /** Claims over those of an honest ID token; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Makes the token out of the honest header and payload. `sign` signs as the provider does, with ES256. */
  readonly forge?: (header: object, payload: object, sign: (signingInput: string) => string) => string;
  /** Answer of the user info endpoint. */
  readonly userInfo?: Readonly<Record<string, unknown>>;
  /** Refresh token of a login. Default: none is given. */
  readonly refreshToken?: string;
  /** How a refresh is answered: as a login is, without an ID token, by an OAuth error, or not at all. Default `idToken`. */
  readonly refresh?: 'idToken' | 'silent' | 'broken' | { readonly error: string };
}

/** An OpenID provider on loopback that says what a test tells it to; honest unless told otherwise. */
export interface ScriptedProvider {
  readonly issuer: string;
  readonly publicKey: KeyObject;
  /** Paths that were asked for, oldest first. */
  readonly requests: readonly string[];
  /** Query of the last authorization request. */
  readonly authorization: URLSearchParams;
  /** Refresh tokens that came, oldest first. */
  readonly refreshTokens: readonly string[];
  /** What the next logins are answered with. */
  script: ScriptedLogin;
  /** Signs a token of any claims over `iss`, `aud`, `iat`, `exp` and `jti`; `undefined` leaves one out. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): string;
  close(): Promise<void>;
}

/** Writes a JWT part. */
export function jwtPart(value: object | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Signs a JWT with ES256. */
export function signEs256(signingInput: string, key: KeyObject): string {
  const signature = createSign('sha256').update(signingInput).sign({ key, dsaEncoding: 'ieee-p1363' });
  return `${signingInput}.${signature.toString('base64url')}`;
}

/** Starts a provider on a free port of 127.0.0.1. Its authorization endpoint signs everybody in without a question. */
export async function startScriptedProvider(clientId: string): Promise<ScriptedProvider> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const nonces = new Map<string, string>();
  const requests: string[] = [];
  const refreshTokens: string[] = [];
  let authorization = new URLSearchParams();
  let issuer = '';
  const provider: { script: ScriptedLogin } = { script: {} };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    requests.push(url.pathname);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return sendJson(response, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          end_session_endpoint: `${issuer}/logout`,
          ...(provider.script.userInfo && { userinfo_endpoint: `${issuer}/userinfo` }),
          id_token_signing_alg_values_supported: ['ES256', 'HS256', 'none'],
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
        });
      case '/authorize': {
        authorization = url.searchParams;
        const code = `code-${requests.length}`;
        nonces.set(code, url.searchParams.get('nonce') ?? '');
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        back.searchParams.set('code', code);
        back.searchParams.set('state', url.searchParams.get('state') ?? '');
        return void response.writeHead(302, { location: back.href }).end();
      }
      case '/jwks':
        return sendJson(response, {
          keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }],
        });
      case '/userinfo':
        return sendJson(response, provider.script.userInfo ?? {});
      case '/token': {
        let body = '';
        request.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        request.on('end', () => {
          const form = new URLSearchParams(body);
          const refreshToken = form.get('refresh_token');
          if (refreshToken !== null) refreshTokens.push(refreshToken);
          answerTokens(
            response,
            refreshToken === null ? nonces.get(form.get('code') ?? '') : undefined,
            refreshToken !== null,
          );
        });
        return;
      }
      default:
        return void response.writeHead(404).end();
    }
  });

  function answerTokens(response: ServerResponse, nonce: string | undefined, isRefresh: boolean): void {
    const { refreshToken, refresh = 'idToken' } = provider.script;
    if (isRefresh && refresh === 'broken') response.writeHead(502).end('<html>');
    else if (isRefresh && typeof refresh === 'object') sendJson(response, refresh, 400);
    else
      sendJson(response, {
        access_token: 'at',
        token_type: 'Bearer',
        ...(!(isRefresh && refresh === 'silent') && { id_token: idToken(nonce) }),
        ...(refreshToken !== undefined && { refresh_token: refreshToken }),
      });
  }

  function idToken(nonce: string | undefined): string {
    const { claims, header, forge } = provider.script;
    const seconds = Math.floor(Date.now() / 1000);
    const honest = { iss: issuer, aud: clientId, sub: 'person-1', nonce, iat: seconds, exp: seconds + 300 };
    const payload = { ...honest, preferred_username: 'person', ...claims };
    const head = { alg: 'ES256', kid: 'k1', typ: 'JWT', ...header };
    const sign = (signingInput: string) => signEs256(signingInput, keys.privateKey);
    return forge?.(head, payload, sign) ?? sign(`${jwtPart(head)}.${jwtPart(payload)}`);
  }

  issuer = await listen(server);
  return {
    issuer,
    publicKey: keys.publicKey,
    requests,
    refreshTokens,
    get authorization() {
      return authorization;
    },
    sign(claims, header = {}) {
      const seconds = Math.floor(Date.now() / 1000);
      const honest = { iss: issuer, aud: clientId, iat: seconds, exp: seconds + 120, jti: `jti-${Math.random()}` };
      const head = { alg: 'ES256', kid: 'k1', ...header };
      return signEs256(`${jwtPart(head)}.${jwtPart({ ...honest, ...claims })}`, keys.privateKey);
    },
    get script() {
      return provider.script;
    },
    set script(next) {
      provider.script = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function sendJson(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
