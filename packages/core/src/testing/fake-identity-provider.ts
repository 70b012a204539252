import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { type Clock, systemClock } from '../clock.ts';
import { DEVICE_GRANT, discoveryDocument } from './identity-provider/discovery.ts';
import { createGrants, isOAuthError, type SignIn } from './identity-provider/grants.ts';
import { createTokenMint } from './identity-provider/token-mint.ts';
import type {
  Endpoint,
  EndpointFault,
  FakeClient,
  FakeUser,
  OAuthError,
  ReceivedRequest,
  TokenFault,
} from './identity-provider/types.ts';

/** Options of {@link createFakeIdentityProvider}. */
export interface FakeIdentityProviderOptions {
  readonly users: readonly [FakeUser, ...FakeUser[]];
  readonly clients: readonly FakeClient[];
  /** PEM. With it the provider speaks https, else http. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Port on 127.0.0.1. Defaults to any free one. */
  readonly port?: number;
  /** Clock of codes and tokens. Defaults to the machine's. */
  readonly clock?: Clock;
}

/** An OpenID Connect provider on loopback that answers at once, and wrongly on demand. */
export interface FakeIdentityProvider {
  /** `iss`, and the base of all endpoints. */
  readonly issuer: string;
  /** Everything it received, oldest first. */
  readonly received: readonly ReceivedRequest[];
  /** Adds a person or replaces what is known of one: the next token and userinfo answer has the new claims. */
  putUser(user: FakeUser): void;
  /** Removes a person: refresh and userinfo are refused from now on. */
  removeUser(subject: string): void;
  /** Who signs in at the authorization endpoint from now on. The first user, unless said otherwise. */
  signInAs(subject: string): void;
  /** Sends the next person back with an error instead of a code, for example `access_denied`. */
  refuseNextAuthorization(error: OAuthError): void;
  /** Answers the next token request with an error. */
  refuseNextToken(error: OAuthError): void;
  /** Spoils the next ID token. */
  spoilNextToken(fault: TokenFault): void;
  /** Breaks an endpoint until it is mended (`undefined`). */
  breakEndpoint(endpoint: Endpoint, fault: EndpointFault | undefined): void;
  /** Signs with a new key from now on; `dropOld` takes the former ones out of the key set. */
  rotateKeys(options?: { readonly dropOld?: boolean }): Promise<void>;
  /** Ends all refresh tokens of a person. */
  revokeRefreshTokens(subject: string): void;
  /** Answers a device sign-in as the person who typed the user code. */
  approveDevice(userCode: string, subject: string): void;
  denyDevice(userCode: string): void;
  close(): Promise<void>;
}

type Parameters = Readonly<Record<string, string>>;

class RequestRefused extends Error {
  readonly status: number;
  readonly body: OAuthError;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.body = { error, error_description: description };
  }
}

const TOKEN_LIFE_S = 300;

/**
 * Starts a fake identity provider: discovery, authorization code with PKCE, refresh with rotation, device flow, userinfo, key
 * set and logout (OpenID Connect Core 1.0, RFC 6749, 7636, 8628). It is a double for tests: it asks nobody for a password.
 */
