import { type ApiClient, createApiClient, fetchDiscovery, generateDpopKeyPair } from '@sallyport/core/api';
import { signIn } from '@sallyport/core/testing';
import * as client from 'openid-client';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';

/** A person who has signed in as with the command line. */
export interface Person {
  readonly email: string;
  readonly api: ApiClient;
  /** The same login by another way to the server, e.g. another replica of it. */
  over(doFetch: typeof fetch): ApiClient;
  /** Renews the access token by a way to the server, as the command line does before it ends. Rejects when that is refused. */
  refresh(doFetch: typeof fetch): Promise<void>;
}

/** Options of {@link logIn}. */
export interface LogInOptions {
  /** Way to the server. Default: whatever its URL leads to, trusting its CA. */
  readonly fetch?: typeof fetch;
  /** Name of the identity provider, where there is a choice. Default: the first. */
  readonly provider?: string;
}

/** How long a connection waits for its next request, whatever the server would allow: what processes hold is told from what they leak. */
const IDLE_MS = 4_000;

/** A `fetch` that trusts `caPem` besides nothing. With `port`, https connects there, whatever port a URL names. */
export function fetchTrusting(caPem: string, port?: number): typeof fetch {
  const connect = buildConnector({ ca: caPem });
  const dispatcher = new Agent({
    keepAliveMaxTimeout: IDLE_MS,
    connect: (options, callback) =>
      connect(
        port === undefined || options.protocol !== 'https:' ? options : { ...options, port: String(port) },
        callback,
      ),
  });
  return ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}

const REDIRECT_URI = 'http://127.0.0.1:49152/callback';

/** Goes the whole way of `sallyport login`, with a browser of a hundred lines. */
export async function logIn(
  publicUrl: string,
  caPem: string,
  email: string,
  password: string,
  { fetch: doFetch = fetchTrusting(caPem), provider }: LogInOptions = {},
): Promise<Person> {
  const discovery = await fetchDiscovery({ baseUrl: publicUrl, fetch: doFetch });
  const configurationOver = (way: typeof fetch) =>
    client.discovery(new URL(discovery.oauthIssuer), discovery.oauthClientId, undefined, client.None(), {
      algorithm: 'oauth2',
      [client.customFetch]: way as unknown as client.CustomFetch,
    });
  const configuration = await configurationOver(doFetch);
  const keys = await generateDpopKeyPair();
  const codeVerifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const authorizationUrl = client.buildAuthorizationUrl(configuration, {
    redirect_uri: REDIRECT_URI,
    scope: discovery.oauthScope,
    resource: discovery.oauthResource,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  }).href;
  const redirect = await signIn({
    authorizationUrl,
    user: email,
    password,
    fetch: doFetch,
    ...(provider !== undefined && { provider }),
  });
  let tokens = await client.authorizationCodeGrant(
    configuration,
    new URL(redirect),
    { pkceCodeVerifier: codeVerifier, expectedState: state },
    undefined,
    { DPoP: client.getDPoPHandle(configuration, keys) },
  );
  const over = (way: typeof fetch) =>
    createApiClient({ baseUrl: publicUrl, fetch: way, accessToken: () => tokens.access_token, keys });
  return {
    email,
    api: over(doFetch),
    over,
    async refresh(way) {
      const there = await configurationOver(way);
      tokens = await client.refreshTokenGrant(there, tokens.refresh_token ?? '', undefined, {
        DPoP: client.getDPoPHandle(there, keys),
      });
    },
  };
}
