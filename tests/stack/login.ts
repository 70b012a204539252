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
}

/** A `fetch` that trusts `caPem` besides nothing. With `port`, it connects there, whatever port a URL names. */
export function fetchTrusting(caPem: string, port?: number): typeof fetch {
  const connect = buildConnector({ ca: caPem });
  const dispatcher = new Agent({
    connect: (options, callback) =>
      connect(port === undefined ? options : { ...options, port: String(port) }, callback),
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
  doFetch = fetchTrusting(caPem),
): Promise<Person> {
  const discovery = await fetchDiscovery({ baseUrl: publicUrl, fetch: doFetch });
  const configuration = await client.discovery(
    new URL(discovery.oauthIssuer),
    discovery.oauthClientId,
    undefined,
    client.None(),
    { algorithm: 'oauth2', [client.customFetch]: doFetch as unknown as client.CustomFetch },
  );
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
  const redirect = await signIn({ authorizationUrl, user: email, password, fetch: doFetch });
  const tokens = await client.authorizationCodeGrant(
    configuration,
    new URL(redirect),
    { pkceCodeVerifier: codeVerifier, expectedState: state },
    undefined,
    { DPoP: client.getDPoPHandle(configuration, keys) },
  );
  const over = (fetch: typeof globalThis.fetch) =>
    createApiClient({ baseUrl: publicUrl, fetch, accessToken: () => tokens.access_token, keys });
  return { email, api: over(doFetch), over };
}
