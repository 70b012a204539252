import type { Discovery, DpopKeyPair } from '@sallyport/core/api';
import * as client from 'openid-client';
import { CliError } from '../errors.ts';
import type { OauthEndpoints } from '../state/profiles.ts';
import type { ServerFetch } from './server-fetch.ts';

/** What a grant yields. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Life of the access token, milliseconds. */
  readonly lifetimeMs: number;
}

// The access token's life when the server does not state it: short enough to be safe, long enough to be used.
const DEFAULT_LIFETIME_MS = 60_000;

/**
 * Learns the OAuth server that a discovery document names.
 * @throws CliError of the fetch
 */
export async function discoverOauth(discovery: Discovery, fetch: ServerFetch): Promise<client.Configuration> {
  return client.discovery(new URL(discovery.oauthIssuer), discovery.oauthClientId, undefined, client.None(), {
    [client.customFetch]: fetch as unknown as client.CustomFetch,
  });
}

/** The endpoints that a profile keeps. */
export function endpointsOf(discovery: Discovery, config: client.Configuration): OauthEndpoints {
  const { token_endpoint: tokenEndpoint, revocation_endpoint: revocationEndpoint } = config.serverMetadata();
  if (tokenEndpoint === undefined) {
    throw new CliError({
      code: 'ERR_CLI_DISCOVERY_REFUSED',
      message: `${discovery.oauthIssuer} names no token endpoint`,
      nextStep: 'Check that the address is that of a Sallyport server.',
    });
  }
  return {
    issuer: discovery.oauthIssuer,
    clientId: discovery.oauthClientId,
    resource: discovery.oauthResource,
    tokenEndpoint,
    ...(revocationEndpoint !== undefined && { revocationEndpoint }),
  };
}

/** What {@link refreshTokens} needs. */
export interface RefreshOptions {
  readonly endpoints: OauthEndpoints;
  readonly refreshToken: string;
  readonly fetch: ServerFetch;
  readonly keys: DpopKeyPair;
}

/**
 * Exchanges a refresh token. The old one is used up whether or not the answer arrives.
 * @throws CliError `ERR_CLI_SESSION_ENDED` when the server no longer takes it
 */
export async function refreshTokens({ endpoints, refreshToken, fetch, keys }: RefreshOptions): Promise<Tokens> {
  const config = configurationOf(endpoints, fetch);
  try {
    const answer = await client.refreshTokenGrant(
      config,
      refreshToken,
      { resource: endpoints.resource },
      { DPoP: client.getDPoPHandle(config, keys) },
    );
    return tokensOf(answer, refreshToken);
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') {
      throw sessionEnded(endpoints.issuer, error);
    }
    throw error;
  }
}

/** Ends a refresh token, and with it the tokens that came from it, at the server that issued it. */
export async function revokeRefreshToken(options: Omit<RefreshOptions, 'keys'>): Promise<void> {
  await client.tokenRevocation(configurationOf(options.endpoints, options.fetch), options.refreshToken, {
    token_type_hint: 'refresh_token',
  });
}

/** Reads a token endpoint's answer. `previous` stays good when a server does not rotate. */
export function tokensOf(answer: client.TokenEndpointResponse, previous?: string): Tokens {
  const refreshToken = answer.refresh_token ?? previous;
  if (refreshToken === undefined) {
    throw new CliError({
      code: 'ERR_CLI_LOGIN_FAILED',
      message: 'the server issued no refresh token',
      nextStep: 'Ask the operator of the server to allow offline access for the command line.',
    });
  }
  const lifetimeMs = answer.expires_in === undefined ? DEFAULT_LIFETIME_MS : answer.expires_in * 1_000;
  return { accessToken: answer.access_token, refreshToken, lifetimeMs };
}

function configurationOf(endpoints: OauthEndpoints, fetch: ServerFetch): client.Configuration {
  const config = new client.Configuration(
    {
      issuer: endpoints.issuer,
      token_endpoint: endpoints.tokenEndpoint,
      ...(endpoints.revocationEndpoint !== undefined && { revocation_endpoint: endpoints.revocationEndpoint }),
    },
    endpoints.clientId,
    undefined,
    client.None(),
  );
  config[client.customFetch] = fetch;
  return config;
}

function sessionEnded(issuer: string, cause: unknown): CliError {
  const { host } = new URL(issuer);
  return new CliError({
    code: 'ERR_CLI_SESSION_ENDED',
    message: `the login session with ${host} has ended`,
    cause,
    nextStep: `Run "sallyport login ${host}".`,
  });
}
