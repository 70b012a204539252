import type { LoginSessionId } from '@sallyport/core';
import { type ApiClient, createApiClient, type DpopKeyPair, generateDpopKeyPair } from '@sallyport/core/api';
import { approveDevice, type ShownDevice, signIn } from '@sallyport/core/testing';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { CLI_CLIENT_ID } from '../oauth-server.ts';
import type { Installation } from './installation.ts';

/** Where the command line of the tests would listen. */
export const REDIRECT_URI = 'http://127.0.0.1:49152/callback';

/** A command line that has signed in, built on openid-client as the real one is. */
export interface CommandLine {
  readonly configuration: client.Configuration;
  readonly keys: DpopKeyPair;
  readonly tokens: { accessToken: string; refreshToken: string };
  readonly sessionId: LoginSessionId;
  readonly api: ApiClient;
  /** Rotates the refresh token; keeps the new tokens. */
  refresh(): Promise<void>;
}

/** The OAuth server as openid-client sees it. */
export async function discover({ publicUrl, fetch }: Installation): Promise<client.Configuration> {
  return client.discovery(new URL(`${publicUrl}/oauth`), CLI_CLIENT_ID, undefined, client.None(), {
    algorithm: 'oauth2',
    [client.customFetch]: fetch as unknown as client.CustomFetch,
  });
}

/** A code flow that has been begun: the address to open, and what finishing it takes. */
export async function beginLogin(configuration: client.Configuration, publicUrl: string) {
  const codeVerifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const authorizationUrl = client.buildAuthorizationUrl(configuration, {
    redirect_uri: REDIRECT_URI,
    scope: 'sallyport',
    resource: `${publicUrl}/api`,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  }).href;
  return { codeVerifier, state, authorizationUrl };
}

/** Signs in by browser and loopback redirect. */
export async function logIn(installation: Installation, email: string): Promise<CommandLine> {
  const configuration = await discover(installation);
  const login = await beginLogin(configuration, installation.publicUrl);
  const redirect = await signIn({
    authorizationUrl: login.authorizationUrl,
    user: email,
    password: installation.passwords[email] ?? '',
    fetch: installation.fetch,
  });
  return finishLogin(installation, configuration, login, redirect);
}

/** Finishes a code flow with the address that the browser was sent back to. */
export async function finishLogin(
  installation: Installation,
  configuration: client.Configuration,
  { codeVerifier, state }: Awaited<ReturnType<typeof beginLogin>>,
  redirect: string,
): Promise<CommandLine> {
  const keys = await generateDpopKeyPair();
  const tokens = await client.authorizationCodeGrant(
    configuration,
    new URL(redirect),
    { pkceCodeVerifier: codeVerifier, expectedState: state },
    undefined,
    { DPoP: client.getDPoPHandle(configuration, keys) },
  );
  return commandLine(installation, configuration, keys, tokens);
}

/** Signs in by the device flow; yields what the person read before confirming, too. */
export async function logInByDevice(
  installation: Installation,
  email: string,
): Promise<CommandLine & { readonly confirmation: ShownDevice }> {
  const configuration = await discover(installation);
  const keys = await generateDpopKeyPair();
  const device = await client.initiateDeviceAuthorization(configuration, {
    scope: 'sallyport',
    resource: `${installation.publicUrl}/api`,
  });
  const confirmation = await approveDevice({
    verificationUri: device.verification_uri,
    userCode: device.user_code,
    user: email,
    password: installation.passwords[email] ?? '',
    fetch: installation.fetch,
  });
  const tokens = await client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0 }, undefined, {
    DPoP: client.getDPoPHandle(configuration, keys),
  });
  return { ...commandLine(installation, configuration, keys, tokens), confirmation };
}

function commandLine(
  installation: Installation,
  configuration: client.Configuration,
  keys: DpopKeyPair,
  first: client.TokenEndpointResponse,
): CommandLine {
  const tokens = { accessToken: first.access_token, refreshToken: first.refresh_token ?? '' };
  return {
    configuration,
    keys,
    tokens,
    sessionId: decodeJwt(tokens.accessToken)['sid'] as LoginSessionId,
    api: createApiClient({
      baseUrl: installation.publicUrl,
      fetch: installation.fetch,
      accessToken: () => tokens.accessToken,
      keys,
    }),
    async refresh() {
      const next = await client.refreshTokenGrant(configuration, tokens.refreshToken, undefined, {
        DPoP: client.getDPoPHandle(configuration, keys),
      });
      tokens.accessToken = next.access_token;
      tokens.refreshToken = next.refresh_token ?? '';
    },
  };
}