export async function createFakeIdentityProvider(options: FakeIdentityProviderOptions): Promise<FakeIdentityProvider> {
  const { tls, port = 0, clock = systemClock } = options;
  const users = new Map(options.users.map((user) => [user.subject, user]));
  const mint = await createTokenMint();
  const grants = createGrants(clock);
  const received: ReceivedRequest[] = [];
  const broken = new Map<Endpoint, EndpointFault>();
  let signedIn = options.users[0].subject;
  let nextAuthorizationError: OAuthError | undefined;
  let nextTokenError: OAuthError | undefined;
  let nextTokenFault: TokenFault | undefined;

  const nowS = () => Math.floor(clock.now() / 1_000);

  async function tokenResponse(signIn: SignIn, refreshToken: string | undefined): Promise<object> {
    const { subject, clientId, nonce, scope } = signIn;
    const user = users.get(subject);
    if (user === undefined) throw new RequestRefused(400, 'invalid_grant', 'the person is gone');
    const fault = nextTokenFault;
    nextTokenFault = undefined;
    const claims = {
      ...user.claims,
      iss: issuer,
      sub: subject,
      aud: clientId,
      iat: nowS(),
      exp: nowS() + TOKEN_LIFE_S,
      ...(nonce !== undefined && { nonce }),
    };
    return {
      access_token: grants.issueAccessToken(signIn),
      token_type: 'Bearer',
      expires_in: TOKEN_LIFE_S,
      scope,
      ...(scope.split(' ').includes('openid') && { id_token: await mint.sign(claims, fault) }),
      ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    };
  }

  function authorize(parameters: Parameters): URL {
    const client = findClient(parameters['client_id']);
    const redirectUri = parameters['redirect_uri'] ?? '';
    const isKnown = client.redirectUris?.includes(redirectUri) ?? URL.canParse(redirectUri);
    if (!isKnown) throw new RequestRefused(400, 'invalid_request', 'the redirect_uri is not registered');
    const target = new URL(redirectUri);
    const { state, nonce, scope = 'openid' } = parameters;
    if (state !== undefined) target.searchParams.set('state', state);
    target.searchParams.set('iss', issuer);
    const answer = (values: object) => {
      for (const [name, value] of Object.entries(values)) target.searchParams.set(name, String(value));
      return target;
    };
    if (nextAuthorizationError !== undefined) {
      const error = nextAuthorizationError;
      nextAuthorizationError = undefined;
      return answer(error);
    }
    if (parameters['response_type'] !== 'code') return answer({ error: 'unsupported_response_type' });
    const codeChallenge = parameters['code_challenge'];
    if (codeChallenge !== undefined && parameters['code_challenge_method'] !== 'S256') {
      return answer({ error: 'invalid_request', error_description: 'only S256 challenges are taken' });
    }
    const code = grants.issueCode({
      subject: signedIn,
      clientId: client.clientId,
      redirectUri,
      scope,
      ...(nonce !== undefined && { nonce }),
      ...(codeChallenge !== undefined && { codeChallenge }),
    });
    return answer({ code });
  }

  async function token(parameters: Parameters, authorization: string | undefined): Promise<object> {
    const { clientId } = authenticateClient(parameters, authorization);
    if (nextTokenError !== undefined) {
      const { error, error_description = 'as the test asked' } = nextTokenError;
      nextTokenError = undefined;
      throw new RequestRefused(400, error, error_description);
    }
    switch (parameters['grant_type']) {
      case 'authorization_code': {
        const { code = '', redirect_uri: redirectUri = '', code_verifier: codeVerifier } = parameters;
        const proof = { clientId, redirectUri, ...(codeVerifier !== undefined && { codeVerifier }) };
        const signIn = accepted(grants.redeemCode(code, proof));
        return tokenResponse(signIn, grants.issueRefreshToken(signIn));
      }
      case 'refresh_token': {
        const { signIn, family } = accepted(grants.redeemRefreshToken(parameters['refresh_token'] ?? '', clientId));
        return tokenResponse(signIn, grants.issueRefreshToken(signIn, family));
      }
      case DEVICE_GRANT: {
        const signIn = accepted(grants.pollDevice(parameters['device_code'] ?? '', clientId));
        return tokenResponse(signIn, grants.issueRefreshToken(signIn));
      }
      default:
        throw new RequestRefused(400, 'unsupported_grant_type', 'no such grant type');
    }
  }

  function findClient(clientId: string | undefined): FakeClient {
    const client = options.clients.find((candidate) => candidate.clientId === clientId);
    if (client === undefined) throw new RequestRefused(401, 'invalid_client', 'no such client');
    return client;
  }

  function authenticateClient(parameters: Parameters, authorization: string | undefined): FakeClient {
    let { client_id: clientId, client_secret: clientSecret } = parameters;
    const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
    if (basic !== undefined) {
      const [id = '', password = ''] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
      [clientId, clientSecret] = [id, password];
    }
    const client = findClient(clientId);
    if (client.clientSecret !== clientSecret) throw new RequestRefused(401, 'invalid_client', 'wrong client secret');
    return client;
  }

  function deviceAuthorization(parameters: Parameters, authorization: string | undefined): object {
    const { clientId } = authenticateClient(parameters, authorization);
    const device = grants.startDevice(clientId, parameters['scope'] ?? 'openid');
    const page = `${issuer}/device`;
    return {
      device_code: device.deviceCode,
      user_code: device.userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${device.userCode}`,
      expires_in: Math.round((device.expiresAtMs - clock.now()) / 1_000),
      interval: device.interval,
    };
  }

  function userinfo(authorization: string | undefined): object {
    const signIn = grants.findAccessToken(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
    const user = signIn && users.get(signIn.subject);
    if (user === undefined) throw new RequestRefused(401, 'invalid_token', 'unknown access token');
    return { ...user.claims, sub: user.subject };
  }

  function endSession(parameters: Parameters): URL | object {
    const target = parameters['post_logout_redirect_uri'];
    if (target === undefined || !URL.canParse(target)) return { signed_out: true };
    const url = new URL(target);
    if (parameters['state'] !== undefined) url.searchParams.set('state', parameters['state']);
    return url;
  }

  async function answer(endpoint: Endpoint, parameters: Parameters, authorization?: string): Promise<URL | object> {
    switch (endpoint) {
      case 'openid-configuration':
        return discoveryDocument(issuer);
      case 'authorize':
        return authorize(parameters);
      case 'token':
        return token(parameters, authorization);
      case 'device_authorization':
        return deviceAuthorization(parameters, authorization);
      case 'userinfo':
        return userinfo(authorization);
      case 'jwks':
        return mint.jwks();
      case 'end_session':
        return endSession(parameters);
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider');
    const endpoint = ENDPOINTS.get(`${request.method} ${pathname}`);
    const form = new URLSearchParams(request.method === 'POST' ? await readText(request) : '');
    if (endpoint === undefined) return send(response, 404, { error: 'not_found' });
    const parameters = Object.fromEntries([...searchParams, ...form]);
    const { authorization } = request.headers;
    const method = request.method ?? '';
    received.push({ endpoint, method, parameters, ...(authorization !== undefined && { authorization }) });
    const fault = broken.get(endpoint);
    if (fault === 'hang') return;
    if (fault === 'unavailable') return send(response, 503, { error: 'temporarily_unavailable' });
    if (fault === 'notJson') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>maintenance</h1>');
      return;
    }
    try {
      const body = await answer(endpoint, parameters, authorization);
      if (body instanceof URL) response.writeHead(302, { location: body.href }).end();
      else send(response, 200, body);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      send(response, error.status, error.body);
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    // A client that hangs up mid-request is its own business; anything else is a fault of this double and must be seen.
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent || request.destroyed) response.destroy();
      else send(response, 500, { error: 'server_error', error_description: String(error) });
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const issuer = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    received,
    putUser: (user) => void users.set(user.subject, user),
    removeUser: (subject) => void users.delete(subject),
    signInAs(subject) {
      if (!users.has(subject)) throw new RangeError(`no user ${subject}`);
      signedIn = subject;
    },
    refuseNextAuthorization(error) {
      nextAuthorizationError = error;
    },
    refuseNextToken(error) {
      nextTokenError = error;
    },
    spoilNextToken(fault) {
      nextTokenFault = fault;
    },
    breakEndpoint(endpoint, fault) {
      if (fault === undefined) broken.delete(endpoint);
      else broken.set(endpoint, fault);
    },
    rotateKeys: (rotation) => mint.rotate(rotation),
    revokeRefreshTokens: (subject) => grants.revokeRefreshTokens(subject),
    approveDevice: (userCode, subject) => grants.settleDevice(userCode, { subject }),
    denyDevice: (userCode) => grants.settleDevice(userCode, 'denied'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['GET /.well-known/openid-configuration', 'openid-configuration'],
  ['GET /authorize', 'authorize'],
  ['POST /token', 'token'],
  ['POST /device_authorization', 'device_authorization'],
  ['GET /userinfo', 'userinfo'],
  ['GET /jwks', 'jwks'],
  ['GET /end_session', 'end_session'],
]);

function accepted<Value extends object>(outcome: Value | OAuthError): Value {
  if (!isOAuthError(outcome)) return outcome;
  throw new RequestRefused(400, outcome.error, outcome.error_description ?? outcome.error);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
