import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiClient, fetchDiscovery, generateDpopKeyPair, type WhoAmI } from '@sallyport/core/api';
import type { SallyportServer } from '@sallyport/server';
import * as client from 'openid-client';
import type { Page } from 'playwright-core';
import { fetchTrusting } from '../stack/login.ts';

const GREETING = 'Back at the command line';

/** Listens where a command line would, for browsers to come back to. */
export async function listenOnLoopback() {
  const server = createServer((_request, response) => void response.end(GREETING));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    redirectUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    close: () => server.close(),
  };
}

/**
 * Begins `sallyport login` in a page of a real browser. What comes back waits until the browser is back, finishes the login,
 * and says who is signed in.
 */
export async function beginLoginIn(
  page: Page,
  { publicUrl, caPem }: Pick<SallyportServer, 'publicUrl' | 'caPem'>,
  redirectUri: string,
): Promise<() => Promise<WhoAmI>> {
  const fetch = fetchTrusting(caPem);
  const discovery = await fetchDiscovery({ baseUrl: publicUrl, fetch });
  const configuration = await client.discovery(
    new URL(discovery.oauthIssuer),
    discovery.oauthClientId,
    undefined,
    client.None(),
    { algorithm: 'oauth2', [client.customFetch]: fetch as unknown as client.CustomFetch },
  );
  const codeVerifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: discovery.oauthScope,
    resource: discovery.oauthResource,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  });
  await page.goto(url.href);
  return async () => {
    await page.getByText(GREETING).waitFor();
    const keys = await generateDpopKeyPair();
    const tokens = await client.authorizationCodeGrant(
      configuration,
      new URL(page.url()),
      { pkceCodeVerifier: codeVerifier, expectedState: state },
      undefined,
      { DPoP: client.getDPoPHandle(configuration, keys) },
    );
    const accessToken = () => tokens.access_token;
    return createApiClient({ baseUrl: publicUrl, fetch, accessToken, keys }).whoAmI();
  };
}
